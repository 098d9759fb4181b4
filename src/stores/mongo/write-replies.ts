import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AnyBulkWriteOperation } from 'mongodb';
import {
  agentNotFound,
  idempotencyConflict,
  isDefect,
  ParleyError,
  sessionNotFound,
} from '../../domain/errors.js';
import { isActive, type Reply } from '../../domain/replies/model.js';
import { partsToText } from '../../domain/replies/parts-text.js';
import { replyElsewhere, tooManyReplies } from '../../domain/replies/reply-errors.js';
import type { Appended, AppendParts, ReplyName, StartReply } from '../../domain/replies/reply-store.js';
import { lengthOf } from '../../domain/replies/reply-text.js';
import { newAgentDoc } from './agent-document.js';
import { READ_LIMIT_MS, WRITE_LIMIT_MS } from './collection.js';
import { isAway, isDuplicateKey, toParleyError } from './errors.js';
import { checkRoomForAgent, makeAgent } from './make-agent.js';
import { HASH_DIGITS, receiptDoc, receiptPath } from './receipt-document.js';
import { OPEN, type ReplyDoc, toReply, WITHOUT_TEXT } from './reply-document.js';
import { bytesOf, moveText, wasMoved } from './reply-parts.js';
import { retrying } from './retry.js';
import { readSessionState } from './session-state.js';
import type { WriteContext } from './write-context.js';

/** Starts that a reply remembers by their receipts. */
const MOST_STARTS = 100;
/** Writers that start one reply at once, one after the other. */
const ATTEMPTS = 100;
const writing = { maxTimeMS: WRITE_LIMIT_MS };
const reading = { maxTimeMS: READ_LIMIT_MS };

/** Gives a reply of which no end is under way. */
export type Settle = (replyId: string) => Promise<Reply | null>;

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
    if (known && epoch !== null) return { ...known, epoch };
    if (known && !isActive(known)) return known;
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
  const options = { projection: { starts: 1 as const }, ...reading };
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
    replies.replies.countDocuments({ ...others, session_id: sessionId }, reading),
    replies.replies.countDocuments({ ...others, caller }, reading),
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
      { upsert: true, returnDocument: 'after', ...writing },
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
      { returnDocument: 'after', ...writing },
    ),
  );

/** Whether the session is there still: whoever deletes it looks for replies before and after, and else would miss this one. */
async function isThere({ sessions, replies }: WriteContext, { _id, session_id }: ReplyDoc): Promise<boolean> {
  if (await sessions.findOne({ _id: session_id }, { projection: { _id: 1 }, ...reading })) return true;
  await replies.replies.deleteOne({ _id }, writing);
  return false;
}

export async function appendParts(
  { replies }: Pick<WriteContext, 'replies'>,
  appends: readonly AppendParts[],
): Promise<Appended[]> {
  if (appends.length === 0) return [];
  const writes = appends.map((append) => ({ token: randomUUID(), ...append }));
  await retrying(() => replies.replies.bulkWrite(writes.map(appendOf), { ordered: false, ...writing }));
  const found = await replies.replies
    .find(
      { _id: { $in: appends.map(({ replyId }) => replyId) } },
      { projection: { starts: 0, 'recent.p': 0 }, ...reading },
    )
    .toArray();
  const docs = new Map(found.map((doc) => [doc._id, doc]));
  for (const doc of found) await moveText(replies, doc);
  return Promise.all(
    writes.map(async (write): Promise<Appended> => {
      const doc = docs.get(write.replyId);
      if (!doc) return { reply: null, taken: false };
      return { reply: toReply(doc), taken: await wasTaken(doc, write) };
    }),
  );

  async function wasTaken(doc: ReplyDoc, { epoch, offset, parts, token }: Write): Promise<boolean> {
    if (parts.length === 0) return doc.epoch === epoch && doc.offset === offset && isActive(toReply(doc));
    if (doc.recent.some(({ w }) => w === token)) return true;
    return doc.offset >= offset + lengthOf(parts) && (await wasMoved(replies, doc._id, token));
  }
}

type Write = AppendParts & { token: string };

function appendOf({ replyId, epoch, offset, parts, token }: Write): AnyBulkWriteOperation<ReplyDoc> {
  const end = offset + lengthOf(parts);
  const text = partsToText(parts);
  return {
    updateOne: {
      filter: { _id: replyId, epoch, offset, 'recent.w': { $ne: token }, ...OPEN },
      update: {
        $set: { state: 'writing', offset: end },
        ...(parts.length > 0
          ? { $push: { recent: { o: offset, e: end, w: token, p: text } }, $inc: { held: bytesOf(text) } }
          : {}),
        $currentDate: { heard_at: true },
      },
    },
  };
}

/** Nobody has heard of its writer for as long as it said, by the server's clock. */
const OVERDUE = {
  state: 'writing' as const,
  $expr: { $lte: [{ $add: ['$heard_at', '$timeout_ms'] }, '$$NOW'] },
};

/**
 * What each finds is its own: the update holds only while the reply is still late. One whose decided end cannot be made, for a reason
 * that nobody knows, keeps no other from being found: it is given up with its end. Where its message was appended, who goes on with it
 * finds that.
 */
export async function abandonOverdue({ replies }: WriteContext, settle: Settle): Promise<ReplyName[]> {
  const late = await replies.replies.find(OVERDUE, { projection: WITHOUT_TEXT, ...reading }).toArray();
  const found: ReplyName[] = [];
  for (const { _id, session_id, ending } of late) {
    const stuck = ending !== undefined && !(await canSettle(_id));
    const { modifiedCount } = await replies.replies.updateOne(
      { _id, ...OVERDUE, ...(stuck ? { 'ending.by': ending.by } : { ending: OPEN.ending }) },
      { $set: { state: 'abandoned' }, ...(stuck ? { $unset: { ending: '' as const } } : {}) },
      writing,
    );
    if (modifiedCount > 0) found.push({ replyId: _id, sessionId: session_id });
  }
  return found;

  /** False where that has failed as if the server had a defect. What takes too long is tried at the next look. */
  async function canSettle(replyId: string): Promise<boolean> {
    try {
      await settle(replyId);
      return true;
    } catch (thrown) {
      const error = toParleyError(thrown);
      if (isAway(error)) throw error;
      return !isDefect(error);
    }
  }
}
