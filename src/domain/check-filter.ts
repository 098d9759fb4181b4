import { ParleyError } from './errors.js';
import { checkMetadataPath } from './names.js';
import type { MetadataCondition, SessionFilter } from './session-store.js';

/** How far a client can enlarge a filter. */
export const MAX_FILTER_DEPTH = 8;
export const MAX_FILTER_CONDITIONS = 100;
export const MAX_FILTER_VALUES = 200;

/** Refuses a filter that is too large or that compares what cannot be compared. BAD_USER_INPUT, INVALID_METADATA_PATH. */
export function checkFilter(filter: SessionFilter): void {
  const conditions = countConditions(filter, 1);
  if (conditions > MAX_FILTER_CONDITIONS) {
    throw bad(`The filter has ${conditions} conditions; at most ${MAX_FILTER_CONDITIONS} are allowed.`);
  }
}

function countConditions(filter: SessionFilter, depth: number): number {
  if (depth > MAX_FILTER_DEPTH) throw bad(`The filter is nested deeper than ${MAX_FILTER_DEPTH} levels.`);
  checkLength(filter.sessionIds, 'sessionIds');
  checkLength(filter.agentIds, 'agentIds');
  for (const condition of filter.metadata ?? []) checkCondition(condition);
  const { metadata, and, or, not, ...plain } = filter;
  const below = [...(and ?? []), ...(or ?? []), ...(not ? [not] : [])];
  return below.reduce(
    (sum, child) => sum + countConditions(child, depth + 1),
    Object.keys(plain).length + (metadata?.length ?? 0) + (below.length > 0 ? 1 : 0),
  );
}

function checkCondition(condition: MetadataCondition): void {
  const { path, ...tests } = condition;
  checkMetadataPath(path);
  if (Object.keys(tests).length === 0) {
    throw bad(
      `The metadata condition on ${JSON.stringify(path)} tests nothing; give one of equals, in, exists, gt, gte, lt, lte.`,
    );
  }
  checkLength(condition.in, `metadata ${JSON.stringify(path)} in`);
  for (const test of ['gt', 'gte', 'lt', 'lte'] as const) {
    const bound: unknown = condition[test];
    if (bound !== undefined && typeof bound !== 'string' && typeof bound !== 'number') {
      throw bad(`The metadata condition ${test} on ${JSON.stringify(path)} takes a number or a string.`);
    }
  }
}

function checkLength(values: readonly unknown[] | undefined, name: string): void {
  if (values && values.length > MAX_FILTER_VALUES) {
    throw bad(`${name} lists ${values.length} values; at most ${MAX_FILTER_VALUES} are allowed.`);
  }
}

const bad = (message: string) => new ParleyError('BAD_USER_INPUT', message);
