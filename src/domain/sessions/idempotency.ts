import { createHash, hash } from 'node:crypto';
import { inSlices, type Steps } from '../async/in-slices.js';
import type { Later } from '../async/later.js';
import { isOneStep, stringifySteps } from '../json/write-json.js';
import type { Receipt } from './session-store.js';

/** The receipt of one write: two calls are the same when mutation, key and `body` are (keys in any order). */
export function receiptOf(mutation: string, key: string, body: unknown): Receipt {
  return { mutation, keyHash: sha256([mutation, key]), bodyHash: sha256(body) };
}

/** The same, in slices of the event loop's time where the body is long. It must not change meanwhile. */
export const receiptInSlices = (mutation: string, key: string, body: unknown): Later<Receipt> =>
  isOneStep(body) ? receiptOf(mutation, key, body) : inSlices(receiptSteps(mutation, key, body));

function* receiptSteps(mutation: string, key: string, body: unknown): Steps<Receipt> {
  const digest = createHash('sha256');
  yield* stringifySteps(yield* sortedSteps(body), (piece) => void digest.update(piece));
  return { mutation, keyHash: sha256([mutation, key]), bodyHash: digest.digest('hex') };
}

/** The identity of the message at `index` of an append: 32 hex digits, the same for every repetition with the key. */
export function storageIdOf(sessionId: string, agentId: string, key: string, index: number): string {
  return sha256([sessionId, agentId, key, index]).slice(0, 32);
}

/** Of JSON, with keys in any order; 64 hex digits. */
export function sha256(value: unknown): string {
  return hash('sha256', canonicalJson(value), 'hex');
}

/** JSON with the keys of every object sorted; equal values give equal text. Takes part in hashes that are stored. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(sorted(value));
}

/** With its keys in order; what is so is not copied. A replacer would take ten times as long. */
function sorted(given: unknown): unknown {
  const value = hasOwnJson(given) ? given.toJSON() : given;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) {
    const items = value.map(sorted);
    return items.some((item, index) => item !== value[index]) ? items : value;
  }
  const keys = Object.keys(value);
  const members = keys.map((key) => sorted((value as Record<string, unknown>)[key]));
  const same =
    keys.every((key, index) => index === 0 || (keys[index - 1] as string) < key) &&
    members.every((member, index) => member === (value as Record<string, unknown>)[keys[index] as string]);
  if (same) return value;
  const entries = keys.map((key, index) => [key, members[index]] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

const hasOwnJson = (value: unknown): value is { toJSON(): unknown } =>
  typeof value === 'object' && typeof (value as { toJSON?: unknown } | null)?.toJSON === 'function';

/** Things that one step puts in order. */
const STEP = 1_000;

function* sortedSteps(given: unknown): Steps<unknown> {
  if (isOneStep(given)) return sorted(given);
  const value = hasOwnJson(given) ? given.toJSON() : given;
  if (typeof value !== 'object' || value === null) return value;
  const isList = Array.isArray(value);
  const made: Record<string, unknown> | unknown[] = isList ? [] : {};
  let things = 0;
  for (const key of isList ? value.keys() : Object.keys(value).sort()) {
    const one = (value as Record<string | number, unknown>)[key];
    const inOrder = typeof one === 'object' && one !== null ? yield* sortedSteps(one) : one;
    // Not by assignment: `__proto__` is a key like any other.
    if (key === '__proto__') Object.defineProperty(made, key, { value: inOrder, enumerable: true });
    else (made as Record<string | number, unknown>)[key] = inOrder;
    if (++things % STEP === 0) yield;
  }
  return made;
}
