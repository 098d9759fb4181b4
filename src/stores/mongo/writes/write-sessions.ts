import type { Document } from 'mongodb';
import { inSlices } from '../../../domain/async/in-slices.js';
import { idempotencyConflict, ParleyError, sessionExists } from '../../../domain/errors.js';
import { canonicalJson } from '../../../domain/sessions/idempotency.js';
import { tooFar } from '../../../domain/sessions/metadata-path.js';
import type { Feedback } from '../../../domain/sessions/model.js';
import {
  MAX_ARRAY_PADDING,
  MAX_FEEDBACKS,
  MAX_FEEDBACKS_BYTES,
  tooMuchFeedback,
} from '../../../domain/sessions/session-bounds.js';
import type { AddFeedback, ChangeMetadata, CreateSession } from '../../../domain/sessions/session-store.js';
import type { Doc } from '../documents/bson-json.js';
import { dateOrNull } from '../documents/field-values.js';
import { isSameBody, receiptDoc, receiptKey, receiptPath } from '../documents/receipt-document.js';
import { feedbackToDoc, newSessionFields } from '../documents/session-document.js';
import { bsonAtSteps, readMetadataAt } from '../documents/stored-types.js';
import { confirmMajority, READING, WRITING } from '../driver/collection.js';
import { isDuplicateKey } from '../driver/errors.js';
import { retrying } from '../driver/retry.js';
import { codeOf } from '../driver/server-codes.js';
import { FEEDBACKS } from '../reads/read-expressions.js';
import { loadFeedbackOf } from '../reads/read-sessions.js';
import { deleteSnapshotsOf } from '../snapshots.js';
import { writeOnceMore } from './receipt-write.js';
import { deleteRepliesOf, removeReplies } from './reply-parts.js';
import { readSessionState } from './session-state.js';
import type { WriteContext } from './write-context.js';

export async function createSession(context: WriteContext, input: CreateSession): Promise<void> {
  const { sessions, sweep, spent } = context;
  const { sessionId, receipt, now } = input;
  const { created_at, metadata, feedbacks, guardrail_events, ...identity } = newSessionFields(input, now);
  const document = {
    _id: sessionId,
    ...identity,
    created_at,
    updated_at: now,
    agents: {},
    metadata,
    feedbacks,
    guardrail_events,
    parley_receipts: { [receiptKey(receipt)]: receiptDoc(receipt, now) },
  };
  await retrying(async () => {
    try {
      await sessions.insertOne(document, WRITING);
      sweep.fresh(sessionId, now);
      if (receipt.unkeyed) spent.add(sessionId, [receiptPath(receipt)]);
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const state = await readSessionState(sessions, sessionId, { receipt });
      if (!state?.receipt) {
        throw sessionExists(sessionId);
      }
      if (!isSameBody(state.receipt, receipt)) throw idempotencyConflict(receipt.mutation);
      await confirmMajority(sessions, sessionId);
    }
  });
}

/**
 * Snapshots and replies first: where this process dies in between, the session is still there to be deleted again, and nothing
 * is left that would belong to a session made anew. Both once more: some may have been written or started meanwhile. After a lost answer
 * what is gone counts as removed by this call; a session that was made anew since stays, with what is its own.
 */
export async function deleteSession(context: WriteContext, sessionId: string): Promise<boolean> {
  const { sessions, snapshots, replies } = context;
  const began = new Date();
  const reading = { projection: { created_at: 1 as const }, ...READING };
  const found = await retrying(() => sessions.findOne({ _id: sessionId }, reading));
  // Whatever else another program has put there tells nothing.
  const createdAt = found?.created_at instanceof Date ? dateOrNull(found.created_at) : null;
  const isThere = async () =>
    (await sessions.findOne({ _id: sessionId, created_at: createdAt }, reading)) !== null;
  return retrying(async (failures) => {
    if (failures > 0 && createdAt && !(await isThere())) {
      context.sizes.forget(sessionId);
      await deleteSnapshotsOf(snapshots, sessionId, began);
      await removeReplies(replies, { session_id: sessionId, started_at: { $lte: began } });
      return true;
    }
    const [hadSnapshots] = await Promise.all([
      deleteSnapshotsOf(snapshots, sessionId),
      deleteRepliesOf(replies, sessionId),
    ]);
    const { deletedCount } = await sessions.deleteOne({ _id: sessionId }, WRITING);
    context.sizes.forget(sessionId);
    // Those of a session that is made anew from now on are later.
    const [alsoSnapshots] = await Promise.all([
      deleteSnapshotsOf(snapshots, sessionId, new Date()),
      deleteRepliesOf(replies, sessionId),
    ]);
    return deletedCount > 0 || hadSnapshots || alsoSnapshots || failures > 0;
  });
}

/** Codes of an update that cannot be made in what is stored: a path through a scalar, past the largest array. */
const NOT_VIABLE = new Set([2, 28, 40, 56, 57]);

export async function changeMetadata(context: WriteContext, input: ChangeMetadata): Promise<void> {
  const { sessionId, set, unset, receipt, now } = input;
  const stored = await readMetadataAt(context.sessions, sessionId, set);
  const $set: Doc = {};
  for (const [index, [path, value]] of set.entries())
    $set[`metadata.${path}`] = await inSlices(bsonAtSteps(stored[index], value));
  const update = {
    $set,
    $unset: Object.fromEntries(unset.map((path) => [`metadata.${path}`, ''])),
  };
  try {
    const guard = notFarPastTheEnd(set.map(([path]) => path));
    const { type } = await writeOnceMore(context, { sessionId, receipt, now, guard, update });
    if (type === 'unmatched') {
      const far = set.map(([path]) => path).find((path) => farIndexes(path).length > 0) as string;
      throw tooFar(far, farIndexes(far)[0]?.segment as string);
    }
  } catch (error) {
    const code = codeOf(error);
    if (code === null || !NOT_VIABLE.has(code)) throw error;
    const paths = [...set.map(([path]) => path), ...unset].map((path) => JSON.stringify(path)).join(', ');
    throw new ParleyError(
      'INVALID_METADATA_PATH',
      `One of the paths ${paths.slice(0, 500)} cannot be set in what is stored there: it leads through a value that is no object, or names no element of a list.`,
      { cause: error },
    );
  }
}

interface FarIndex {
  /** The path before it. */
  list: string;
  segment: string;
}

/** Segments that could make a list much longer, if there is one: in an object they are names like any other. */
function farIndexes(path: string): FarIndex[] {
  const segments = path.split('.');
  return segments.flatMap((segment, index) =>
    index > 0 && /^[1-9]\d{3,8}$/.test(segment) && Number(segment) > MAX_ARRAY_PADDING
      ? [{ list: segments.slice(0, index).join('.'), segment }]
      : [],
  );
}

/** The server would fill a list with null up to an index of 1,500,000. */
function notFarPastTheEnd(paths: readonly string[]): Document {
  const conditions = paths.flatMap(farIndexes).map(({ list, segment }) => ({
    $or: [
      { [`metadata.${list}.${Number(segment) - MAX_ARRAY_PADDING - 1}`]: { $exists: true } },
      { [`metadata.${list}`]: { $not: { $type: 'array' } } },
    ],
  }));
  return conditions.length > 0 ? { $and: conditions } : {};
}

/** The document has room for this one beside what else a session holds. */
const hasRoomFor = (feedback: Doc): Document => ({
  $expr: {
    $and: [
      { $lt: [{ $size: FEEDBACKS }, MAX_FEEDBACKS] },
      {
        $lte: [
          { $bsonSize: { f: { $concatArrays: [FEEDBACKS, [{ $literal: feedback }]] } } },
          MAX_FEEDBACKS_BYTES,
        ],
      },
    ],
  },
});

export async function addFeedback(context: WriteContext, input: AddFeedback): Promise<Feedback> {
  const { sessionId, feedback, receipt, now } = input;
  const stored = feedbackToDoc(feedback, now);
  const outcome = await writeOnceMore(context, {
    sessionId,
    receipt,
    now,
    guard: hasRoomFor(stored),
    // A field of the caller may be named as the operator's own are.
    update: { $push: { feedbacks: { $each: [stored] } }, $max: { updated_at: now } },
  });
  if (outcome.type === 'unmatched') throw tooMuchFeedback();
  const added: Feedback = { ...feedback, createdAt: now };
  if (outcome.type !== 'repeated') return added;
  const same = await loadFeedbackOf(context.sessions, sessionId, outcome.at);
  const found = same.find(
    ({ createdAt: _at, ...fields }) => canonicalJson(fields) === canonicalJson(feedback),
  );
  return found ?? { ...added, createdAt: outcome.at };
}
