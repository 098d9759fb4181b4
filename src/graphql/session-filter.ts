import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json/json-value.js';
import { checkJson } from '../domain/sessions/check-json.js';
import { quote } from '../domain/sessions/names.js';
import type { MetadataCondition, SessionFilter } from '../domain/sessions/session-store.js';
import type {
  DateTimeRange,
  MetadataCondition as MetadataConditionInput,
  SessionFilter as SessionFilterInput,
} from './generated/types.js';

/**
 * The domain's filter. A null is as if it was absent: clients in typed languages send one for whatever they do not ask.
 * BAD_USER_INPUT for a value that no database can compare.
 */
export function toSessionFilter(input: SessionFilterInput | null | undefined): SessionFilter {
  if (!input) return {};
  const {
    withoutApplicationName,
    withUnratedFeedback,
    metadata,
    createdAt,
    updatedAt,
    and,
    or,
    not,
    ...rest
  } = input;
  const all: SessionFilter[] = (and ?? []).map(toSessionFilter);
  if (withoutApplicationName) all.push({ applicationName: null });
  if (withUnratedFeedback) all.push({ feedbackRating: null });
  return {
    ...given(rest),
    ...(createdAt ? { createdAt: given<DateTimeRange>(createdAt) } : {}),
    ...(updatedAt ? { updatedAt: given<DateTimeRange>(updatedAt) } : {}),
    ...(metadata ? { metadata: metadata.map(toCondition) } : {}),
    ...(and || all.length > 0 ? { and: all } : {}),
    ...(or ? { or: or.map(toSessionFilter) } : {}),
    ...(not ? { not: toSessionFilter(not) } : {}),
  } as SessionFilter;
}

function toCondition({ isNull, ...input }: MetadataConditionInput): MetadataCondition {
  const { path } = input;
  const { eq, ...tests } = given(input);
  for (const [test, value] of Object.entries({ eq, ...tests })) {
    if (test !== 'path' && value !== undefined) {
      checkJson(value as JsonValue, `metadata ${quote(path)} ${test}`);
    }
  }
  if (eq === undefined) return { ...tests, ...(isNull ? { equals: null } : {}) } as MetadataCondition;
  if (isNull) {
    throw new ParleyError('BAD_USER_INPUT', `metadata ${quote(path)} cannot be a null and equal a value.`);
  }
  return { ...tests, equals: eq } as MetadataCondition;
}

/** Without what is null or absent. */
function given<T extends object>(input: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(input).filter(([, value]) => value !== null && value !== undefined),
  ) as Partial<T>;
}
