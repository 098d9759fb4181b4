import type { Usage } from './model.js';

export const USAGE_FIELDS = [
  'inputTokens',
  'outputTokens',
  'totalTokens',
  'cacheReadInputTokens',
  'cacheWriteInputTokens',
] as const satisfies readonly (keyof Usage)[];

/**
 * More tokens than any model call or process counts: what is above is damaged, or a joke, and counts as nothing. A total then
 * passes 53 bits after 9,000 messages of it, and never what a double or an Int64 holds.
 */
export const MAX_TOKENS = 10 ** 12;

/** A whole number from 0 to `MAX_TOKENS`; anything else is null. */
export function tokenCount(value: unknown): number | null {
  const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= MAX_TOKENS;
  // Without the sign that a zero may have.
  return isCount ? value + 0 : null;
}

export function mapUsage(value: (field: keyof Usage) => number | null): Usage {
  return {
    inputTokens: value('inputTokens'),
    outputTokens: value('outputTokens'),
    totalTokens: value('totalTokens'),
    cacheReadInputTokens: value('cacheReadInputTokens'),
    cacheWriteInputTokens: value('cacheWriteInputTokens'),
  };
}

export const emptyUsage = (): Usage => mapUsage(() => 0);

/** The sum for totals; a count that neither has is 0. */
export const addUsage = (total: Usage, usage: Usage | null): Usage =>
  mapUsage((field) => (total[field] ?? 0) + (usage?.[field] ?? 0));

export const subtractUsage = (total: Usage, usage: Usage | null): Usage =>
  mapUsage((field) => (total[field] ?? 0) - (usage?.[field] ?? 0));

/** A total as it is told: what is no safe integer any more is null rather than wrong. */
export const exactTotals = (total: Usage): Usage =>
  mapUsage((field) => (Number.isSafeInteger(total[field]) ? total[field] : null));

export const knowsAny = (usage: Usage): boolean => USAGE_FIELDS.some((field) => usage[field] !== null);
