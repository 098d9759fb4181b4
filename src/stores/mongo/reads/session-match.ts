import type { Document } from 'mongodb';
import { rangeOfPrefix } from '../../../domain/sessions/prefix-range.js';
import type { DateRange, SessionFilter } from '../../../domain/sessions/session-store.js';
import { matchMetadata } from './metadata-match.js';

/** What `$match` makes of a filter; `{}` matches every session. */
export function matchSessions(filter: SessionFilter): Document {
  const all: Document[] = [];
  if (filter.sessionIds) all.push({ _id: { $in: [...filter.sessionIds] } });
  if (filter.sessionIdPrefix !== undefined) all.push(matchPrefix(filter.sessionIdPrefix));
  if (filter.applicationName !== undefined) all.push({ application_name: { $eq: filter.applicationName } });
  if (filter.sessionType !== undefined) all.push(matchType(filter.sessionType));
  if (filter.createdAt) all.push(matchDates('created_at', filter.createdAt));
  if (filter.updatedAt) all.push(matchDates('updated_at', filter.updatedAt));
  for (const condition of filter.metadata ?? []) all.push(matchMetadata(condition));
  if (filter.agentIds) {
    all.push(anyOf(filter.agentIds.map((agentId) => ({ [`agents.${agentId}`]: { $exists: true } }))));
  }
  if (filter.feedbackRating !== undefined) all.push(matchRating(filter.feedbackRating));
  for (const inner of filter.and ?? []) all.push(matchSessions(inner));
  if (filter.or) all.push(anyOf(filter.or.map(matchSessions)));
  if (filter.not) all.push({ $nor: [matchSessions(filter.not)] });
  return allOf(all);
}

/** More sessions than a collection holds; what `$limit` takes without a 64-bit type. */
const ALL = 2_147_483_647;

/**
 * The stages that find what is within `within` first, and only of that what `asked` leaves. MongoDB joins neighbouring `$match`
 * stages into one, of which its planner may try any condition first; no `$match` can be moved before a `$limit`, because that
 * would change what it lets through. The first stage uses the indexes that it has; it costs a look at all that is within. `keys` come from sealed cursors: no
 * caller makes them up.
 */
export function matchWithin(
  filter: SessionFilter,
  within: SessionFilter | undefined,
  keys: Document = {},
): Document[] {
  const asked = matchSessions(filter);
  const reach = within ? matchSessions(within) : {};
  if (isEmpty(asked) || isEmpty(reach)) return [{ $match: allOf([reach, asked, keys]) }];
  return [{ $match: allOf([reach, keys]) }, { $limit: ALL }, { $match: asked }];
}

const isEmpty = (condition: Document) => Object.keys(condition).length === 0;

export function allOf(conditions: readonly Document[]): Document {
  const given = conditions.filter((condition) => Object.keys(condition).length > 0);
  return given.length > 1 ? { $and: given } : (given[0] ?? {});
}

function matchPrefix(prefix: string): Document {
  const { from, before } = rangeOfPrefix(prefix);
  return { _id: before === null ? { $gte: from } : { $gte: from, $lt: before } };
}

/** A session without a type reads as `default`. */
const matchType = (sessionType: string): Document => ({
  session_type: sessionType === 'default' ? { $in: ['default', null] } : { $eq: sessionType },
});

const matchDates = (path: string, range: DateRange): Document => ({
  [path]: Object.fromEntries(Object.entries(range).map(([test, date]) => [`$${test}`, date])),
});

const matchRating = (rating: 'up' | 'down' | null): Document =>
  rating === null ? { feedbacks: { $elemMatch: { rating: null } } } : { 'feedbacks.rating': rating };

/** `$or` refuses an empty list, of which no condition holds. */
const anyOf = (conditions: Document[]): Document =>
  conditions.length > 0 ? { $or: conditions } : { _id: { $in: [] } };
