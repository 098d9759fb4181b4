import type { Receipt } from '../../domain/session-store.js';
import { type Doc, isDoc } from './bson-json.js';
import { dateOrNull, textOrNull } from './field-values.js';

/**
 * Receipts lie at `parley_receipts.<hash>` of the session as `{body, at}`; Python's reader passes over other root
 * fields. 128 bits of each hash are kept: a session may collect thousands in a day.
 */
export interface StoredReceipt {
  body: string;
  at: Date;
}

const HASH_DIGITS = 32;
export const RECEIPT_LIFE_MS = 24 * 60 * 60 * 1000;

export const receiptKey = (receipt: Receipt): string => receipt.keyHash.slice(0, HASH_DIGITS);

export const receiptPath = (receipt: Receipt): string => `parley_receipts.${receiptKey(receipt)}`;

export const receiptDoc = (receipt: Receipt, now: Date): Doc => ({
  body: receipt.bodyHash.slice(0, HASH_DIGITS),
  at: now,
});

export function storedReceipt(value: unknown): StoredReceipt | null {
  if (!isDoc(value)) return null;
  return { body: textOrNull(value.body) ?? '', at: dateOrNull(value.at) ?? new Date(0) };
}

export const isSameBody = (stored: StoredReceipt, receipt: Receipt): boolean =>
  stored.body === receipt.bodyHash.slice(0, HASH_DIGITS);

/** The paths of the receipts that have outlived their purpose. */
export function expiredPaths(receipts: unknown, now: Date): string[] {
  if (!isDoc(receipts)) return [];
  return Object.entries(receipts).flatMap(([key, value]) => {
    const receipt = storedReceipt(value);
    const expired = receipt && now.getTime() - receipt.at.getTime() > RECEIPT_LIFE_MS;
    return expired ? [`parley_receipts.${key}`] : [];
  });
}
