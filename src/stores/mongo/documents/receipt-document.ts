import type { Receipt } from '../../../domain/sessions/session-store.js';
import { type Doc, isDoc } from './bson-json.js';
import { dateOrNull, integerOrNull, textOrNull } from './field-values.js';

/**
 * Receipts lie at `parley_receipts.<hash>` of the session as `{body, at}`, those of appends as `{from, count, at}`; Python's
 * reader passes over other root fields. 128 bits of each hash are kept: a session may collect thousands in a day. With
 * `brief` it guards against the store's own retries alone.
 */
export interface StoredReceipt {
  body: string;
  at: Date;
}

export const HASH_DIGITS = 32;
const RECEIPT_LIFE_MS = 24 * 60 * 60 * 1000;
/** Far longer than a write is tried. */
const BRIEF_LIFE_MS = 10 * 60 * 1000;

export const receiptKey = (receipt: Receipt): string => receipt.keyHash.slice(0, HASH_DIGITS);

export const receiptPath = (receipt: Receipt): string => `parley_receipts.${receiptKey(receipt)}`;

export const receiptDoc = (receipt: Receipt, now: Date): Doc => ({
  ...(receipt.unkeyed ? { brief: true } : { body: receipt.bodyHash.slice(0, HASH_DIGITS) }),
  at: now,
});

/** Where an append lies in the agent's list: what it added, next to each other. */
export interface AppendReceipt {
  from: number;
  count: number;
}

export const appendReceiptDoc = (from: number, count: number, now: Date, brief: boolean): Doc => ({
  from,
  count,
  ...(brief ? { brief } : {}),
  at: now,
});

export function appendReceipt(value: unknown): AppendReceipt | null {
  const [from, count] = isDoc(value) ? [integerOrNull(value.from), integerOrNull(value.count)] : [null, null];
  return from === null || count === null ? null : { from, count };
}

export function storedReceipt(value: unknown): StoredReceipt | null {
  if (!isDoc(value)) return null;
  return { body: textOrNull(value.body) ?? '', at: dateOrNull(value.at) ?? new Date(0) };
}

export const isSameBody = (stored: StoredReceipt, receipt: Receipt): boolean =>
  receipt.unkeyed === true || stored.body === receipt.bodyHash.slice(0, HASH_DIGITS);

/**
 * The paths of the receipts that have outlived their purpose, and of the oldest beyond `most`; the oldest first. Of those of appends, and
 * of all others, half of `most` stay at least: whoever may give feedback alone makes no append forgotten, which would be made twice.
 */
export function expiredReceipts(receipts: unknown, now: Date, most: number): string[] {
  if (!isDoc(receipts)) return [];
  const byAge = Object.entries(receipts)
    .flatMap(([key, value]) => {
      const receipt = storedReceipt(value);
      const life = isDoc(value) && value.brief === true ? BRIEF_LIFE_MS : RECEIPT_LIFE_MS;
      return receipt ? [{ key, at: receipt.at.getTime(), life, appends: appendReceipt(value) !== null }] : [];
    })
    .sort((one, other) => one.at - other.at);
  const appends = byAge.filter((receipt) => receipt.appends).length;
  const others = byAge.length - appends;
  const surplus = {
    appends: appends - Math.max(most / 2, most - others),
    others: others - Math.max(most / 2, most - appends),
  };
  return byAge
    .filter(
      ({ at, life, appends: isAppend }) =>
        surplus[isAppend ? 'appends' : 'others']-- > 0 || now.getTime() - at > life,
    )
    .map(({ key }) => `parley_receipts.${key}`);
}
