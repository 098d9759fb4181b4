import type { Feedback, Session } from '../../domain/model.js';
import type { ReadBudget } from '../../domain/read-budget.js';
import type {
  FeedbackPlace,
  SessionFilter,
  SessionPage,
  SessionPart,
  SessionQuery,
} from '../../domain/session-store.js';
import { isDoc } from './bson-json.js';
import { READ_LIMIT_MS, readDocs, SCAN_LIMIT_MS, type Sessions } from './collection.js';
import { integerOrNull, listOf } from './field-values.js';
import { sessionProjection } from './read-expressions.js';
import { readInOrder } from './read-in-order.js';
import { feedbackFromDoc, sessionFromDoc } from './session-document.js';
import { matchWithin } from './session-match.js';
import { readSized, sized, sizedValue } from './sized-read.js';

const SIZED = ['parts'];

export async function findSessions(
  sessions: Sessions,
  query: SessionQuery,
  budget?: ReadBudget,
): Promise<SessionPage> {
  const { limit, backward, parts } = query;
  const options = { maxTimeMS: SCAN_LIMIT_MS, allowDiskUse: true };
  const read = (most: number) =>
    readInOrder(query, limit + 1, (stages, sort, count) => {
      const shown = { $project: sessionProjection(parts, most) };
      return readDocs(sessions, [...stages, { $sort: sort }, { $limit: count }, shown], options);
    });
  const docs = await readSized(read, SIZED, limit + 1, budget);
  const page = docs.slice(0, limit).map(sessionFromDoc);
  return { sessions: backward ? page.reverse() : page, hasMore: docs.length > limit };
}

export async function countSessions(
  sessions: Sessions,
  filter: SessionFilter,
  within: SessionFilter | undefined,
): Promise<number> {
  const counted = await sessions
    .aggregate([...matchWithin(filter, within), { $group: { _id: null, count: { $sum: 1 } } }], {
      maxTimeMS: SCAN_LIMIT_MS,
    })
    .toArray();
  return Number(counted[0]?.count ?? 0);
}

export async function loadSessions(
  sessions: Sessions,
  ids: readonly string[],
  parts?: readonly SessionPart[],
  budget?: ReadBudget,
): Promise<(Session | null)[]> {
  if (ids.length === 0) return [];
  const match = { $match: { _id: { $in: [...new Set(ids)] } } };
  const read = (most: number) =>
    readDocs(sessions, [match, { $project: sessionProjection(parts, most) }], { maxTimeMS: READ_LIMIT_MS });
  const docs = await readSized(read, SIZED, ids.length, budget);
  const found = new Map(docs.map((doc) => [doc._id as string, sessionFromDoc(doc)]));
  return ids.map((id) => found.get(id) ?? null);
}

/** One aggregation for all places. */
export async function loadFeedback(
  sessions: Sessions,
  places: readonly FeedbackPlace[],
  budget?: ReadBudget,
): Promise<(Feedback | null)[]> {
  if (places.length === 0) return [];
  const wanted = new Map<string, number[]>();
  for (const { sessionId, index } of places) {
    wanted.set(sessionId, [...(wanted.get(sessionId) ?? []), index]);
  }
  const ids = [...wanted.keys()];
  // `$literal`: an id is never read as a path.
  const own = {
    $filter: {
      input: { $literal: [...wanted].map(([s, indexes]) => ({ s, indexes })) },
      as: 'w',
      cond: { $eq: ['$$w.s', '$_id'] },
    },
  };
  const list = { $cond: [{ $isArray: '$feedbacks' }, '$feedbacks', []] };
  const found = {
    $let: {
      vars: { own: { $arrayElemAt: [own, 0] }, list },
      in: {
        list: {
          $map: {
            input: '$$own.indexes',
            as: 'i',
            in: { at: '$$i', feedback: { $ifNull: [{ $arrayElemAt: ['$$list', '$$i'] }, null] } },
          },
        },
      },
    },
  };
  const match = { $match: { _id: { $in: ids } } };
  const read = (most: number) =>
    readDocs(sessions, [match, { $project: { found: sized(found, most) } }], { maxTimeMS: READ_LIMIT_MS });
  const docs = await readSized(read, ['found'], ids.length, budget);
  const lists = new Map(docs.map((doc) => [doc._id as string, listOf(sizedValue(doc.found).list)]));
  return places.map(({ sessionId, index }) => {
    const one = lists.get(sessionId)?.find((some) => isDoc(some) && integerOrNull(some.at) === index);
    return isDoc(one) && isDoc(one.feedback) ? feedbackFromDoc(one.feedback) : null;
  });
}

export async function loadViewerPassword(sessions: Sessions, sessionId: string): Promise<string | null> {
  const doc = await sessions.findOne(
    { _id: sessionId },
    { projection: { session_viewer_password: 1 }, maxTimeMS: READ_LIMIT_MS },
  );
  const password: unknown = doc?.session_viewer_password;
  return typeof password === 'string' && password !== '' ? password : null;
}
