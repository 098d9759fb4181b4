import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';
import type { Usage } from './model.js';
import { knowsAny, mapUsage, tokenCount } from './usage.js';

/**
 * Where libraries keep a count: a key, or the key of an object and one in it (of a list of such objects the counts add up).
 * Places in a list of their own add up too.
 */
export type CountPlace = string | readonly string[];

/**
 * The names under which libraries report what one model call cost, as their type definitions have them; the first that holds
 * a count is taken. The table in docs/write.md names the libraries.
 */
export const COUNT_PLACES: Readonly<Record<keyof Usage, readonly CountPlace[]>> = {
  inputTokens: ['inputTokens', 'input_tokens', 'prompt_tokens', 'promptTokenCount'],
  outputTokens: [
    'outputTokens',
    'output_tokens',
    'completion_tokens',
    ['candidatesTokenCount', 'thoughtsTokenCount'],
  ],
  totalTokens: ['totalTokens', 'total_tokens', 'totalTokenCount'],
  cacheReadInputTokens: [
    'cacheReadInputTokens',
    'cache_read_input_tokens',
    'cache_read_tokens',
    'cachedInputTokens',
    'cachedContentTokenCount',
    'inputTokenDetails.cacheReadTokens',
    'inputTokensDetails.cached_tokens',
    'input_tokens_details.cached_tokens',
    'prompt_tokens_details.cached_tokens',
    'input_token_details.cache_read',
  ],
  cacheWriteInputTokens: [
    'cacheWriteInputTokens',
    'cache_creation_input_tokens',
    'cache_write_tokens',
    'inputTokenDetails.cacheWriteTokens',
    'inputTokensDetails.cache_write_tokens',
    'input_tokens_details.cache_write_tokens',
    'prompt_tokens_details.cache_write_tokens',
    'input_token_details.cache_creation',
  ],
};

/**
 * What a message says that its own model call cost: `usage` in its metadata, under the names of any library. Without a total
 * that is input and output together. Null where no count is known.
 */
export function ownUsage(metadata: JsonObject | null): Usage | null {
  const stored = metadata?.usage;
  if (!isJsonObject(stored)) return null;
  const usage = mapUsage((field) => firstCount(stored, COUNT_PLACES[field]));
  const { inputTokens, outputTokens } = usage;
  if (inputTokens !== null && outputTokens !== null) usage.totalTokens ??= inputTokens + outputTokens;
  return knowsAny(usage) ? usage : null;
}

function firstCount(usage: JsonObject, places: readonly CountPlace[]): number | null {
  for (const place of places) {
    const count =
      typeof place === 'string' ? countAt(usage, place) : sumOf(place.map((one) => countAt(usage, one)));
    if (count !== null) return count;
  }
  return null;
}

/** The places taken apart, once: each message is asked for all of them. */
const SEGMENTS = new Map(
  Object.values(COUNT_PLACES)
    .flat(2)
    .map((place) => [place, place.split('.')]),
);

function countAt(usage: JsonObject, place: string): number | null {
  const [key = '', inner] = SEGMENTS.get(place) ?? [];
  const value: JsonValue | undefined = usage[key];
  if (inner === undefined) return tokenCount(value);
  if (!Array.isArray(value)) return isJsonObject(value) ? tokenCount(value[inner]) : null;
  return sumOf(value.map((item) => (isJsonObject(item) ? tokenCount(item[inner]) : null)));
}

/** Of those that are counts; null where none is, or where they are too many together. */
function sumOf(counts: readonly (number | null)[]): number | null {
  const known = counts.filter((count) => count !== null);
  return known.length > 0 ? tokenCount(known.reduce((sum, count) => sum + count, 0)) : null;
}
