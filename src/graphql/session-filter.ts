import { checkJson } from '../domain/check-json.js';
import type { JsonValue } from '../domain/json.js';
import { quote } from '../domain/names.js';
import type { MetadataCondition, SessionFilter } from '../domain/session-store.js';
import type {
  DateTimeRange,
  MetadataCondition as MetadataConditionInput,
  SessionFilter as SessionFilterInput,
} from './generated/types.js';

/**
 * The domain's filter. A null is kept where it is a value to look for; elsewhere it is as if it was absent. BAD_USER_INPUT
 * for a value that no database can compare.
 */
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
  const { path } = rest;
  const condition = { ...given(rest), ...(equals === undefined ? {} : { equals }) };
  for (const [test, value] of Object.entries(condition)) {
    if (test !== 'path') checkJson(value as JsonValue, `metadata ${quote(path)} ${test}`);
  }
  return condition as MetadataCondition;
}

/** Without what is null or absent. */
function given<T extends object>(input: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== null && value !== undefined),
  ) as Partial<T>;
}
