import type { Document } from 'mongodb';
import type { SessionQuery } from '../../../domain/sessions/session-store.js';
import type { Doc } from '../documents/bson-json.js';
import { allOf, matchWithin } from './session-match.js';
import {
  dateAt,
  hasDated,
  hasUndated,
  matchAll,
  matchDated,
  matchUndated,
  sessionDate,
  spanOf,
} from './session-order.js';

/** Runs the stages, sorts, and gives the first `count`; what it gives has its dates. */
export type ReadSorted = (stages: Document[], sort: Document, count: number) => Promise<Doc[]>;

/**
 * A session's id is text. A document with another one comes in no list, because the next page could not go on from its place, and is
 * not counted. As an expression, which no index answers: by a condition on `_id` the planner might take that index for the page.
 */
export const IS_SESSION: Document = { $expr: { $eq: [{ $type: '$_id' }, 'string'] } };

/**
 * The first `count` sessions of a list, in the direction of reading. One command where the server's own order is the list's, which
 * is as good as always. A list that begins with the sessions without a date asks for these first; where something that came is
 * dated by no Date, both kinds are asked for again, by what they count as.
 */
export async function readInOrder(query: SessionQuery, count: number, read: ReadSorted): Promise<Doc[]> {
  const span = spanOf(query);
  const sign = (query.orderBy.direction === 'asc') === query.backward ? -1 : 1;
  const wanted = (match: Document) => matchWithin(query.filter, query.within, allOf([match, IS_SESSION]));
  const byField = (match: Document, most: number) =>
    read(wanted(match), { [span.path]: sign, _id: sign }, most);
  const isDated = (docs: Doc[]) =>
    docs.every((doc) => doc[span.path] instanceof Date && sessionDate(doc[span.path]) !== null);

  async function readDated(most: number): Promise<Doc[]> {
    if (!hasDated(span)) return [];
    const docs = await byField(matchDated(span), most);
    if (isDated(docs)) return docs;
    const keyed = { $addFields: { parley_date: dateAt(span.path) } };
    const inside = allOf([{ parley_date: { $ne: null } }, matchDated({ ...span, path: 'parley_date' })]);
    const stages = [...wanted(matchDated(span)), keyed, { $match: inside }];
    return read(stages, { parley_date: sign, _id: sign }, most);
  }

  async function readUndated(most: number): Promise<Doc[]> {
    if (!hasUndated(span)) return [];
    return read(wanted(matchUndated(span)), { _id: sign }, most);
  }

  if (sign === -1 && span.above === null && hasDated(span)) {
    const docs = await byField(matchAll(span), count);
    if (isDated(docs)) return docs;
  }
  const [first, second] = sign === 1 ? [readUndated, readDated] : [readDated, readUndated];
  const docs = await first(count);
  return docs.length === count ? docs : [...docs, ...(await second(count - docs.length))];
}
