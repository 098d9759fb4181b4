import type { JsonObject, JsonValue } from '../domain/json/json-value.js';
import { findLossyNumber, losesDigits, pathText } from '../domain/json/written-numbers.js';

/** Deeper than anything that a database holds: of MongoDB 200, twice where each object begins with `$`. */
const MAX_DEPTH = 500;
const MAY_BE_HALF = /\\u[dD]/;
const NUL = '\\u0000';

/** What of a line `JSON.parse` takes and no database keeps as it stands there; null: nothing. `value` is what it has made of it. */
export function unkeepable(json: string, value: JsonObject): string | null {
  const number = findLossyNumber(json, changes);
  if (number) {
    const { path, digits } = number;
    return `${pathText(path).replace(/^\./, '')} is the number ${digits}, whose digits would be lost: write it as text, or as {"$numberLong": "…"}`;
  }
  // Most lines hold none of these, and are not walked.
  const suspicious = MAY_BE_HALF.test(json) || json.includes(NUL) || holdsMore(json, MAX_DEPTH);
  return suspicious ? faultOf(value, MAX_DEPTH) : null;
}

/** An export writes 1e20 with all its digits, and it comes back as that. */
const changes = (literal: string) => losesDigits(literal) && String(Number(literal)) !== literal;

/** Whether it holds more objects and lists than so many, about. */
function holdsMore(json: string, most: number): boolean {
  let left = most;
  for (const bracket of ['{', '[']) {
    for (let at = json.indexOf(bracket); at !== -1; at = json.indexOf(bracket, at + 1))
      if (left-- === 0) return true;
  }
  return false;
}

function faultOf(value: JsonValue, depth: number): string | null {
  if (typeof value === 'string') return value.isWellFormed() ? null : HALF;
  if (typeof value !== 'object' || value === null) return null;
  if (depth === 0) return `it is nested deeper than ${MAX_DEPTH} levels`;
  for (const [key, child] of Object.entries(value)) {
    if (!key.isWellFormed()) return HALF;
    if (key.includes('\0')) return 'a key holds a NUL, which MongoDB does not store';
    const fault = faultOf(child, depth - 1);
    if (fault !== null) return fault;
  }
  return null;
}

const HALF = 'it holds half a character (a lone surrogate, such as \\ud800), which no database stores';
