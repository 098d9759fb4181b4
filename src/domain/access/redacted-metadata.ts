import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';

/**
 * What a redaction leaves of a message's metadata: the numbers of `usage` and `metrics`, so that totals stay. Whatever else an
 * agent put there, a text among them too, may repeat what was said. Null where nothing is left.
 */
export function redactedMetadata(metadata: JsonObject | null): JsonObject | null {
  const parts = ['usage', 'metrics'].flatMap((key): [string, JsonValue][] => {
    const part = metadata && Object.hasOwn(metadata, key) ? numbersIn(metadata[key] as JsonValue) : undefined;
    return part === undefined ? [] : [[key, part]];
  });
  return parts.length > 0 ? Object.fromEntries(parts) : null;
}

function numbersIn(value: JsonValue): JsonValue | undefined {
  if (typeof value === 'number') return value;
  if (Array.isArray(value)) return value.flatMap((item) => numbersIn(item) ?? []);
  if (!isJsonObject(value)) return undefined;
  const members = Object.entries(value).map(([key, member]) => [key, numbersIn(member)] as const);
  return Object.fromEntries(members.filter((entry): entry is [string, JsonValue] => entry[1] !== undefined));
}
