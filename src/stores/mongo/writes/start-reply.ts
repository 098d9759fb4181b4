import { setTimeout as sleep } from 'node:timers/promises';
import { agentNotFound, idempotencyConflict, ParleyError, sessionNotFound } from '../../../domain/errors.js';
import { isActive, type Reply } from '../../../domain/replies/model.js';
import { replyElsewhere, tooManyReplies } from '../../../domain/replies/reply-errors.js';
import type { StartReply } from '../../../domain/replies/reply-store.js';
import { newAgentDoc } from '../documents/agent-document.js';
import { HASH_DIGITS, receiptDoc, receiptPath } from '../documents/receipt-document.js';
import { OPEN, type ReplyDoc, toReply } from '../documents/reply-document.js';
import { confirmMajority, READING, WRITING } from '../driver/collection.js';
import { isDuplicateKey } from '../driver/errors.js';
import { retrying } from '../driver/retry.js';
import type { Settle } from './end-reply.js';
import { checkRoomForAgent, makeAgent } from './make-agent.js';
import { readSessionState } from './session-state.js';
import type { WriteContext } from './write-context.js';

/** Starts that a reply remembers by their receipts. */
const MOST_STARTS = 100;
/** Writers that start one reply at once, one after the other. */
const ATTEMPTS = 100;

export async function startReply(context: WriteContext, input: StartReply, settle: Settle): Promise<Reply> {
  const { replyId, sessionId, agentId, createIfMissing, receipt } = input;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const known = await settle(replyId);
    if (known && (known.sessionId !== sessionId || known.agentId !== agentId)) throw replyElsewhere(replyId);
    const session = await readSessionState(context.sessions, sessionId, { agentId, receipt });
    if (!session && (createIfMissing === null || createIfMissing === 'agent'))
      throw sessionNotFound(sessionId);
    if (!session?.hasAgent && createIfMissing === null) throw agentNotFound(sessionId, agentId);
    const epoch = await epochOf(context, input);
    if (known && (epoch !== null || !isActive(known))) {
      await confirmMajority(context.sessions, sessionId);
      return epoch === null ? known : { ...known, epoch };
    }
    await checkCounts(context, input);
    if (!session?.hasAgent) {
      if (session) await checkRoomForAgent(context.sessions, sessionId);
      await makeEmptyAgent(context, input);
    }
    const started = known ? await takeOver(context, input, known) : await make(context, input);
    if (started && (known || (await isThere(context, started)))) return toReply(started);
    // Writers that collide do not come back in step.
    await sleep(Math.random() * 10);
  }
  throw new ParleyError('TIMEOUT', 'Too many others start this reply at the moment. Try again.');
}

/** What this very start was given before. */
async function epochOf(
  { replies }: WriteContext,
  { sessionId, receipt }: StartReply,
): Promise<number | null> {
  const { key, body } = receiptOf(receipt);
  const options = { projection: { starts: 1 as const }, ...READING };
  const found = await replies.replies.findOne({ session_id: sessionId, 'starts.key': key }, options);
  const start = found?.starts.find((one) => one.key === key);
  if (!start) return null;
  if (start.body !== body) throw idempotencyConflict(receipt.mutation);
  return start.epoch;
}

const receiptOf = ({ keyHash, bodyHash }: StartReply['receipt']) => ({
  key: keyHash.slice(0, HASH_DIGITS),
  body: bodyHash.slice(0, HASH_DIGITS),
});

/** Of starts at the same moment a few may pass together. */
async function checkCounts(
  { replies }: WriteContext,
  { replyId, sessionId, caller, most }: StartReply,
): Promise<void> {
  const others = { _id: { $ne: replyId }, state: OPEN.state };
  const [inSession, ofCaller] = await Promise.all([
    replies.replies.countDocuments({ ...others, session_id: sessionId }, READING),
    replies.replies.countDocuments({ ...others, caller }, READING),
  ]);
  if (inSession >= most.ofSession) throw tooManyReplies(most.ofSession, 'session');
  if (ofCaller >= most.ofCaller) throw tooManyReplies(most.ofCaller, 'caller');
}

async function makeEmptyAgent(context: WriteContext, input: StartReply): Promise<void> {
  const { sessionId, agentId, createIfMissing, receipt, now } = input;
  await retrying(() =>
    makeAgent(context, {
      sessionId,
      agentId,
      now,
      createIfMissing: createIfMissing as NonNullable<typeof createIfMissing>,
      agent: newAgentDoc({ agentId }, [], now),
      receipts: { [receiptPath(receipt)]: receiptDoc(receipt, now) },
      latest: now,
    }),
  );
}

/** Null where another start was quicker. */
async function make({ replies }: WriteContext, input: StartReply): Promise<ReplyDoc | null> {
  const { replyId, sessionId, agentId, durability, timeoutMs, caller, receipt, now } = input;
  const made = {
    session_id: sessionId,
    agent_id: agentId,
    state: 'writing' as const,
    epoch: 1,
    durability,
    timeout_ms: timeoutMs,
    caller,
    offset: 0,
    started_at: now,
    ended_at: null,
    reason: null,
    position: null,
    starts: [{ ...receiptOf(receipt), epoch: 1 }],
    recent: [],
    held: 0,
  };
  // An insert cannot take the server's time.
  const attempt = () =>
    replies.replies.findOneAndUpdate(
      { _id: replyId, session_id: { $exists: false } },
      { $setOnInsert: made, $currentDate: { heard_at: true } },
      { upsert: true, returnDocument: 'after', ...WRITING },
    );
  return retrying(attempt).catch((error: unknown) => {
    if (isDuplicateKey(error)) return null;
    throw error;
  });
}

/** Null where another start was quicker, or the reply ended. */
const takeOver = (
  { replies }: WriteContext,
  { replyId, receipt }: StartReply,
  { epoch }: Reply,
): Promise<ReplyDoc | null> =>
  retrying(() =>
    replies.replies.findOneAndUpdate(
      { _id: replyId, epoch, ...OPEN },
      {
        $set: { state: 'writing', epoch: epoch + 1 },
        $push: {
          starts: { $each: [{ ...receiptOf(receipt), epoch: epoch + 1 }], $slice: -MOST_STARTS },
        },
        $currentDate: { heard_at: true },
      },
      { returnDocument: 'after', ...WRITING },
    ),
  );

/** Whether the session is there still: whoever deletes it looks for replies before and after, and else would miss this one. */
async function isThere({ sessions, replies }: WriteContext, { _id, session_id }: ReplyDoc): Promise<boolean> {
  if (await sessions.findOne({ _id: session_id }, { projection: { _id: 1 }, ...READING })) return true;
  await replies.replies.deleteOne({ _id }, WRITING);
  return false;
}
