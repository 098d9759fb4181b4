import { copyOf, isJsonObject, type JsonObject, type JsonValue } from '../domain/json/json-value.js';
import type { Path } from './plain.js';

/**
 * That what stands at a place of the item is found in the message's content. `before`: text that goes before what is found. `json`: it
 * is the JSON text of what is found.
 */
export type Reference = {
  at: Path;
  from: Path;
  before?: string;
  json?: true;
};

/** Shorter values are written twice: a reference is no shorter. */
const LEAST = 64;

/**
 * The item with null in place of what its message's content holds as well: texts of some length, also behind the head of a data URL or as the
 * JSON of a tool's input, and objects and lists that both share.
 */
export function withReferences(
  item: JsonValue,
  content: readonly JsonObject[],
): { item: JsonValue; references: Reference[] } {
  const held = placesIn(content);
  const references: Reference[] = [];
  const path: (string | number)[] = [];

  const referTo = (value: JsonValue): Omit<Reference, 'at'> | null => {
    if (typeof value !== 'string') {
      const from = typeof value === 'object' && value !== null ? held.objects.get(value) : undefined;
      return from && JSON.stringify(value).length >= LEAST ? { from } : null;
    }
    if (value.length < LEAST) return null;
    const from = held.texts.get(value);
    if (from) return { from };
    const json = held.json.get(value);
    if (json) return { from: json, json: true };
    const head = value.startsWith('data:') ? value.slice(0, value.indexOf(',') + 1) : '';
    const behind = head && held.texts.get(value.slice(head.length));
    return behind ? { from: behind, before: head } : null;
  };

  const keep = (value: JsonValue): JsonValue => {
    const reference = referTo(value);
    if (reference) {
      references.push({ at: [...path], ...reference });
      return null;
    }
    if (Array.isArray(value)) return value.map((one, index) => inside(index, one));
    if (!isJsonObject(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, inside(key, one)]));
  };

  const inside = (step: string | number, value: JsonValue): JsonValue => {
    path.push(step);
    const kept = keep(value);
    path.pop();
    return kept;
  };

  return { item: keep(item), references };
}

interface Places {
  texts: Map<string, Path>;
  /** By the JSON text of a tool's input. */
  json: Map<string, Path>;
  objects: Map<object, Path>;
}

function placesIn(content: readonly JsonObject[]): Places {
  const places: Places = { texts: new Map(), json: new Map(), objects: new Map() };
  const path: (string | number)[] = [];
  const visit = (value: JsonValue, step: string | number) => {
    path.push(step);
    if (typeof value === 'string') {
      if (value.length >= LEAST && !places.texts.has(value)) places.texts.set(value, [...path]);
    } else if (typeof value === 'object' && value !== null) {
      if (!places.objects.has(value)) places.objects.set(value, [...path]);
      for (const [key, one] of Object.entries(value)) visit(one, Array.isArray(value) ? Number(key) : key);
    }
    path.pop();
  };
  for (const [index, block] of content.entries()) {
    visit(block, index);
    const input = isJsonObject(block.toolUse) ? block.toolUse.input : undefined;
    if (typeof input === 'object' && input !== null)
      places.json.set(JSON.stringify(input), [index, 'toolUse', 'input']);
  }
  return places;
}

/** What a reference stands for; undefined where the content does not hold it. */
export function referred(
  { from, before, json }: Reference,
  content: readonly JsonObject[],
): JsonValue | undefined {
  let found = content as JsonValue;
  for (const step of from) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, step)) return undefined;
    found = (found as Record<string | number, JsonValue>)[step] as JsonValue;
  }
  if (json) return JSON.stringify(found);
  if (before !== undefined) return typeof found === 'string' ? before + found : undefined;
  return copyOf(found);
}
