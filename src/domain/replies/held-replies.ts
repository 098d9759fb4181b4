import { replyNotFound } from '../errors.js';
import { createTally } from '../fairness/tally.js';
import { createAwayReplies } from './away-replies.js';
import { isActive, type Reply } from './model.js';
import type { ReplyText } from './reply-text.js';

/** A reply in memory. What of it others may rely on is said of `OpenReply`. */
export interface HeldReply {
  reply: Reply;
  text: ReplyText;
  durable: { offset: number; blocks: number };
  own: boolean;
  ending: Promise<unknown> | null;
  /** Whether its writer has given a sign since it was last kept. */
  alive: boolean;
  usedAt: number;
  /** What of its text is counted for its caller. */
  counted: number;
  /** The store has it no more. */
  gone: boolean;
}

/** What replies take in memory: counted for their callers, and let go of where it is too much or nobody uses it. */
export interface HeldReplies {
  get(replyId: string): HeldReply | undefined;
  all(): Iterable<HeldReply>;
  /** All of it is durable. `made`: just now, by this process. */
  put(reply: Reply, text: ReplyText, made: boolean): HeldReply;
  /** One that was let go of while its caller had it is there again: all of it is durable. REPLY_NOT_FOUND where it was dropped. */
  again(held: HeldReply): HeldReply;
  use(held: HeldReply): void;
  /** Its text has grown, or is another. */
  changed(held: HeldReply): void;
  /** The store has it no more. */
  drop(held: HeldReply): void;
  /** Whoever needs it reads it again. */
  letGo(held: HeldReply): void;
  /** Replies of such sessions that go on, and that there was no room for. */
  away(ofSession: (sessionId: string) => boolean): Pick<Reply, 'sessionId' | 'replyId'>[];
  /** Lets go of what nobody has used for a while, and what of it goes on in no session that is `followed`. */
  tidy(followed: (sessionId: string) => boolean): void;
  /** Replies that hold what is not durable yet. */
  unkept(): HeldReply[];
  /** Characters of this caller's. */
  of(caller: string): number;
  /** Of all callers'. */
  readonly total: number;
}

const IDLE_MS = 60_000;
/** What a reply takes beside its text, in characters, about: many that never had one take memory, too. */
const REPLY_LENGTH = 1_024;
/** So many are kept however little all of them may take. */
const LEAST_KEPT = 1_000;
/** So exactly it is known which was used last. */
const MOVED_EVERY_MS = 500;

/** `most`: what all of them may take in memory, in characters, beside what is not durable yet. */
export function createHeldReplies({ now, most }: { now: () => number; most: number }): HeldReplies {
  /** Those first that were not used for the longest. */
  const entries = new Map<string, HeldReply>();
  const ofCallers = createTally();
  const away = createAwayReplies(now);
  const mostReplies = Math.max(LEAST_KEPT, Math.floor(most / REPLY_LENGTH));
  let total = 0;
  const isTooMuch = () => total > most || entries.size > mostReplies;

  function count(entry: HeldReply): void {
    const { reply, text, counted } = entry;
    entry.counted = entries.get(reply.replyId) === entry ? text.held : 0;
    ofCallers.add(reply.caller, entry.counted - counted);
    total += entry.counted - counted;
  }

  function remove(entry: HeldReply): void {
    entries.delete(entry.reply.replyId);
    count(entry);
  }

  function letGo(entry: HeldReply): void {
    away.add(entry.reply, { own: entry.own, length: entry.text.length });
    remove(entry);
  }

  /** Where all take too much, lets go of what can be read again. */
  function makeRoom(newest: HeldReply): void {
    if (!isTooMuch()) return;
    for (const entry of entries.values()) {
      if (entry === newest || entry.ending || isUnkept(entry)) continue;
      letGo(entry);
      if (!isTooMuch()) return;
    }
  }

  function changed(entry: HeldReply): void {
    count(entry);
    makeRoom(entry);
  }

  return {
    get: (replyId) => entries.get(replyId),
    all: () => entries.values(),
    put(reply, text, made) {
      const entry: HeldReply = {
        reply,
        text,
        durable: wholeOf(text),
        own: away.back(reply, text.length) || made,
        ending: null,
        alive: false,
        usedAt: now(),
        counted: 0,
        gone: false,
      };
      entries.set(reply.replyId, entry);
      changed(entry);
      return entry;
    },
    again(entry) {
      const { replyId } = entry.reply;
      const known = entries.get(replyId);
      if (known) return known;
      if (entry.gone) throw replyNotFound(replyId);
      away.back(entry.reply, entry.text.length);
      entries.set(replyId, entry);
      count(entry);
      return entry;
    },
    use(entry) {
      const { replyId } = entry.reply;
      const at = now();
      // One that grows stays among the last without a move for each of its parts.
      if (at - entry.usedAt < MOVED_EVERY_MS && at >= entry.usedAt) return;
      entry.usedAt = at;
      entries.delete(replyId);
      entries.set(replyId, entry);
    },
    changed,
    drop(entry) {
      entry.gone = true;
      remove(entry);
    },
    letGo,
    away: away.ofSessions,
    tidy(followed) {
      const idleSince = now() - IDLE_MS;
      for (const entry of entries.values()) {
        const { reply, usedAt, ending } = entry;
        if (usedAt > idleSince || isUnkept(entry) || ending) continue;
        if (isActive(reply) && followed(reply.sessionId)) continue;
        remove(entry);
      }
      away.tidy(idleSince, followed);
    },
    unkept: () => [...entries.values()].filter((entry) => isUnkept(entry) && !entry.ending),
    of: ofCallers.of,
    get total() {
      return total;
    },
  };
}

/** How much of it is durable where all of it is. */
export const wholeOf = (text: ReplyText) => ({ offset: text.length, blocks: text.blockCount });

/** Nothing of it is only here. */
export const isKept = (entry: HeldReply): boolean => !isUnkept(entry) && !entry.ending;

const isUnkept = ({ text, durable, alive }: HeldReply): boolean =>
  alive || text.length > durable.offset || text.blockCount > durable.blocks;
