import { onceWhereLong } from '../once-per-object.js';
import type { JsonSource } from './json-source.js';
import { JsonText } from './json-text.js';
import type { JsonObject, JsonValue } from './json-value.js';
import { isOneStep } from './write-json.js';

/** Deeper than this JSON is written by `JSON.stringify`. */
const DEEPEST = 20;

/**
 * Whether no text in this JSON is written with an escape, however it is put together of others: JSON needs none without a backslash.
 * Most of what agents store is so, and to look for what would have to be escaped takes longest of all that is done with a long text.
 */
export const isPlain = (json: JsonSource): boolean => !json.includes('\\');

/** Makes the object that it is given: a private field of a class that extends it is set there. */
class Given {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: that is what it is for.
    return object;
  }
}

/** A mark that nobody else sees or copies. A set of what is marked takes twenty times as long, for each of the messages of a page. */
class Plain extends Given {
  #isPlain = true;

  static isMarked(object: object): boolean {
    return #isPlain in object && object.#isPlain;
  }
}

/** Remembers of a value that its JSON was plain. */
export function markPlain<T extends object>(value: T): T {
  new Plain(value);
  return value;
}

export const isMarkedPlain = Plain.isMarked;

const asJson = <T extends JsonValue>(value: T): T => JsonText.of<JsonValue>(value, written) as unknown as T;

const shownObject = onceWhereLong<unknown>(
  (value) => asJson(value as JsonValue),
  (value) => (isOneStep(value) ? asJson(value as JsonValue) : value),
);

/** What came of plain JSON, as it is written; as it is where that takes several steps. */
export function plainText<T extends JsonValue>(value: T): T {
  if (typeof value === 'string') return JsonText.ofPlain(value) as unknown as T;
  return typeof value === 'object' && value !== null ? (shownObject(value) as T) : value;
}

function written(value: JsonValue, depth = 0): string {
  if (typeof value === 'string') return `"${value}"`;
  if (typeof value !== 'object' || value === null || depth === DEEPEST) return JSON.stringify(value);
  let text = '';
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${written(item, depth + 1)}`;
    return `[${text}]`;
  }
  for (const key of Object.keys(value))
    text += `${text === '' ? '' : ','}"${key}":${written((value as JsonObject)[key] as JsonValue, depth + 1)}`;
  return `{${text}}`;
}
