import type { MetadataCondition, SessionFilter } from '../domain/session-store.js';
import type {
  DateTimeRange,
  MetadataCondition as MetadataConditionInput,
  SessionFilter as SessionFilterInput,
} from './generated/types.js';

/** The domain's filter. A null is kept where it is a value to look for; elsewhere it is as if it was absent. */
export function toSessionFilter(input: SessionFilterInput | null | undefined): SessionFilter {
  if (!input) return {};
  const { applicationName, feedbackRating, metadata, createdAt, updatedAt, and, or, not, ...lists } = input;
  return {
    ...given(lists),
    ...(applicationName === undefined ? {} : { applicationName }),
    ...(feedbackRating === undefined ? {} : { feedbackRating }),
    ...(createdAt ? { createdAt: given<DateTimeRange>(createdAt) } : {}),
    ...(updatedAt ? { updatedAt: given<DateTimeRange>(updatedAt) } : {}),
    ...(metadata ? { metadata: metadata.map(toCondition) } : {}),
    ...(and ? { and: and.map(toSessionFilter) } : {}),
    ...(or ? { or: or.map(toSessionFilter) } : {}),
    ...(not ? { not: toSessionFilter(not) } : {}),
  } as SessionFilter;
}

function toCondition({ equals, ...rest }: MetadataConditionInput): MetadataCondition {
  return { ...given(rest), ...(equals === undefined ? {} : { equals }) } as MetadataCondition;
}

/** Without what is null or absent. */
function given<T extends object>(input: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== null && value !== undefined),
  ) as Partial<T>;
}
