import type { Later } from '../async/later.js';
import { idempotencyConflict, ParleyError, replyNotFound } from '../errors.js';
import type { JsonObject } from '../json/json-value.js';
import { checkMetrics } from '../sessions/check-inputs.js';
import { storageIdOf } from '../sessions/idempotency.js';
import { checkReplyId } from '../sessions/names.js';
import { toNewMessage } from '../sessions/new-message.js';
import { isSameMessage } from '../sessions/same-message.js';
import type { NewMessage, SessionStore } from '../sessions/session-store.js';
import { checkEpoch, checkOffset, checkReason } from './check-reply-inputs.js';
import { type EndedReply, isActive, type Reply } from './model.js';
import type { OpenReplies, OpenReply } from './open-replies.js';
import type { ReplyBatches } from './reply-batches.js';
import { contentOfBlocks } from './reply-content.js';
import { gap, lengthUnknown, over, takenOver } from './reply-errors.js';
import type { AbortReplyInput, FinishReplyInput } from './reply-inputs.js';
import type { EndReply, ReplyStore } from './reply-store.js';
import type { ReplyText } from './reply-text.js';
import { isSame } from './reread-replies.js';

type ForWriter = (replyId: string, epoch: number, offset: number) => Later<OpenReply>;
type Becomes = (text: ReplyText) => EndReply['message'];
type Ending = Pick<EndReply, 'epoch' | 'state' | 'reason'>;

export interface ReplyEnding {
  /** The same message for every repetition. The codes of `continueReply`, and those of an append. */
  finishReply(input: FinishReplyInput): Promise<EndedReply>;
  /** The same answer for every repetition. The codes of `continueReply`. */
  abortReply(input: AbortReplyInput): Promise<EndedReply>;
}

export interface ReplyEndingOptions {
  store: ReplyStore;
  sessions: Pick<SessionStore, 'loadMessages'>;
  replies: OpenReplies;
  batches: ReplyBatches;
  now: () => Date;
}

/** How a reply ends: its message, and nothing but it, from then on. `forWriter`: the reply, where this writer may write at this offset. */
export function createReplyEnding(
  { store, sessions, replies, batches, now }: ReplyEndingOptions,
  forWriter: ForWriter,
): ReplyEnding {
  /** The message that a reply becomes has one identity, whoever ends it and however often. */
  const storageId = ({ sessionId, agentId, replyId }: Reply) =>
    storageIdOf(sessionId, agentId, replyId, OF_REPLY);

  async function messageOf({ sessionId, agentId, position }: Reply) {
    if (position === null) return null;
    const [message = null] = await sessions.loadMessages([{ sessionId, agentId, position }]);
    return message;
  }

  /** `given`: what the message has to be, where that is known. */
  function asEnded({ reply, message }: EndedReply, given: NewMessage | null, mutation: string): EndedReply {
    if (given && message && !isSameMessage(message, given)) throw idempotencyConflict(mutation);
    return { reply, message };
  }

  /** What is in memory goes along: with the message, in one step. `becomes`: the message of all that is kept. */
  const end = (open: OpenReply, ending: Ending, becomes: Becomes, mutation: string) =>
    keptOtherwise(open, async () => {
      const { replyId, startedAt } = open.reply;
      await batches.idle();
      // Meanwhile more may have come by another instance.
      const { text, durable } = open;
      const message = becomes(text);
      const rest = { offset: durable.offset, parts: text.since(durable.offset, durable.blocks) };
      const input = { replyId, startedAt, ...ending, rest, message, now: now() };
      const { reply, ended, message: stored } = await store.end(input, open.reply.caller);
      if (!reply) {
        replies.gone(replyId);
        throw replyNotFound(replyId);
      }
      await replies.heard(reply);
      if (!isSame(reply, { startedAt })) throw replyNotFound(replyId);
      if (ended) return asEnded({ reply, message: stored }, message, mutation);
      if (ending.epoch !== null && reply.epoch > ending.epoch) throw takenOver(reply);
      if (!isActive(reply)) throw over(reply);
      throw gap(reply.offset, text.length);
    });

  /** What was written before an end that has failed was left to that: it is kept as any other. */
  async function keptOtherwise<T>(open: OpenReply, run: () => Promise<T>): Promise<T> {
    try {
      return await replies.ending(open, run);
    } catch (error) {
      batches.soon();
      throw error;
    }
  }

  async function again(
    replyId: string,
    { epoch, state }: Ending,
    given: (reply: Reply) => NewMessage | null,
    mutation: string,
  ): Promise<EndedReply | null> {
    const open = await replies.open(replyId);
    await open?.ending?.catch(() => {});
    if (!open || isActive(open.reply)) return null;
    // Of an earlier session the message that stands there now is another.
    const known = (await replies.sure(replyId))?.reply;
    if (!known || isActive(known)) return null;
    if (epoch !== null && known.epoch > epoch) throw takenOver(known);
    if (known.state !== state) throw over(known);
    return asEnded({ reply: known, message: await messageOf(known) }, given(known), mutation);
  }

  /** The reply, where this writer may end it at this offset; or how it has ended already, elsewhere and unheard of here. */
  async function openOrEnded(
    { replyId, epoch, offset }: { replyId: string; epoch: number; offset: number },
    repeated: () => Promise<EndedReply | null>,
  ): Promise<OpenReply | EndedReply> {
    try {
      return await forWriter(replyId, epoch, offset);
    } catch (error) {
      const before = await repeated();
      if (before) return before;
      throw error;
    }
  }

  return {
    async finishReply(input) {
      const { replyId, epoch, message = null, metadata = null, metrics = null } = input;
      const offset = input.offset ?? null;
      checkReplyId(replyId);
      checkEpoch(epoch);
      if (offset !== null) checkOffset(offset);
      if (metrics) checkMetrics(metrics);
      const ending = { epoch, state: 'finished', reason: null } as const;
      const given = (reply: Reply) => message && newMessage(message, metadata, storageId(reply), now());
      const repeated = () => again(replyId, ending, given, 'finishReply');
      const before = await repeated();
      if (before) return before;
      const open = await openOrEnded({ replyId, epoch, offset: offset ?? 0 }, repeated);
      if (!('text' in open)) return open;
      const { reply, text } = open;
      if (offset === null && message === null && !open.own && reply.durability === 'batched') {
        throw lengthUnknown(text.length);
      }
      const becomes = ({ length, blocks }: ReplyText) => {
        if (offset !== null && offset < length) throw gap(length, offset);
        const content = () => contentOfBlocks(blocks(), { cut: false });
        const made =
          given(reply) ??
          newMessage({ role: 'assistant', content: content() }, metadata, storageId(reply), now());
        return metrics ? { ...made, metrics } : made;
      };
      return end(open, ending, becomes, 'finishReply');
    },

    async abortReply({ replyId, epoch = null, reason = null, keep }: AbortReplyInput) {
      checkReplyId(replyId);
      if (epoch !== null) checkEpoch(epoch);
      checkReason(reason);
      const ending = { epoch, state: 'aborted', reason } as const;
      const repeated = () => again(replyId, ending, () => null, 'abortReply');
      const before = await repeated();
      if (before) return before;
      const open =
        epoch === null
          ? await replies.refresh(replyId)
          : await openOrEnded({ replyId, epoch, offset: 0 }, repeated);
      if (!open) throw replyNotFound(replyId);
      if (!('text' in open)) return open;
      const kept = ({ blocks }: ReplyText) => {
        const content = contentOfBlocks(blocks(), { cut: true });
        return newMessage({ role: 'assistant', content }, null, storageId(open.reply), now());
      };
      return end(open, ending, keep === 'discard' ? () => null : kept, 'abortReply');
    },
  };
}

/** An append numbers its messages from 0. */
const OF_REPLY = -1;

function newMessage(
  message: NonNullable<FinishReplyInput['message']>,
  metadata: JsonObject | null,
  storageId: string,
  now: Date,
): NewMessage {
  if (metadata && message.metadata) {
    throw new ParleyError('BAD_USER_INPUT', 'Give metadata once: beside the message, or in it.');
  }
  return toNewMessage({ ...message, metadata: metadata ?? message.metadata }, storageId, 'message', now);
}
