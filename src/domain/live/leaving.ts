import type { Change, SessionFilter } from '../sessions/session-store.js';

type Kind = Change['kind'];

/** What moves `updatedAt`, or may where another program writes. */
const ANY_WRITE: readonly Kind[] = [
  'message-added',
  'message-updated',
  'agent-updated',
  'agent-rewritten',
  'metadata-changed',
  'feedback-added',
];

/**
 * The kinds of change that can take a session out of a filter that it has matched: whoever follows a list by its metadata is
 * not told of sessions that are no part of it with each of their messages.
 */
export function leavingKinds(filter: SessionFilter): ReadonlySet<Kind> {
  const kinds = new Set<Kind>();
  collect(filter, false, kinds);
  return kinds;
}

/** `inverted`: below a `not`, where what makes a session match takes it out. Agents and feedback are added and never removed by Parley. */
function collect(filter: SessionFilter, inverted: boolean, kinds: Set<Kind>): void {
  const { sessionIds, sessionIdPrefix, and, or, not, ...conditions } = filter;
  const { metadata, agentIds, feedbackRating, updatedAt } = conditions;
  const add = (...some: readonly Kind[]) => {
    for (const kind of some) kinds.add(kind);
  };
  // Another program may have changed anything.
  if (Object.keys(conditions).length > 0) add('session-changed');
  if (metadata) add('metadata-changed');
  if (feedbackRating !== undefined) add('feedback-added');
  if (agentIds) add('agent-rewritten', ...(inverted ? (['agent-updated', 'message-added'] as const) : []));
  if (updatedAt) {
    const { gt, gte, lt, lte } = updatedAt;
    const [one, other] = inverted ? [gt, gte] : [lt, lte];
    if (one !== undefined || other !== undefined) add(...ANY_WRITE);
    else add('agent-rewritten');
  }
  for (const below of [...(and ?? []), ...(or ?? [])]) collect(below, inverted, kinds);
  if (not) collect(not, !inverted, kinds);
}

/**
 * What of a filter Parley's writes never change: a session that does not match this was never in the list. `{}` where there is
 * nothing of the kind.
 */
export function lastingPart(filter: SessionFilter): SessionFilter {
  const { sessionIds, sessionIdPrefix, applicationName, sessionType, createdAt } = filter;
  const and = (filter.and ?? []).map(lastingPart).filter((part) => Object.keys(part).length > 0);
  return {
    ...(sessionIds === undefined ? {} : { sessionIds }),
    ...(sessionIdPrefix === undefined ? {} : { sessionIdPrefix }),
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(sessionType === undefined ? {} : { sessionType }),
    ...(createdAt === undefined ? {} : { createdAt }),
    ...(and.length > 0 ? { and } : {}),
  };
}
