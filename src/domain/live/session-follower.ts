import type { Reach } from '../access/policy.js';
import { allowsId, isLimited, reaches, withReachParts } from '../access/reach.js';
import { ParleyError } from '../errors.js';
import type { OpenReply } from '../replies/open-replies.js';
import type { Message, Session } from '../sessions/model.js';
import { type Head, headAt, type SessionProgress } from '../sessions/session-cursor.js';
import type { Change, MessagePage, Position, SessionPart } from '../sessions/session-store.js';
import { type FollowDeps, invalidScope, patiently, type Standing } from './follow.js';
import {
  EVERY_PART,
  type EventParts,
  type LiveEvent,
  type LiveEventBody,
  type LiveEvents,
  type ResyncReason,
} from './live-events.js';
import { loadAhead } from './load-ahead.js';
import { createProgressCursors } from './progress-cursor.js';
import { createReplyFollower } from './reply-follower.js';

export interface SessionScope {
  sessionId: string;
  /** Only this agent's messages; null: all agents'. */
  agentId: string | null;
  /** `messages` leaves out what is not about a message or the session's own life. */
  only: 'messages' | 'everything';
  /** Whether replies in progress are told of. */
  replies: boolean;
  /** What of a message, a session and an agent its events show; absent: all. */
  parts?: EventParts;
  /** The sessions that the follower may see: one beyond it is as one that does not exist. */
  reach: Reach;
}

export const scopeToJson = (scope: SessionScope) => [scope.only, scope.sessionId, scope.agentId];

/** Events that move a reader within a reply, and nowhere else. */
const GROWING: ReadonlySet<LiveEventBody['type']> = new Set([
  'ReplyStarted',
  'ReplyProgress',
  'ReplyRewound',
  'ReplyAbandoned',
  'ReplyResumed',
]);

const NOTHING: Head = { count: 0, last: '' };
/** Where an agent stands: nothing of its last message but what it is. */
const LAST_MESSAGE = { windows: [{ last: 1 }], parts: [], messageParts: [] };
/** Messages loaded ahead of the reader while it catches up, where they are small. */
const LOAD_AHEAD = 80;

/**
 * Turns changes into events for one follower, and keeps what it has seen: a message comes once, in its agent's order,
 * whatever is repeated below. `events` yields nothing for what the follower has seen or did not ask for.
 */
export function createSessionFollower(
  deps: FollowDeps,
  scope: SessionScope,
  progress: SessionProgress,
  signal: AbortSignal,
) {
  const { hub, loads } = deps;
  const { sessionId, reach } = scope;
  const limited = isLimited(reach);
  const parts = scope.parts ?? EVERY_PART;
  /** Of a session that is looked at and not shown. */
  const bare = withReachParts(reach, []);
  const read = <T>(load: () => Promise<T>) => patiently(deps, signal, load);
  const cursors = createProgressCursors(deps.cursors, scopeToJson(scope));
  const cursor = () => cursors.seal(progress);
  const event = (body: LiveEventBody): LiveEvent => ({
    cursor: GROWING.has(body.type) ? cursors.sealPlaces(progress) : cursor(),
    position: progress.position,
    ...body,
  });
  const resync = (reason: ResyncReason, agentId: string | null = null) => {
    const count = agentId === null ? 0 : headOf(agentId).count;
    return event({ type: 'Resync', reason, agentId, count });
  };
  const resynced = new Map<string, Position>();
  const wants = (agentId: string) => scope.agentId === null || scope.agentId === agentId;
  const headOf = (agentId: string) => progress.heads.get(agentId) ?? NOTHING;
  const replies = scope.replies ? createReplyFollower(deps.replies, scope, progress.replies) : null;
  // A cursor may come from where they were asked for.
  if (!replies) progress.replies.clear();

  const standing: Standing = {
    get position() {
      return progress.position;
    },
    get knowsSession() {
      return progress.createdAt !== null;
    },
    get heads() {
      return progress.heads;
    },
    get replies() {
      return new Map(
        [...progress.replies].map(([replyId, { offset, blocks }]) => [
          replyId,
          { offset, blocks, mark: replies?.texts.get(replyId) },
        ]),
      );
    },
    over: replies?.over ?? new Set(),
    // Whatever else has moved the reader has given an event, and its cursor was sealed then.
    cursor: () => cursors.sealPlaces(progress),
    ownCursor(cursor, agentIds, replyIds) {
      const shared = cursors.open(cursor);
      if (!shared) throw invalidScope();
      for (const agentId of agentIds) shared.heads.set(agentId, headOf(agentId));
      for (const replyId of replyIds) {
        const place = progress.replies.get(replyId);
        if (place) shared.replies.set(replyId, place);
        else shared.replies.delete(replyId);
      }
      const position = shared.position < progress.position ? progress.position : shared.position;
      return createProgressCursors(deps.cursors, scopeToJson(scope)).seal({
        ...shared,
        position,
        createdAt: shared.createdAt ?? progress.createdAt,
      });
    },
  };

  /** Null also where it is beyond the follower's reach. */
  async function visibleSession(shown: readonly SessionPart[] = []): Promise<Session | null> {
    const needed = withReachParts(reach, shown);
    const session = allowsId(reach, sessionId) ? await read(() => loads.session(sessionId, needed)) : null;
    return session && reaches(reach, session) ? session : null;
  }

  /** Before anything is read ahead of the changes that may have taken the right to see it. */
  async function checkReach(): Promise<void> {
    const session = await read(() => loads.session(sessionId, bare));
    if (session && !reaches(reach, session)) throw outOfReach();
  }

  /** Whether the follower may be told of the change. Tells itself of a session that has come within its reach. */
  async function* admitted(change: Change): AsyncGenerator<readonly LiveEvent[], boolean> {
    const known = progress.createdAt !== null;
    if (!['session-created', 'metadata-changed', 'session-changed'].includes(change.kind)) return known;
    const session = await visibleSession(known ? [] : parts.session);
    if (session && (known || change.kind === 'session-created')) return true;
    if (!session) {
      if (known) await checkReach();
      return known;
    }
    progress.createdAt = session.createdAt?.getTime() ?? null;
    yield [event({ type: 'SessionCreated', session })];
    const agents = await read(() => loads.agents({ sessionId, among: 'all', windows: [], parts: [] }));
    yield* missing(agents.map(({ agent }) => agent.agentId).filter(wants));
    yield* repliesNow();
    return false;
  }

  const loadMessage = ({ agentId, index }: { agentId: string; index: number }) =>
    read(() => loads.message({ sessionId, agentId, position: index }, parts.message));

  function toldOf(message: Message, body?: LiveEventBody): LiveEvent {
    const { agentId } = message;
    progress.heads.set(agentId, headAt(message));
    return event(body ?? { type: 'MessageAdded', agentId, message });
  }

  /** Whether replies have become these messages, which are there. */
  async function learn(messages: readonly { agentId: string; position: number }[]): Promise<void> {
    if (replies) await read(() => replies.learn(messages));
  }

  async function added(message: Message): Promise<LiveEvent[]> {
    const reply = replies && (await read(() => replies.became(message)));
    const told: LiveEvent[] = [];
    reply?.rest((body) => told.push(event(body)));
    return [...told, toldOf(message, reply?.end())];
  }

  /** What there is to tell of the replies: of all that are active, or of one that has changed. */
  async function* repliesNow(anew = false): LiveEvents {
    if (!replies || progress.createdAt === null) return;
    if (limited) await checkReach();
    for await (const [replyId, open] of replies.all(anew)) {
      for (const told of looked(replyId, open)) yield [told];
    }
  }

  /** Of a session that comes to be, its creation is told first, and its replies with it. */
  async function* replyChanged(replyId: string): LiveEvents {
    const told = grown(replyId) ?? looked(replyId, await deps.replies.open.open(replyId));
    if (told.length > 0) yield told;
  }

  function looked(replyId: string, open: OpenReply | null): LiveEvent[] {
    const told: LiveEvent[] = [];
    replies?.look(replyId, open, (body) => told.push(event(body)));
    return told;
  }

  /** The same where the reply is in memory; null: it has to be waited for. */
  function grown(replyId: string): LiveEvent[] | null {
    if (!replies || progress.createdAt === null) return [];
    const open = deps.replies.open.peek(replyId);
    return open ? looked(replyId, open) : null;
  }

  /** Together where no message was changed since `revision`, when they were loaded; else one by one, each as it is then. */
  async function* asTheyAre(events: readonly LiveEvent[], revision: number): LiveEvents {
    if (hub.revision() === revision) {
      if (events.length > 0) yield events;
      return;
    }
    for (const event of events) {
      const current = await read(() => loads.refreshed(event));
      if (current) yield [current];
    }
  }

  /** The messages that the follower has not seen, from the data: agent by agent, in order, at the reader's pace. */
  async function* missing(agentIds: readonly string[]): LiveEvents {
    if (limited && agentIds.length > 0) await checkReach();
    for (const agentId of agentIds) {
      for (let more = true; more && !signal.aborted; ) {
        const revision = hub.revision();
        const page = await read(() => nextPage(agentId));
        if (page) await learn(page.messages);
        const told: LiveEvent[] = [];
        for (const message of page?.messages ?? []) told.push(...(await added(message)));
        yield* asTheyAre(told, revision);
        more = page?.hasNext === true && page.messages.length > 0;
      }
    }
  }

  /** As many of the messages that come next as are small together, at least one. */
  async function nextPage(agentId: string): Promise<MessagePage | undefined> {
    const after = headOf(agentId).count - 1;
    const asked = (first: number) => ({
      sessionId,
      among: [agentId],
      windows: [{ first, after }],
      parts: [],
      messageParts: parts.message,
    });
    for (let first = LOAD_AHEAD; first > 1; first = Math.floor(first / 4)) {
      const found = await loads.agentsIfSmall(asked(first));
      if (found) return found[0]?.pages[0];
    }
    return (await loads.agents(asked(1)))[0]?.pages[0];
  }

  /** Reads the current state of the session as seen: nothing of it will be told as new. */
  async function catchUpSilently(): Promise<boolean> {
    const among = scope.agentId === null ? ('all' as const) : [scope.agentId];
    const session = await visibleSession();
    const agents = session ? await loads.agents({ sessionId, among, ...LAST_MESSAGE }) : [];
    progress.createdAt = session?.createdAt?.getTime() ?? null;
    progress.heads = new Map();
    for (const { agent, pages } of agents) {
      const last = pages[0]?.messages.at(-1);
      if (last) progress.heads.set(agent.agentId, headAt(last));
    }
    return session !== null;
  }

  /** The history is gone: says so, then gives the missing messages from the data. `until` was read before. */
  async function* reload(until: Position): LiveEvents {
    yield [resync('HISTORY_GONE')];
    const session = await visibleSession(progress.createdAt === null ? parts.session : []);
    if (limited && !session) {
      if (progress.createdAt !== null) await checkReach();
      progress.position = until;
      return;
    }
    if (session && progress.createdAt === null) {
      progress.createdAt = session.createdAt?.getTime() ?? null;
      yield [event({ type: 'SessionCreated', session })];
    }
    const agents = await read(() => loads.agents({ sessionId, among: 'all', windows: [], parts: [] }));
    yield* missing(agents.map(({ agent }) => agent.agentId).filter(wants));
    yield* repliesNow(true);
    // Only now: a cursor given before this point must find the history gone again.
    progress.position = until;
  }

  /** `known`: the position up to which its changes are covered by this reading. */
  async function* rewritten(agentId: string, known: Position): LiveEvents {
    resynced.set(agentId, known);
    const [found] = await read(() => loads.agents({ sessionId, among: [agentId], ...LAST_MESSAGE }));
    const last = found?.pages[0]?.messages.at(-1);
    if (last) progress.heads.set(agentId, headAt(last));
    else progress.heads.delete(agentId);
    replies?.forget(agentId);
    yield [resync('AGENT_REWRITTEN', agentId)];
    yield* repliesNow(true);
  }

  /** A message that comes next and is at hand, where nothing else has to be looked at: most are, and there are thousands. */
  function addedNext(change: Change, message: Message): LiveEvent | null {
    if (change.kind !== 'message-added' || replies || change.position <= progress.position) return null;
    if (progress.createdAt === null || ofEarlierSession(change, progress.createdAt)) return null;
    if (!wants(change.agentId) || change.index !== headOf(change.agentId).count) return null;
    progress.position = change.position;
    return toldOf(message);
  }

  async function* messageAdded(
    change: Change & { kind: 'message-added' },
    ahead: Message | null | undefined,
  ): LiveEvents {
    if (!wants(change.agentId) || change.index < headOf(change.agentId).count) return;
    if (change.index > headOf(change.agentId).count) {
      yield* missing([change.agentId]);
      return;
    }
    const message = ahead === undefined ? await loadMessage(change) : ahead;
    if (message) yield await added(message);
  }

  async function* created(createdAt: number | null): LiveEvents {
    if (createdAt !== null && createdAt === progress.createdAt) return;
    const known = progress.createdAt !== null;
    progress.createdAt = createdAt;
    if (known) {
      progress.heads.clear();
      replies?.forget(null);
      yield [resync('SESSION_RECREATED')];
    } else {
      const session = await read(() => loads.session(sessionId, parts.session));
      if (session) yield [event({ type: 'SessionCreated', session })];
    }
    yield* repliesNow(known);
  }

  async function* sessionWide(kind: 'MetadataChanged' | 'SessionChanged'): LiveEvents {
    const session = await read(() => loads.session(sessionId, parts.session));
    if (session) yield [event({ type: kind, session })];
  }

  /** `ahead`: its message, where that was loaded already. */
  async function* apply(change: Change, ahead?: Message | null): LiveEvents {
    if (change.position <= progress.position || ofEarlierSession(change, progress.createdAt)) return;
    progress.position = change.position;
    if (limited && !(yield* admitted(change))) return;
    switch (change.kind) {
      case 'session-created':
        yield* created(change.sessionCreatedAt);
        return;
      case 'session-deleted':
        progress.createdAt = null;
        progress.heads.clear();
        replies?.forget(null);
        yield [event({ type: 'SessionDeleted', sessionId })];
        return;
      case 'message-added':
        yield* messageAdded(change, ahead);
        return;
      case 'message-updated': {
        // One that is not told yet will be loaded as it is then.
        if (!wants(change.agentId) || change.index >= headOf(change.agentId).count) return;
        const message = ahead === undefined ? await loadMessage(change) : ahead;
        if (message) yield [event({ type: 'MessageUpdated', agentId: change.agentId, message })];
        return;
      }
      case 'agent-rewritten':
        if (!wants(change.agentId) || change.position <= (resynced.get(change.agentId) ?? '')) return;
        yield* rewritten(change.agentId, change.position);
        return;
    }
    if (scope.only === 'messages') return;
    switch (change.kind) {
      case 'agent-updated': {
        const asked = { sessionId, among: [change.agentId], windows: [], parts: parts.agent };
        const [agent] = await read(() => loads.agents(asked));
        if (agent) yield [event({ type: 'AgentUpdated', agent })];
        return;
      }
      case 'feedback-added': {
        const feedback = await read(() => loads.feedback({ sessionId, index: change.index }));
        if (feedback) yield [event({ type: 'FeedbackAdded', sessionId, feedback })];
        return;
      }
      case 'metadata-changed':
        yield* sessionWide('MetadataChanged');
        return;
      case 'session-changed':
        yield* sessionWide('SessionChanged');
        return;
    }
  }

  const addedAt = (change: Change) =>
    change.kind === 'message-added' ? [{ agentId: change.agentId, position: change.index }] : [];

  const leavesGap = (change: Change) =>
    change.kind === 'message-added' && change.index > headOf(change.agentId).count;

  /** The events of changes, in their order; those together whose messages were loaded together. */
  async function* events(changes: readonly Change[]): LiveEvents {
    for (let start = 0; start < changes.length; start += LOAD_AHEAD) {
      const revision = hub.revision();
      const some = changes.slice(start, start + LOAD_AHEAD);
      await learn(some.flatMap(addedAt));
      const loaded = await loadAhead(
        loads,
        { sessionId, parts: parts.message },
        some,
        (change) =>
          wants(change.agentId) &&
          (change.kind !== 'message-added' || change.index >= headOf(change.agentId).count),
      );
      let ready: LiveEvent[] = [];
      for (const [index, change] of some.entries()) {
        const message = loaded[index];
        const next = message && hub.revision() === revision ? addedNext(change, message) : null;
        if (next) {
          ready.push(next);
        } else if (message === undefined || hub.revision() !== revision || leavesGap(change)) {
          yield* asTheyAre(ready, revision);
          ready = [];
          yield* apply(change);
        } else {
          for await (const told of apply(change, message)) ready.push(...told);
        }
      }
      yield* asTheyAre(ready, revision);
    }
  }

  return {
    cursor,
    event,
    events,
    missing,
    reload,
    replies: repliesNow,
    replyChanged,
    grown,
    rewritten,
    resync,
    standing,
    catchUpSilently,
    visibleSession,
    progress,
  };
}

const outOfReach = () =>
  new ParleyError('FORBIDDEN', 'The session is no longer within what this credential may see.');

/** A change of the session that had this id before. */
function ofEarlierSession(change: Change, createdAt: number | null): boolean {
  return change.sessionCreatedAt !== null && createdAt !== null && change.sessionCreatedAt < createdAt;
}
