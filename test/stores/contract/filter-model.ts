import type { JsonObject, JsonValue } from '../../../src/domain/json/json-value.js';
import { canonicalJson } from '../../../src/domain/sessions/idempotency.js';
import { getPath } from '../../../src/domain/sessions/metadata-path.js';
import type { MetadataCondition, SessionFilter } from '../../../src/domain/sessions/session-store.js';
import { compareCodePoints } from './code-points.js';

/** What the port promises of conditions on metadata and of and/or/not, on a plain object. */
export function matches(metadata: JsonObject, filter: SessionFilter): boolean {
  return (
    (filter.metadata ?? []).every((condition) => holds(metadata, condition)) &&
    (filter.and ?? []).every((inner) => matches(metadata, inner)) &&
    (filter.or === undefined || filter.or.some((inner) => matches(metadata, inner))) &&
    (filter.not === undefined || !matches(metadata, filter.not))
  );
}

function holds(metadata: JsonObject, condition: MetadataCondition): boolean {
  const value = getPath(metadata, condition.path);
  const equal = (other: JsonValue) => value !== undefined && canonicalJson(value) === canonicalJson(other);
  return (
    (condition.exists === undefined || condition.exists === (value !== undefined)) &&
    (condition.equals === undefined || equal(condition.equals)) &&
    (condition.in === undefined || condition.in.some(equal)) &&
    compares(value, condition.gt, (order) => order > 0) &&
    compares(value, condition.gte, (order) => order >= 0) &&
    compares(value, condition.lt, (order) => order < 0) &&
    compares(value, condition.lte, (order) => order <= 0)
  );
}

function compares(
  value: JsonValue | undefined,
  bound: string | number | undefined,
  accept: (order: number) => boolean,
): boolean {
  if (bound === undefined) return true;
  if (typeof value === 'number' && typeof bound === 'number') return accept(value - bound);
  if (typeof value === 'string' && typeof bound === 'string') return accept(compareCodePoints(value, bound));
  return false;
}
