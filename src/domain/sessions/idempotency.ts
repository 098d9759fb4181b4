import { hash } from 'node:crypto';
import type { JsonValue } from '../json.js';
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

/** JSON with the keys of every object sorted; equal values give equal text. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner: JsonValue) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
