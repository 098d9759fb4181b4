import type { Document } from 'mongodb';
import type { ReadBudget } from '../../../domain/read-budget.js';
import { type Doc, isDoc } from '../documents/bson-json.js';
import { integerOrNull, listOf } from '../documents/field-values.js';
import { READING, readDocs, type Sessions } from '../driver/collection.js';
import type { Expression } from './read-expressions.js';
import { readSized, sized, sizedValue } from './sized-read.js';

/** One aggregation: what `projection` shows of each session that is there, by its id. `fields` names the sized ones. */
export async function readByIds(
  sessions: Sessions,
  ids: readonly string[],
  projection: (most: number) => Document,
  fields: readonly string[],
  budget: ReadBudget | undefined,
): Promise<Map<string, Doc>> {
  const unique = [...new Set(ids)];
  const match = { $match: { _id: { $in: unique } } };
  const read = (most: number) => readDocs(sessions, [match, { $project: projection(most) }], READING);
  const docs = await readSized(read, fields, unique.length, budget);
  return new Map(docs.map((doc) => [doc._id as string, doc]));
}

/**
 * One aggregation for all that is wanted: of each what `found` says of `$$w` in its session, an object. In their order, null where
 * there is no such session.
 */
export async function readEach(
  sessions: Sessions,
  wanted: readonly { session: string; [field: string]: unknown }[],
  found: Expression,
  budget: ReadBudget | undefined,
): Promise<(Doc | null)[]> {
  if (wanted.length === 0) return [];
  // `$literal`: an id is never read as a path.
  const all = { $literal: wanted.map((one, index) => ({ index, ...one })) };
  const own = { $filter: { input: all, as: 'w', cond: { $eq: ['$$w.session', '$_id'] } } };
  const list = { $map: { input: own, as: 'w', in: { index: '$$w.index', found } } };
  const ids = wanted.map(({ session }) => session);
  const docs = await readByIds(sessions, ids, (most) => ({ own: sized({ list }, most) }), ['own'], budget);
  const answer: (Doc | null)[] = wanted.map(() => null);
  for (const one of [...docs.values()].flatMap((doc) => listOf(sizedValue(doc.own).list)).filter(isDoc)) {
    answer[integerOrNull(one.index) as number] = isDoc(one.found) ? one.found : null;
  }
  return answer;
}
