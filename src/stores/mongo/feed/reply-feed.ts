import { flatMapSteps, inSlices, type Steps } from '../../../domain/async/in-slices.js';
import { createLru } from '../../../domain/lru.js';
import { partsSteps } from '../../../domain/replies/parts-text.js';
import type { ReplyBatch, ReplyNotice } from '../../../domain/replies/reply-store.js';
import { type Doc, isDoc } from '../documents/bson-json.js';
import { listOf } from '../documents/field-values.js';
import { type ReplyCollections, repliesName } from '../documents/reply-document.js';
import { READ_LIMIT_MS } from '../driver/collection.js';
import { unavailable } from '../driver/errors.js';
import { endOf, timeAfter } from './change-position.js';
import { COLLECTION_GONE } from './changes-of-event.js';
import { REPLY_EVENT } from './event-bytes.js';
import { type FeedTarget, openFeedStream, readOperationTime } from './feed-stream.js';

/** Replies of which is remembered which they are: an event names the reply alone, and its id may be of another by now. */
const REMEMBERED = 10_000;

interface Which {
  sessionId: string;
  startedAt: Date;
}

/** A reply's change, as an event tells it; null where it is to be looked up which one it is. */
interface Told {
  replyId: string;
  which: Which | null;
  notices: Pick<ReplyNotice, 'offset' | 'parts'>[];
}

/** Every change from now on. The caller opens it again after whatever is thrown. */
export async function* readReplyFeed(
  target: FeedTarget,
  { replies }: ReplyCollections,
  signal: AbortSignal,
): AsyncGenerator<ReplyBatch> {
  const own = { ...target, collection: repliesName(target.collection) };
  const now = timeAfter(endOf(await readOperationTime(own, signal)));
  if (!now) throw unavailable('The server told no time.');
  const stream = await openFeedStream(own, now, { shape: REPLY_EVENT }, signal);
  const known = createLru<string, Which>(REMEMBERED);
  try {
    yield { notices: [], lost: false };
    while (!signal.aborted) {
      const { events } = await stream.next();
      if (events.some(({ operationType }) => COLLECTION_GONE.has(String(operationType))))
        throw unavailable('The collection of replies was dropped or renamed.');
      const told = await inSlices(flatMapSteps(events, readEvent));
      await lookUp(told);
      const notices = told.flatMap(({ replyId, which, notices: own }) => {
        if (which) known.set(replyId, which);
        const of = known.get(replyId);
        // It was gone before anybody here knew it.
        return of === undefined ? [] : own.map((notice) => noticeOf(replyId, of, notice));
      });
      if (notices.length > 0) yield { notices, lost: false };
    }
  } finally {
    await stream.close();
  }

  async function lookUp(told: readonly Told[]): Promise<void> {
    // What comes before one begins is of another that had its id, and is gone.
    const begun = new Set(told.flatMap(({ replyId, which }) => (which ? [replyId] : [])));
    const unknown = new Set(
      told.map(({ replyId }) => replyId).filter((id) => !begun.has(id) && known.get(id) === undefined),
    );
    if (unknown.size === 0) return;
    const options = {
      projection: { session_id: 1 as const, started_at: 1 as const },
      maxTimeMS: READ_LIMIT_MS,
    };
    const found = await replies.find({ _id: { $in: [...unknown] } }, options).toArray();
    for (const { _id, session_id: sessionId, started_at: startedAt } of found)
      known.set(_id, { sessionId, startedAt });
  }
}

const noticeOf = (
  replyId: string,
  { sessionId, startedAt }: Which,
  { offset, parts }: Told['notices'][number],
) =>
  offset === undefined || parts === undefined
    ? { replyId, sessionId }
    : { replyId, sessionId, offset, parts, startedAt };

/** What is told without the parts. */
const CHANGES = ['epoch', 'state', 'ended_at', 'parts_gone'];

function* readEvent({ operationType, documentKey, fullDocument, updateDescription }: Doc): Steps<Told[]> {
  const replyId = isDoc(documentKey) ? documentKey._id : undefined;
  if (typeof replyId !== 'string') return [];
  const which = whichIn(fullDocument);
  if (operationType !== 'update') return [{ replyId, which, notices: [{}] }];
  const fields =
    isDoc(updateDescription) && isDoc(updateDescription.updatedFields) ? updateDescription.updatedFields : {};
  const stretch = appended(fields);
  const parts = stretch ? [{ offset: Number(stretch.o), parts: yield* partsSteps(String(stretch.p)) }] : [];
  const changed = CHANGES.some((name) => name in fields) ? [{}] : [];
  return [{ replyId, which, notices: [...parts, ...changed] }];
}

/** Of one that is written whole. */
function whichIn(document: unknown): Which | null {
  if (!isDoc(document)) return null;
  const { session_id: sessionId, started_at: startedAt } = document;
  return typeof sessionId === 'string' && startedAt instanceof Date ? { sessionId, startedAt } : null;
}

/** The stretch that an append has added. What is moved out of the list changes it too, but is no sign of the writer. */
function appended(fields: Doc): Doc | null {
  if (!('heard_at' in fields)) return null;
  const names = Object.keys(fields).filter((name) => /^recent(\.\d+)?$/.test(name));
  const value = names.length > 0 ? fields[names.at(-1) as string] : undefined;
  const last = Array.isArray(value) ? listOf(value).at(-1) : value;
  return isDoc(last) ? last : null;
}
