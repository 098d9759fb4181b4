import type { Pause } from '../async/pause.js';
import { isActive, type Reply } from './model.js';
import type { OpenReplies } from './open-replies.js';
import type { AppendParts, ReplyStore } from './reply-store.js';
import { lengthOf } from './reply-text.js';

/** Brings what was written into memory to the store: of all replies together, in one write at a time. */
export interface ReplyBatches {
  /** What is there soon is durable. */
  soon(): void;
  /** Resolves when what is there now is durable, or was given up. Rejects as the store does, and tries again by itself. */
  now(): Promise<void>;
  /** Resolves when no write is under way that has begun before. */
  idle(): Promise<void>;
  /** Whether the last write has failed. */
  readonly failing: boolean;
  /** Keeps what is there, once. */
  close(): Promise<void>;
}

/** So that all replies together cost at most 8 writes a second, and nothing waits for longer than 250 ms. */
const EVERY_MS = 125;

/** Otherwise others have gone on with it before the answer was made: with text that is not known here, or as another writer. */
const isAsSent = (reply: Reply, { epoch, offset, parts }: AppendParts): boolean =>
  isActive(reply) && reply.epoch === epoch && reply.offset === offset + lengthOf(parts);

export interface ReplyBatchesOptions {
  store: ReplyStore;
  replies: OpenReplies;
  pause: Pause;
  onFailure: (error: unknown) => void;
}

export function createReplyBatches({ store, replies, pause, onFailure }: ReplyBatchesOptions): ReplyBatches {
  const stopping = new AbortController();
  let current: Promise<void> = Promise.resolve();
  let next: Promise<void> | null = null;
  let ticking = false;
  let failing = false;

  async function keep(): Promise<void> {
    const open = replies.unkept();
    failing &&= open.length > 0;
    if (open.length === 0) return;
    const appends = open.map(({ reply, text, durable }) => ({
      replyId: reply.replyId,
      // What is in memory may be of one that is gone, and its id another's, of a session that its writer does not reach.
      startedAt: reply.startedAt,
      epoch: reply.epoch,
      offset: durable.offset,
      parts: text.since(durable.offset, durable.blocks),
    }));
    const blocks = open.map(({ text }) => text.blockCount);
    replies.keeping(open);
    try {
      const answers = await store.append(appends);
      const others: string[] = [];
      for (const [index, { reply, taken }] of answers.entries()) {
        const sent = appends[index] as AppendParts;
        const { replyId } = sent;
        if (!reply) replies.gone(replyId);
        else if (!taken || !isAsSent(reply, sent) || !replies.kept(replyId, reply, blocks[index] as number))
          others.push(replyId);
      }
      await replies.refreshAll(others);
      // Of what was sent before and answered to nobody the store has a part: the rest begins behind that.
      if (others.length > 0 && replies.unkept().length > 0) soon();
      failing = false;
    } catch (error) {
      failing = true;
      soon();
      throw error;
    }
  }

  function now(): Promise<void> {
    next ??= current
      .catch(() => {})
      .then(() => {
        next = null;
        current = keep();
        return current;
      });
    return next;
  }

  function soon(): void {
    if (ticking || stopping.signal.aborted) return;
    ticking = true;
    void pause(EVERY_MS, stopping.signal).then(() => {
      ticking = false;
      now().catch(onFailure);
    });
  }

  return {
    soon,
    now,
    idle: () => current.catch(() => {}),
    get failing() {
      return failing;
    },
    async close() {
      stopping.abort();
      await now().catch(onFailure);
    },
  };
}
