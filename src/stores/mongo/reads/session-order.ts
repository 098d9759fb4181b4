import type { Document } from 'mongodb';
import type { SessionKey, SessionOrderField, SessionQuery } from '../../../domain/sessions/session-store.js';
import { dateOrNull } from '../documents/field-values.js';
import type { Expression } from './read-expressions.js';
import { allOf } from './session-match.js';

/*
 * Sessions are in the order of their dates, ties by id; those without a date come before all others, by id. Parley and Python
 * write Dates. What other programs leave in their place is no date, except that a list with dates in it counts as its earliest.
 * The server itself sorts by type before value, and a list by its least element on the way up and its greatest on the way down.
 */

/** The field, and what lies strictly between two keys, from the lower to the upper. */
export interface Span {
  path: string;
  above: SessionKey | null;
  below: SessionKey | null;
}

export function spanOf({ orderBy, after, before }: SessionQuery): Span {
  const path = fieldOf(orderBy.field);
  return orderBy.direction === 'asc'
    ? { path, above: after, below: before }
    : { path, above: before, below: after };
}

const fieldOf = (field: SessionOrderField): string => (field === 'createdAt' ? 'created_at' : 'updated_at');

/** A session's own date, as lists are ordered by it. */
export function sessionDate(value: unknown): Date | null {
  if (!Array.isArray(value)) return value instanceof Date ? dateOrNull(value) : null;
  const dates = value.flatMap((item) => (item instanceof Date ? (dateOrNull(item) ?? []) : []));
  return dates.reduce<Date | null>((least, date) => (least === null || date < least ? date : least), null);
}

/** What JavaScript's dates reach to. */
const [EARLIEST, LATEST] = [new Date(-8.64e15), new Date(8.64e15)];

/** `sessionDate` of the field at `path`, on the server. */
export const dateAt = (path: string): Expression => {
  const isDate = {
    $and: [{ $eq: [{ $type: '$$d' }, 'date'] }, { $gte: ['$$d', EARLIEST] }, { $lte: ['$$d', LATEST] }],
  };
  const values = { $cond: [{ $isArray: `$${path}` }, `$${path}`, [`$${path}`]] };
  return { $min: { $filter: { input: values, as: 'd', cond: isDate } } };
};

export const hasUndated = ({ above }: Span): boolean => above === null || above.value === null;
export const hasDated = ({ below }: Span): boolean => below === null || below.value !== null;

/** Holds for every session of the span that has a date, and where the field is a Date for no other. */
export function matchDated({ path, above, below }: Span): Document {
  const lower =
    above === null || above.value === null ? null : beyond(path, '$gt', above.value, above.sessionId);
  const upper =
    below === null || below.value === null ? null : beyond(path, '$lt', below.value, below.sessionId);
  if (!lower && !upper) return { [path]: { $gte: EARLIEST } };
  return allOf([lower ?? {}, upper ?? {}]);
}

/** The sessions of the span without a date. */
export function matchUndated({ path, above, below }: Span): Document {
  return allOf([
    mayBeUndated(path),
    { $expr: { $eq: [dateAt(path), null] } },
    above?.value === null ? { _id: { $gt: above.sessionId } } : {},
    below?.value === null ? { _id: { $lt: below.sessionId } } : {},
  ]);
}

/** Of a span that begins at the lowest: those with a date and those without, and perhaps some that are not in it. */
export function matchAll(span: Span): Document {
  if (span.below === null) return {};
  const { $or = [] } = matchDated(span);
  return { $or: [...$or, ...(mayBeUndated(span.path).$or as Document[])] };
}

/** Everything that is no Date, and lists. An index serves both. */
const mayBeUndated = (path: string): Document => ({
  $or: [{ [path]: { $not: { $gte: EARLIEST } } }, { [path]: { $gt: LATEST } }],
});

function beyond(path: string, test: '$gt' | '$lt', value: number, sessionId: string): Document {
  const date = new Date(value);
  return { $or: [{ [path]: { [test]: date } }, { [path]: { $eq: date }, _id: { [test]: sessionId } }] };
}
