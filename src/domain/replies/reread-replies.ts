import { ParleyError } from '../errors.js';
import { createFreshRuns } from './fresh-runs.js';
import { type HeldReplies, type HeldReply, isKept, wholeOf } from './held-replies.js';
import { isActive, type Reply } from './model.js';
import type { ReplyFollowers } from './reply-followers.js';
import type { createReplyReads } from './reply-reads.js';
import type { ReplyText } from './reply-text.js';

/** Brings what is in memory of replies to what the store has. */
export interface Rereading {
  /** As the store has it now. Text that was not durable yet is given up where the store has gone another way. */
  refresh(replyId: string): Promise<HeldReply | null>;
  /** The same of many, side by side. */
  refreshAll(replyIds: Iterable<string>): Promise<void>;
  /**
   * Rejects where the store cannot be asked at all. What of a single one cannot be read is not kept: whoever follows it asks for it, and
   * is told why, and all others go on.
   */
  rereadAll(replyIds: readonly string[]): Promise<void>;
  /** Whether it is being read now. */
  isUnderWay(replyId: string): boolean;
  /** Those that are. */
  underWay(): Iterable<string>;
  /** Of one that the store has no more. */
  drop(entry: HeldReply): void;
}

export interface RereadingOptions {
  held: HeldReplies;
  reads: Pick<ReturnType<typeof createReplyReads>, 'whole'>;
  wake: ReplyFollowers['wake'];
}

/** So often it is asked again where others hear of it each time. */
const MOST_READINGS = 5;

export function createRereading({ held, reads, wake }: RereadingOptions): Rereading {
  function drop(entry: HeldReply): void {
    held.drop(entry);
    wake(entry.reply);
  }

  async function load(replyId: string): Promise<HeldReply | null> {
    const found = await reads.whole(replyId);
    // Meanwhile it may have been made here: which of both is newer, nobody knows.
    const known = held.get(replyId);
    if (known) return reread(known);
    return found && held.put(found.reply, found.text, false);
  }

  /** Whether the text in memory begins with what the store has, and may go on from there. */
  const extends_ = ({ text, reply: before }: HeldReply, reply: Reply, stored: ReplyText) =>
    text.length >= stored.length &&
    text.hashAt(stored.length) === stored.hash &&
    (text.length === stored.length || (isActive(reply) && reply.epoch === before.epoch));

  /** What the store has, and nobody has heard of it since that was asked for: that may be newer. */
  async function current(entry: HeldReply): ReturnType<typeof reads.whole> {
    const { replyId } = entry.reply;
    for (let attempt = 1; ; attempt++) {
      const { reply } = entry;
      const found = await reads.whole(replyId);
      const heard = held.get(replyId) === entry && entry.reply !== reply;
      if (!heard || attempt === MOST_READINGS) return found;
    }
  }

  async function reread(entry: HeldReply): Promise<HeldReply | null> {
    const { replyId } = entry.reply;
    const found = await current(entry);
    if (held.get(replyId) === entry && !(found && isSame(entry.reply, found.reply))) drop(entry);
    if (!found) return null;
    const { reply, text } = found;
    const known = held.get(replyId);
    if (known !== entry) {
      // It was let go of while it was read: those who follow it were waiting for this.
      const put = known ?? held.put(reply, text, false);
      wake(put.reply);
      return put;
    }
    if (isOlder(reply, entry.reply)) return entry;
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

  async function rereadAll(replyIds: readonly string[]): Promise<void> {
    const read = await Promise.allSettled(replyIds.map(refresh));
    for (const [index, result] of read.entries()) {
      if (result.status === 'fulfilled') continue;
      if (mayPass(result.reason)) throw result.reason;
      const entry = held.get(replyIds[index] as string);
      if (entry && isKept(entry)) drop(entry);
    }
  }

  return { refresh, refreshAll, rereadAll, isUnderWay: reading.isUnderWay, underWay: reading.underWay, drop };
}

/** It is the store's, and not this reply's. */
const mayPass = (error: unknown): boolean =>
  error instanceof ParleyError && (error.code === 'STORE_UNAVAILABLE' || error.code === 'TIMEOUT');

/** Whether this is what a reply was before it was known as it is: epochs rise, and what is over stays so. */
export const isOlder = (reply: Reply, known: Reply): boolean =>
  isSame(reply, known) &&
  (reply.epoch < known.epoch || (reply.epoch === known.epoch && isActive(reply) && !isActive(known)));

/**
 * Whether an answer and what is known differ in what may change to and fro: the answer may have been overtaken, and a reply that its writer has
 * left since would go on for ever for those who follow it here.
 */
export const isUnsure = (answered: Reply, known: Reply): boolean =>
  answered.epoch === known.epoch && answered.state !== known.state && isActive(answered) && isActive(known);

/** Otherwise its session was deleted, and another was made under its id. */
export const isSame = (before: Pick<Reply, 'startedAt'>, reply: Pick<Reply, 'startedAt'>): boolean =>
  before.startedAt.getTime() === reply.startedAt.getTime();
