import { after, type Later } from '../async/later.js';
import type { Pause } from '../async/pause.js';
import { replyNotFound } from '../errors.js';
import { receiptOf, sha256 } from '../sessions/idempotency.js';
import { checkReplyId } from '../sessions/names.js';
import { usualSession } from '../sessions/new-session.js';
import { checkEpoch, checkOffset, checkStart } from './check-reply-inputs.js';
import { checkParts, freshParts } from './fresh-parts.js';
import { isActive, type Reply, type ReplyWithText } from './model.js';
import type { OpenReply } from './open-replies.js';
import { createReplyEnding, type ReplyEnding, type ReplyEndingOptions } from './reply-ending.js';
import { gap, over, takenOver, tooMuchText, unknownEpoch } from './reply-errors.js';
import {
  type ContinueReplyInput,
  MAX_REPLIES_OF_CALLER,
  MAX_REPLIES_OF_SESSION,
  MAX_TEXT_OF_CALLER,
  REPLY_TIMEOUT,
  type StartReplyInput,
} from './reply-inputs.js';
import type { ListReplies } from './reply-store.js';
import { isOlder, isSame } from './reread-replies.js';

/**
 * What can be done with replies in progress: every rule is here, once for all callers. Input is refused before any I/O; beyond that
 * each method rejects as the store does.
 */
export interface ReplyService extends ReplyEnding {
  /** The reply, with the epoch of its writer, and how far the text has come. `caller`: whose share it is. REPLY_OVER. */
  startReply(input: StartReplyInput, caller: string): Promise<Reply>;
  /** How far the text has come. REPLY_NOT_FOUND, REPLY_TAKEN_OVER, REPLY_OVER, REPLY_GAP with the offset that is `expected`. */
  continueReply(input: ContinueReplyInput): Later<{ offset: number }>;
  /** The session of a reply, as memory knows it where it does: to judge a write by, which finds out whether it is there still. Null where there is none. */
  sessionOfReply(replyId: string): Promise<string | null>;
  /** Null where there is none. */
  findReply(replyId: string): Promise<Reply | null>;
  listReplies(requests: readonly ListReplies[], caller?: string): Promise<Reply[][]>;
  /** With what there is of its text at this moment; null where there is none. */
  loadReply(replyId: string): Promise<ReplyWithText | null>;
}

export interface ReplyServiceOptions extends ReplyEndingOptions {
  pause: Pause;
  randomBytes: (length: number) => Buffer;
  newId: () => string;
}

/** How long what another instance has been given may take to come to the store. */
const ON_ITS_WAY_MS = 150;
const LOOKS = 3;

export function createReplyService(options: ReplyServiceOptions): ReplyService {
  const { store, replies, batches, pause, now, randomBytes, newId } = options;
  const never = new AbortController().signal;

  /** The reply for its writer of this epoch: read anew where this process may know too little of it. */
  function forWriter(replyId: string, epoch: number, offset: number): Later<OpenReply> {
    const open = replies.peek(replyId);
    if (!open || open.ending || !isActive(open.reply)) return lookedFor(replyId, epoch, offset);
    return open.reply.epoch === epoch && open.text.length >= offset
      ? open
      : lookedFor(replyId, epoch, offset);
  }

  async function lookedFor(replyId: string, epoch: number, offset: number): Promise<OpenReply> {
    let open = await replies.open(replyId);
    await open?.ending?.catch(() => {});
    for (let look = 0; ; look++) {
      if (!open) throw replyNotFound(replyId);
      const { reply, text, own } = open;
      if (reply.epoch > epoch) throw takenOver(reply);
      if (!isActive(reply)) throw over(reply);
      const isIts = reply.epoch === epoch;
      if (isIts && text.length >= offset) return open;
      if (look === LOOKS || (isIts && own && look > 0)) {
        throw isIts ? gap(text.length, offset) : unknownEpoch(reply, epoch);
      }
      if (look > 0) await pause(ON_ITS_WAY_MS, never);
      open = await replies.refresh(replyId);
    }
  }

  /** What there is of it now, once it is durable. */
  async function keptOf({ reply, text }: OpenReply, epoch: number): Promise<{ offset: number }> {
    const { replyId } = reply;
    const { length: written, hash } = text;
    await batches.now();
    const kept = await replies.open(replyId);
    if (!kept || !isSame(kept.reply, reply)) throw replyNotFound(replyId);
    if (kept.reply.epoch > epoch) throw takenOver(kept.reply);
    const isIn = kept.text === text || (kept.text.length >= written && kept.text.hashAt(written) === hash);
    if (!isIn) throw gap(kept.text.length, written);
    return { offset: written };
  }

  return {
    async startReply(input, caller) {
      checkStart(input);
      const { sessionId, agentId, idempotencyKey = null, createIfMissing = false } = input;
      const key = idempotencyKey ?? randomBytes(16).toString('hex');
      const named = input.replyId ?? null;
      const replyId =
        named ??
        (idempotencyKey === null ? newId() : sha256([sessionId, agentId, 'reply', key]).slice(0, 32));
      const { idempotencyKey: _key, ...body } = input;
      // Whoever takes over goes on from what was answered to the one before.
      if (replies.peek(replyId)) await batches.now();
      const start = {
        replyId,
        sessionId,
        agentId,
        durability: input.durability ?? 'batched',
        timeoutMs: input.timeoutMs ?? REPLY_TIMEOUT.usual,
        createIfMissing:
          createIfMissing === true ? usualSession(randomBytes, sessionId) : createIfMissing || null,
        caller,
        most: { ofSession: MAX_REPLIES_OF_SESSION, ofCaller: MAX_REPLIES_OF_CALLER },
        receipt: {
          ...receiptOf('startReply', key, body),
          ...(idempotencyKey === null ? { unkeyed: true } : {}),
        },
        now: now(),
      };
      return replies.starting(replyId, async () => {
        const started = await store.start(start);
        if (!isActive(started)) throw over(started);
        const blocks = replies.peek(replyId)?.text.blockCount ?? 0;
        const isNew = started.epoch === 1 && started.offset === 0 && blocks === 0;
        if (isNew) replies.made(started);
        else await replies.heard(started);
        return started;
      });
    },

    continueReply({ replyId, epoch, offset, parts }) {
      checkReplyId(replyId);
      checkEpoch(epoch);
      checkOffset(offset);
      checkParts(parts);
      return after(forWriter(replyId, epoch, offset), (open) => {
        const { reply, text } = open;
        const fresh = freshParts(text, offset, parts);
        if (replies.heldOf(reply.caller) > MAX_TEXT_OF_CALLER) throw tooMuchText();
        replies.write(open, fresh);
        if (reply.durability === 'each' || batches.failing) return keptOf(open, epoch);
        batches.soon();
        return { offset: text.length };
      });
    },

    ...createReplyEnding(options, forWriter),

    async sessionOfReply(replyId) {
      checkReplyId(replyId);
      const known = replies.peek(replyId)?.reply ?? (await replies.stored(replyId));
      return known?.sessionId ?? null;
    },
    async findReply(replyId) {
      checkReplyId(replyId);
      const stored = await replies.stored(replyId);
      const known = replies.peek(replyId)?.reply;
      return stored && known && isSame(known, stored) && !isOlder(known, stored) ? known : stored;
    },
    async listReplies(requests, caller) {
      const listed = await store.list(requests, caller);
      return listed.map((some) => some.map((reply) => withText(replies.peek(reply.replyId), reply)));
    },
    async loadReply(replyId) {
      const open = await replies.sure(replyId);
      return open && { ...open.reply, offset: open.text.length, blocks: open.text.blocks() };
    },
  };
}

/** As long as it is for those who read it: in memory it may be further. */
function withText(open: OpenReply | undefined, reply: Reply): Reply {
  const { durability, epoch } = reply;
  return open &&
    isSame(open.reply, reply) &&
    durability === 'batched' &&
    open.reply.epoch === epoch &&
    isActive(reply)
    ? { ...reply, offset: open.text.length }
    : reply;
}
