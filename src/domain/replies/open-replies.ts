import { ParleyError } from '../errors.js';
import { createFreshRuns } from '../fresh-runs.js';
import { createHeldReplies, type HeldReply, isKept, wholeOf } from './held-replies.js';
import { isActive, type Reply, type ReplyPart } from './model.js';
import { createReplyReads } from './reply-reads.js';
import type { ReplyNotice, ReplyStore } from './reply-store.js';
import { createReplyText, lengthOf, type ReplyText } from './reply-text.js';

/** A reply in the memory of this process. Of one that is over the text may be gone. */
export interface OpenReply {
  /** As the store was last heard of. */
  readonly reply: Reply;
  /** What there is, durable or not yet. */
  readonly text: ReplyText;
  /** How much of it is durable: characters, and blocks that have begun. */
  readonly durable: { offset: number; blocks: number };
  /** Whether all of the text came through this process: it then has whatever was answered. */
  readonly own: boolean;
  /** While it is being ended. */
  readonly ending: Promise<unknown> | null;
}

/**
 * The replies that are written or followed in this process. Each is there once, whoever asks, and is what the store has plus what is
 * on its way there.
 */
export interface OpenReplies {
  /** From memory, else from the store. Null where there is none. */
  open(replyId: string): Promise<OpenReply | null>;
  /** From memory, where it is there. */
  peek(replyId: string): OpenReply | undefined;
  /** As the store has it now, and nothing of its text. */
  stored(replyId: string): Promise<Reply | null>;
  /** As the store has it now. Text that was not durable yet is given up where the store has gone another way. */
  refresh(replyId: string): Promise<OpenReply | null>;
  /** The same of many, side by side: it is in memory then, as far as there is room. */
  refreshAll(replyIds: Iterable<string>): Promise<void>;
  /** Takes in what the store has answered. Where its text is not the one in memory it is read anew. */
  heard(reply: Reply): Promise<OpenReply>;
  /** A reply that was just made, and has no text. */
  made(reply: Reply): OpenReply;
  /** Adds to the text, and tells those who follow; nothing: a sign of life that is to be kept. */
  write(open: OpenReply, parts: readonly ReplyPart[]): void;
  /** Nothing of it is kept but by `run`, until that is done. */
  ending<T>(open: OpenReply, run: () => Promise<T>): Promise<T>;
  /** What there is of them is on its way. */
  keeping(replies: readonly OpenReply[]): void;
  /** What was written up to here is durable. */
  kept(replyId: string, reply: Reply, blocks: number): void;
  /** Of a reply that the store has no more. */
  gone(replyId: string): void;
  /** Of each reply in their order. What is not at hand is read anew, of all together. */
  noticed(notices: readonly ReplyNotice[]): Promise<void>;
  /** Notices may have been missed: everything that is followed here is read anew. */
  missed(): Promise<void>;
  /** `wake` is called in the turn in which anything of a reply of the session changes. The result leaves. */
  follow(sessionId: string, wake: (replyId: string) => void): () => void;
  /** Lets go of what nobody has used for a while, and nobody follows. */
  tidy(): void;
  /** Replies that hold what is not durable yet. */
  unkept(): OpenReply[];
  /** What this caller's replies take in memory, in characters. */
  heldOf(caller: string): number;
  /** The same of all callers'. */
  readonly held: number;
}

/** `most`: what all of them may take in memory, in characters, beside what is not durable yet. */
export function createOpenReplies(
  store: Pick<ReplyStore, 'load' | 'parts'>,
  limits: { now: () => number; most: number },
): OpenReplies {
  const held = createHeldReplies(limits);
  const followers = new Map<string, Set<(replyId: string) => void>>();
  const reads = createReplyReads(store);
  const isFollowed = (sessionId: string) => followers.has(sessionId);

  const wake = ({ sessionId, replyId }: Pick<Reply, 'sessionId' | 'replyId'>) => {
    for (const follower of followers.get(sessionId) ?? []) follower(replyId);
  };

  /** What is given to others is what is held. */
  const again = (open: OpenReply) => held.again(open as HeldReply);

  function drop(entry: HeldReply): void {
    held.drop(entry);
    wake(entry.reply);
  }

  async function load(replyId: string): Promise<HeldReply | null> {
    const found = await reads.whole(replyId);
    // Meanwhile it may have been made here.
    const known = held.get(replyId);
    if (known) return known;
    return found && held.put(found.reply, found.text, false);
  }

  /** Whether the text in memory begins with what the store has, and may go on from there. */
  const extends_ = ({ text, reply: before }: HeldReply, reply: Reply, stored: ReplyText) =>
    text.length >= stored.length &&
    text.hashAt(stored.length) === stored.hash &&
    (text.length === stored.length || (isActive(reply) && reply.epoch === before.epoch));

  async function reread(entry: HeldReply): Promise<HeldReply | null> {
    const { replyId } = entry.reply;
    const found = await reads.whole(replyId);
    if (held.get(replyId) === entry && !(found && isSame(entry.reply, found.reply))) drop(entry);
    if (!found) return null;
    const { reply, text } = found;
    const known = held.get(replyId);
    if (known !== entry) return known ?? held.put(reply, text, false);
    if (extends_(entry, reply, text)) {
      entry.reply = reply;
      // A write may have ended meanwhile.
      if (text.length >= entry.durable.offset) entry.durable = wholeOf(text);
    } else {
      Object.assign(entry, { reply, text, durable: wholeOf(text), own: false });
      held.changed(entry);
    }
    wake(reply);
    return entry;
  }

  const reading = createFreshRuns((replyId) => {
    const entry = held.get(replyId);
    if (!entry) return load(replyId);
    held.use(entry);
    return reread(entry);
  });
  const refresh = reading.run;

  async function refreshAll(replyIds: Iterable<string>): Promise<void> {
    await Promise.all([...replyIds].map((replyId) => refresh(replyId).then(() => {})));
  }

  /**
   * Rejects where the store cannot be asked at all. What of a single one cannot be read is not kept: whoever follows it asks for it, and
   * is told why, and all others go on.
   */
  async function rereadAll(replyIds: readonly string[]): Promise<void> {
    const read = await Promise.allSettled(replyIds.map(refresh));
    for (const [index, result] of read.entries()) {
      if (result.status === 'fulfilled') continue;
      if (mayPass(result.reason)) throw result.reason;
      const entry = held.get(replyIds[index] as string);
      if (entry && isKept(entry)) drop(entry);
    }
  }

  function open(replyId: string): Promise<HeldReply | null> {
    const known = held.get(replyId);
    if (!known) return refresh(replyId);
    held.use(known);
    return Promise.resolve(known);
  }

  /** False where the reply has to be read anew. */
  function takeNotice(entry: HeldReply, { offset, parts }: ReplyNotice): boolean {
    if (parts === undefined || offset === undefined) return false;
    const { text, durable } = entry;
    const known = offset + lengthOf(parts) <= text.length;
    // What was written here is told by the write itself.
    if (known && parts.every(({ block }) => block < text.blockCount)) return true;
    if (offset !== text.length || durable.offset !== text.length) return false;
    text.append(parts);
    entry.durable = wholeOf(text);
    entry.own = false;
    held.changed(entry);
    wake(entry.reply);
    return true;
  }

  return {
    open,
    peek: held.get,
    stored: reads.reply,
    refresh,
    refreshAll,
    async heard(reply) {
      const entry = held.get(reply.replyId);
      if (!entry) return (await open(reply.replyId)) ?? held.put(reply, createReplyText(), false);
      // Of one that was discarded nothing is kept here either.
      if (!isActive(reply) && reply.position === null) {
        entry.text = createReplyText();
        held.changed(entry);
      } else if (!isWhole(entry, reply)) return (await refresh(reply.replyId)) ?? entry;
      entry.reply = reply;
      entry.durable = wholeOf(entry.text);
      wake(reply);
      return entry;
    },
    made(reply) {
      // Whoever follows the session may have looked it up before this.
      const known = held.get(reply.replyId);
      if (known) Object.assign(known, { reply, own: true });
      const entry = known ?? held.put(reply, createReplyText(), true);
      wake(reply);
      return entry;
    },
    write(open, parts) {
      const entry = again(open);
      entry.text.append(parts);
      entry.alive = true;
      held.use(entry);
      held.changed(entry);
      if (parts.length > 0) wake(entry.reply);
    },
    async ending(open, run) {
      const entry = again(open);
      const running = run();
      entry.ending = running;
      try {
        return await running;
      } finally {
        entry.ending = null;
      }
    },
    keeping(some) {
      for (const open of some) again(open).alive = false;
    },
    kept(replyId, reply, blocks) {
      const entry = held.get(replyId);
      if (!entry) return;
      const tells = entry.reply.state !== reply.state || reply.durability === 'each';
      entry.reply = reply;
      entry.durable = { offset: reply.offset, blocks };
      if (tells) wake(reply);
    },
    gone(replyId) {
      const entry = held.get(replyId);
      if (entry) drop(entry);
    },
    async noticed(notices) {
      const behind = new Set<string>();
      for (const notice of notices) {
        const { replyId } = notice;
        const entry = held.get(replyId);
        // What is being read may not have it; what is read anew has what comes after it, too.
        const isTaken = entry
          ? behind.has(replyId) || takeNotice(entry, notice)
          : !reading.isUnderWay(replyId);
        if (!isTaken) behind.add(replyId);
        if (!entry) wake(notice);
      }
      await rereadAll([...behind]);
    },
    async missed() {
      const known = [...held.all()].map(({ reply }) => reply);
      const followed = known.filter(({ sessionId }) => isFollowed(sessionId));
      await rereadAll(followed.map(({ replyId }) => replyId));
      for (const reply of held.away(isFollowed)) wake(reply);
    },
    follow(sessionId, follower) {
      const ofSession = followers.get(sessionId) ?? new Set();
      followers.set(sessionId, ofSession);
      ofSession.add(follower);
      return () => {
        ofSession.delete(follower);
        if (ofSession.size === 0 && followers.get(sessionId) === ofSession) followers.delete(sessionId);
      };
    },
    tidy: () => held.tidy(isFollowed),
    unkept: held.unkept,
    heldOf: held.of,
    get held() {
      return held.total;
    },
  };
}

/** Whether its text is the one that the store has, of which this was heard: that of an earlier writer may be as long, and not be kept. */
const isWhole = ({ text, durable, reply: before }: HeldReply, reply: Reply): boolean =>
  isSame(before, reply) &&
  reply.offset === text.length &&
  (reply.epoch === before.epoch || reply.offset === durable.offset);

/** It is the store's, and not this reply's. */
const mayPass = (error: unknown): boolean =>
  error instanceof ParleyError && (error.code === 'STORE_UNAVAILABLE' || error.code === 'TIMEOUT');

/** Otherwise its session was deleted, and another was made under its id. */
const isSame = (before: Reply, reply: Reply): boolean =>
  before.startedAt.getTime() === reply.startedAt.getTime();
