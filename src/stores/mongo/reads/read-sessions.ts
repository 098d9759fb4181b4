import { inSlices, mapSteps } from '../../../domain/async/in-slices.js';
import type { ReadBudget } from '../../../domain/read-budget.js';
import type { Feedback, Session } from '../../../domain/sessions/model.js';
import type {
  FeedbackPlace,
  SessionFilter,
  SessionPage,
  SessionPart,
  SessionQuery,
} from '../../../domain/sessions/session-store.js';
import { isDoc } from '../documents/bson-json.js';
import { listOf } from '../documents/field-values.js';
import { feedbackFromDoc, sessionSteps } from '../documents/session-document.js';
import { READ_LIMIT_MS, readDocs, SCAN_LIMIT_MS, type Sessions } from '../driver/collection.js';
import { readByIds, readEach } from './read-by-ids.js';
import { FEEDBACKS, sessionProjection } from './read-expressions.js';
import { IS_SESSION, readInOrder } from './read-in-order.js';
import { matchWithin } from './session-match.js';
import { readSized } from './sized-read.js';

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
  const page = await inSlices(mapSteps(docs.slice(0, limit), sessionSteps));
  return { sessions: backward ? page.reverse() : page, hasMore: docs.length > limit };
}

export async function countSessions(
  sessions: Sessions,
  filter: SessionFilter,
  within: SessionFilter | undefined,
): Promise<number> {
  const counted = await sessions
    .aggregate([...matchWithin(filter, within, IS_SESSION), { $group: { _id: null, count: { $sum: 1 } } }], {
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
  const found = await readByIds(sessions, ids, (most) => sessionProjection(parts, most), SIZED, budget);
  const made = await inSlices(mapSteps([...found.values()], sessionSteps));
  const byId = new Map(made.map((session) => [session.sessionId, session]));
  return ids.map((id) => byId.get(id) ?? null);
}

export async function loadFeedback(
  sessions: Sessions,
  places: readonly FeedbackPlace[],
  budget?: ReadBudget,
): Promise<(Feedback | null)[]> {
  const wanted = places.map(({ sessionId, index }) => ({ session: sessionId, at: index }));
  const found = await readEach(
    sessions,
    wanted,
    { feedback: { $arrayElemAt: [FEEDBACKS, '$$w.at'] } },
    budget,
  );
  return found.map((one) => (isDoc(one?.feedback) ? feedbackFromDoc(one.feedback) : null));
}

/** What of a session's feedback was given at this time: of one write among very many. */
export async function loadFeedbackOf(sessions: Sessions, sessionId: string, at: Date): Promise<Feedback[]> {
  const given = { $filter: { input: FEEDBACKS, as: 'f', cond: { $eq: ['$$f.created_at', at] } } };
  const [doc] = await readDocs(sessions, [{ $match: { _id: sessionId } }, { $project: { given } }], {
    maxTimeMS: READ_LIMIT_MS,
  });
  return listOf(doc?.given).filter(isDoc).map(feedbackFromDoc);
}

export async function loadViewerPassword(sessions: Sessions, sessionId: string): Promise<string | null> {
  const doc = await sessions.findOne(
    { _id: sessionId },
    { projection: { session_viewer_password: 1 }, maxTimeMS: READ_LIMIT_MS },
  );
  const password: unknown = doc?.session_viewer_password;
  return typeof password === 'string' && password !== '' ? password : null;
}
