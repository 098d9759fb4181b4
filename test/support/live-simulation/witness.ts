import type { Shape } from './instance.js';
import { createReplyWitness, type KnownReply } from './reply-witness.js';
import { type Event, fault, type Moment, momentOf } from './told.js';
import type { World } from './world.js';

/** All that a reader knows by what it was told; copied where it goes back to an earlier cursor. */
interface Knowledge {
  session: boolean;
  /** Of each agent the place of the next message; null: any, up to what there was at `since`. */
  next: Map<string, number | null>;
  since: Moment | null;
  /** What there was when it began without a cursor. */
  began: Moment;
  texts: Map<string, string>;
  replies: Map<string, KnownReply>;
  over: Set<string>;
  changes: number;
  /** Changes beside messages may not have been told. */
  reloaded: boolean;
  degraded: boolean;
}

/** What is wrong with what a reader is told. */
export interface Witness {
  begin(after: string | null): void;
  /** It is told by another instance, which has not heard of words that are not durable yet. */
  moved(): void;
  /** `then`: when the server told it. */
  take(event: Event, then: Moment): void;
  /** Once nothing more comes. */
  check(): void;
  knowledge(): Knowledge;
  restore(earlier: Knowledge): void;
  forgetReplies(): void;
}

const textOf = (content: readonly object[]) =>
  content.flatMap((block) => ('text' in block ? [String(block.text)] : [])).join('\n');

export function createWitness(world: World, shape: () => Shape): Witness {
  const { database } = world;
  let known = nothing(momentOf(world));
  let isFirst = true;
  let after: string | null = null;
  let recreated = false;

  function nothing(began: Moment): Knowledge {
    return {
      session: false,
      next: new Map(),
      since: null,
      began,
      texts: new Map(),
      replies: new Map(),
      over: new Set(),
      changes: 0,
      reloaded: false,
      degraded: false,
    };
  }
  const isWanted = (agentId: string) => (shape().agentId ?? agentId) === agentId;
  const messageAt = (agentId: string, position: number) =>
    database.sessions.get('s')?.agents.get(agentId)?.messages[position];
  const replies = createReplyWitness(
    world,
    { replies: () => shape().replies, isWanted },
    (agentId) => known.next.get(agentId) ?? 0,
  );
  const replyThat = (agentId: string, position: number) =>
    [...database.replies.values()].find(
      ({ reply }) => reply.agentId === agentId && reply.position === position,
    );

  function reload(then: Moment): void {
    known = {
      ...nothing(known.began),
      session: then.createdAt !== null,
      since: then,
      reloaded: true,
      degraded: known.degraded,
    };
  }

  function added(agentId: string, { position, text }: Event): void {
    if (!isWanted(agentId)) fault(`a message of ${agentId}`);
    const expected = known.next.get(agentId) ?? null;
    if (expected !== null && position !== expected)
      fault(`message ${position} of ${agentId}, and ${expected} comes next`);
    const most = known.since?.counts.get(agentId) ?? 0;
    // Of a session that was removed while it was looked at what is there now is told, until its removal is.
    if (expected === null && position > most && world.removed.size === 0)
      fault(`message ${position} of ${agentId}, and ${most} were there`);
    const stored = messageAt(agentId, position);
    if (stored && !stored.redacted && text !== textOf(stored.content) && world.removed.size === 0)
      fault(`message ${position} of ${agentId} says ${text}`);
    known.next.set(agentId, position + 1);
    known.texts.set(`${agentId} ${position}`, text);
  }

  function ended(event: Event): void {
    const { agentId } = event;
    const message = event.message ?? event.kept ?? null;
    replies.end(known, event, message !== null && messageAt(agentId, message.position)?.redacted !== false);
    if (message) added(agentId, message);
  }

  function ready({ resumed, sessionExists }: Event, then: Moment): void {
    if (!isFirst) fault('it is ready again');
    if (after === null) {
      if (resumed) fault('it goes on from nowhere');
      const { degraded } = known;
      known = { ...nothing(known.began), session: sessionExists, since: then, degraded };
    } else if (!resumed) recreated = true;
    else if (known.session && !sessionExists) known.session = true;
  }

  function resync({ reason, agentId }: Event, then: Moment): void {
    const { lost, removed } = world;
    if (reason === 'SESSION_RECREATED') {
      if (removed.size === 0) fault('nobody has made it again');
      recreated = false;
      reload(then);
    } else if (reason === 'AGENT_REWRITTEN') {
      if (removed.size === 0) fault('nobody has rewritten it');
      known.next.set(agentId, null);
      known.since = then;
      for (const [replyId, reply] of known.replies)
        if (reply.agentId === agentId) known.replies.delete(replyId);
    } else {
      if (!lost) fault('nothing was lost');
      if (removed.size > 0) {
        const { replies: before } = known;
        reload(then);
        known.replies = before;
      }
      known.reloaded = true;
      known.texts.clear();
    }
  }

  return {
    begin(cursor) {
      after = cursor;
      isFirst = true;
      recreated = false;
      if (cursor === null) known = nothing(momentOf(world));
    },
    moved: () => replies.moved(known),
    take(event, then) {
      const { __typename: type } = event;
      if (isFirst && type !== 'Ready') fault('before it is ready');
      if (recreated && type !== 'Resync') fault('it was not said why it does not go on');
      if (type === 'Ready') ready(event, then);
      isFirst = false;
      switch (type) {
        case 'Ready':
          return;
        case 'Resync':
          return resync(event, then);
        case 'SessionCreated':
          if (known.session && !known.reloaded) fault('it was there');
          known.session = true;
          return;
        case 'SessionDeleted':
          if (world.removed.size === 0) fault('nobody has removed it');
          // Who is too slow to be told that it is over comes back, and is told of the next one.
          known = { ...nothing(known.began), reloaded: true, degraded: known.degraded };
          return;
        case 'MessageAdded': {
          const { agentId } = event;
          const { position } = event.message;
          const became = replyThat(agentId, position)?.reply.replyId;
          if (became && known.replies.has(became)) fault(`the message of ${became}, which was told to begin`);
          return added(agentId, event.message);
        }
        case 'MessageUpdated': {
          const { agentId } = event;
          const { position, text } = event.message;
          if (!isWanted(agentId)) fault(`a message of ${agentId}`);
          const there = known.next.get(agentId) ?? known.since?.counts.get(agentId) ?? 0;
          // A change of the session that was is told as what is there now, until its removal is told.
          if (position >= there && world.removed.size === 0)
            fault(`message ${position} of ${agentId} changes, and was not told`);
          known.texts.set(`${agentId} ${position}`, text);
          return;
        }
        case 'MetadataChanged':
          if (shape().only === 'messages') fault('only messages were asked for');
          known.changes++;
          return;
        case 'Degraded':
        case 'Restored':
          if (!world.failed) fault('nothing has failed');
          return;
        case 'ReplyFinished':
        case 'ReplyAborted':
          return ended(event);
        default:
          if (type.startsWith('Reply')) replies.grow(known, event);
      }
    },
    check() {
      const now = momentOf(world);
      if (isFirst) fault('it was never told to be ready');
      if (known.session !== (now.createdAt !== null))
        fault(`the session is ${now.createdAt ? '' : 'not '}there`);
      for (const [agentId, count] of now.counts) {
        const told = known.next.get(agentId) ?? known.since?.counts.get(agentId) ?? 0;
        if (isWanted(agentId) && told !== count)
          fault(`${count} messages of ${agentId}, and ${told} were told`);
      }
      for (const [place, text] of known.texts) {
        const [agentId = '', position] = place.split(' ');
        const stored = messageAt(agentId, Number(position));
        if (stored && text !== textOf(stored.content)) fault(`message ${place} says ${text} no more`);
      }
      if (shape().only === 'everything' && !known.reloaded) {
        // Whoever begins is told what its instance has not heard of yet, too.
        const least = now.changes - (known.since?.changes ?? 0);
        if (known.changes < least || known.changes > now.changes)
          fault(`${known.changes} changes of the metadata were told`);
      }
      replies.check(known);
    },
    knowledge: () => structuredClone(known),
    restore(earlier) {
      known = structuredClone(earlier);
    },
    forgetReplies() {
      known.replies.clear();
      known.over.clear();
    },
  };
}
