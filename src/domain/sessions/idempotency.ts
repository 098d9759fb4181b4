import { hash } from 'node:crypto';
import type { Receipt } from './session-store.js';

/** The receipt of one write: two calls are the same when mutation, key and `body` are (keys in any order). */
export function receiptOf(mutation: string, key: string, body: unknown): Receipt {
  return { mutation, keyHash: sha256([mutation, key]), bodyHash: sha256(body) };
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
