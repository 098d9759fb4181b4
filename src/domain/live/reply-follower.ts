import { ACTIVE_STATES, isActive, type Reply } from '../replies/model.js';
import type { OpenReplies, OpenReply } from '../replies/open-replies.js';
import { MAX_REPLIES_OF_SESSION } from '../replies/reply-inputs.js';
import type { ReplyStore } from '../replies/reply-store.js';
import { cutParts, lengthOf } from '../replies/reply-text.js';
import type { Message } from '../sessions/model.js';
import type { ReplyPlace } from '../sessions/session-cursor.js';
import type { ReplyEventBody } from './live-events.js';
import { inOrder, moveTo, placeAt, rewindTo, shownOf } from './reply-place.js';

/** What followers need of replies. */
export interface FollowedReplies {
  open: OpenReplies;
  list: ReplyStore['list'];
}

export interface ReplyScope {
  sessionId: string;
  /** Null: all agents'. */
  agentId: string | null;
}

/** Takes what there is to tell, when the follower stands behind it. */
export type Tell = (body: ReplyEventBody) => void;

/**
 * What one follower of a session is told of its replies: each time as much as there is, so that a slow one gets parts joined. `places`
 * is where it stands.
 */
export interface ReplyFollower {
  /** Every active reply, and those that it knows. `anew`: what is in memory is not enough; `read`: how the store is waited for. */
  all(
    anew: boolean,
    read?: <T>(load: () => Promise<T>) => Promise<T>,
  ): AsyncGenerator<[replyId: string, open: OpenReply | null]>;
  /** What is new of this one; null: it is not there. */
  look(replyId: string, open: OpenReply | null, tell: Tell): void;
  /** Finds out which replies are over that may have become these messages: one read for all, and none where that is known. */
  learn(messages: readonly MessageAt[]): Promise<void>;
  /** The reply that has become this message, with the rest of its text before; null where it is none of which that was learned. */
  became(message: Message): Promise<{ rest: (tell: Tell) => void; end: () => ReplyEventBody } | null>;
  /** What is known of the agent's replies, or of all, no longer holds. */
  forget(agentId: string | null): void;
  /** The marks of the texts that it has read. */
  readonly texts: ReadonlyMap<string, symbol>;
  /** Replies that it has found over. */
  readonly over: ReadonlySet<string>;
}

/** Where a message stands. */
interface MessageAt {
  agentId: string;
  position: number;
}

const MOST_OVER = 1_000;

export function createReplyFollower(
  { open: replies, list }: FollowedReplies,
  { sessionId, agentId: only }: ReplyScope,
  places: Map<string, ReplyPlace>,
): ReplyFollower {
  /** Not the texts themselves: they are let go of. */
  const texts = new Map<string, symbol>();
  const over = new Set<string>();
  /** Replies that are over in the store, and were not told to be. */
  const ended = new Map<string, Reply>();
  /** Replies that began after `learn` had asked. */
  const begun = new Set<string>();
  const isOver = (replyId: string) => {
    over.add(replyId);
    // Whoever needs more is told anew.
    if (over.size > MOST_OVER) over.delete(over.values().next().value as string);
  };

  const forgetOne = (replyId: string) => {
    leave(replyId);
    isOver(replyId);
  };

  function leave(replyId: string): void {
    places.delete(replyId);
    texts.delete(replyId);
    ended.delete(replyId);
    begun.delete(replyId);
  }

  /** What is in memory is told of by the feed; a cursor may come from an instance that has heard more. */
  function isEnough(replyId: string, anew: boolean): boolean {
    const known = replies.peek(replyId);
    return known !== undefined && !anew && known.text.length >= (places.get(replyId)?.offset ?? 0);
  }

  /** One that is over, as far as this process knows. */
  function overHere(replyId: string): Reply | undefined {
    const known = replies.peek(replyId)?.reply;
    return known && !isActive(known) ? known : undefined;
  }

  /** One that this process knows to be over, with its text, or that the store does. */
  function endedAs({ agentId, position }: MessageAt): Reply | undefined {
    for (const replyId of places.keys()) {
      const reply = overHere(replyId) ?? ended.get(replyId);
      if (reply?.sessionId === sessionId && reply.agentId === agentId && reply.position === position)
        return reply;
    }
    return undefined;
  }

  function look(replyId: string, open: OpenReply | null, tell: Tell): void {
    const place = places.get(replyId);
    // A cursor may name any.
    if (!open || open.reply.sessionId !== sessionId) {
      forgetOne(replyId);
      if (place) tell({ type: 'ReplyAborted', replyId, agentId: place.agentId, reason: null, kept: null });
      return;
    }
    const { reply } = open;
    const { agentId } = reply;
    if (only !== null && agentId !== only) {
      forgetOne(replyId);
      return;
    }
    if (!place) {
      if (isActive(reply)) begin(replyId, open, tell);
      else isOver(replyId);
      return;
    }
    if (!isActive(reply) && reply.position === null) {
      forgetOne(replyId);
      tell({ type: 'ReplyAborted', replyId, agentId, reason: reply.reason, kept: null });
      return;
    }
    goOn(replyId, open, place, tell);
    if (!isActive(reply)) return;
    const abandoned = reply.state === 'abandoned';
    if (abandoned === place.abandoned) return;
    place.abandoned = abandoned;
    tell({ type: abandoned ? 'ReplyAbandoned' : 'ReplyResumed', replyId, agentId, offset: place.offset });
  }

  function begin(replyId: string, open: OpenReply, tell: Tell): void {
    const { reply, text } = open;
    const { offset, blocks } = shownOf(open);
    const shown = inOrder(cutParts(text.since(0), offset, blocks));
    const told = { offset: lengthOf(shown), blocks: shown.length };
    const { agentId, state } = reply;
    const place = { agentId, ...placeAt(open, told), abandoned: state === 'abandoned' };
    places.set(replyId, place);
    texts.set(replyId, text.mark);
    begun.add(replyId);
    over.delete(replyId);
    tell({
      type: 'ReplyStarted',
      replyId,
      agentId,
      reply: { ...reply, offset: told.offset, blocks: shown },
      text,
    });
    goOn(replyId, open, place, tell);
  }

  function goOn(replyId: string, open: OpenReply, place: ReplyPlace, tell: Tell): void {
    const { reply, text } = open;
    const { agentId } = reply;
    // Of one that is over the text may be gone; the message has all of it, but for what was told and never kept.
    const isGone = !isActive(reply) && text.length < reply.offset;
    if (isGone && place.offset <= reply.offset) return;
    if (texts.get(replyId) !== text.mark) {
      const back = rewindTo(text, place);
      if (back < place.offset) {
        moveTo(place, { offset: back, blocks: text.blocksBefore(back), durable: back, hash: 0 });
        tell({ type: 'ReplyRewound', replyId, agentId, offset: back, text });
      }
      texts.set(replyId, text.mark);
    }
    const shown = shownOf(open);
    if (shown.offset <= place.offset && shown.blocks <= place.blocks) return;
    const { offset } = place;
    const there = text.since(offset, place.blocks);
    const isAll = shown.offset === text.length && shown.blocks === text.blockCount;
    const parts = isAll ? there : cutParts(there, shown.offset - offset, shown.blocks, place.blocks);
    moveTo(place, placeAt(open, shown));
    tell({ type: 'ReplyProgress', replyId, agentId, offset, parts, blocks: shown.blocks, text });
  }

  async function learn(messages: readonly MessageAt[]): Promise<void> {
    // Memory may have no room for it any more by the time that its message is told.
    for (const replyId of places.keys()) {
      const known = overHere(replyId);
      if (known) ended.set(replyId, known);
    }
    const unknown = new Set(messages.filter((message) => !endedAs(message)).map(({ agentId }) => agentId));
    const active = [...places].flatMap(([replyId, { agentId }]) => {
      const known = replies.peek(replyId)?.reply;
      return unknown.has(agentId) && (!known || isActive(known)) ? [replyId] : [];
    });
    for (const replyId of active) begun.delete(replyId);
    for (const reply of await Promise.all(active.map(replies.stored))) {
      if (reply && !isActive(reply)) ended.set(reply.replyId, reply);
    }
    const became = messages.flatMap((message) => endedAs(message) ?? []);
    await replies.refreshAll(became.map(({ replyId }) => replyId).filter((replyId) => !overHere(replyId)));
  }

  return {
    texts,
    over,
    async *all(anew, read = (load) => load()) {
      const asked = { sessionId, agentId: only, states: ACTIVE_STATES, limit: MAX_REPLIES_OF_SESSION };
      const [active = []] = await read(() => list([asked]));
      const ids = new Set([...places.keys(), ...active.map(({ replyId }) => replyId)]);
      await read(() => replies.refreshAll([...ids].filter((replyId) => !isEnough(replyId, anew))));
      for (const replyId of ids) yield [replyId, await read(() => replies.open(replyId))];
    },
    look,
    learn,
    async became(message) {
      const { agentId } = message;
      const mayBe = (replyId: string) => places.get(replyId)?.agentId === agentId;
      if (!endedAs(message) && [...begun].some(mayBe)) await learn([message]);
      const found = endedAs(message);
      if (!found) return null;
      const { replyId, state, reason } = found;
      const place = places.get(replyId) as ReplyPlace;
      const known = replies.peek(replyId);
      const open = known && !isActive(known.reply) ? known : await replies.refresh(replyId);
      if (!open) return null;
      return {
        rest: (tell) => goOn(replyId, open, place, tell),
        end(): ReplyEventBody {
          forgetOne(replyId);
          return state === 'finished'
            ? { type: 'ReplyFinished', replyId, agentId, message }
            : { type: 'ReplyAborted', replyId, agentId, reason, kept: message };
        },
      };
    },
    forget(agentId) {
      for (const [replyId, place] of places) {
        if (agentId === null || place.agentId === agentId) leave(replyId);
      }
    },
  };
}
