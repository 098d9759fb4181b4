import { after, type Later } from '../async/later.js';
import { receiptInSlices } from './idempotency.js';
import { checkIdempotencyKey } from './names.js';
import type { RandomBytes } from './new-session.js';
import type { Keyed } from './session-inputs.js';
import type { Receipt } from './session-store.js';

export interface WriteKeys {
  /** The caller's, or a new one. BAD_USER_INPUT. */
  keyOf(input: Keyed): string;
  /** Of what it was asked for. There at once, but for what is long. */
  receiptFor(mutation: string, input: Keyed & object): Later<Receipt>;
}

export function createWriteKeys(randomBytes: RandomBytes): WriteKeys {
  const keyOf = ({ idempotencyKey: key }: Keyed): string => {
    if (key === undefined || key === null) return randomBytes(16).toString('hex');
    checkIdempotencyKey(key);
    return key;
  };
  return {
    keyOf,
    receiptFor(mutation, { idempotencyKey, ...body }) {
      const key = keyOf({ idempotencyKey });
      const own = unkeyed({ idempotencyKey });
      // A key of Parley's own comes with one body alone: there is nothing to tell it from.
      const made = receiptInSlices(mutation, key, 'unkeyed' in own ? key : body);
      return after(made, (receipt) => Object.assign(receipt, own));
    },
  };
}

/** Where the caller gives no key, nobody but the store repeats the write. */
export const unkeyed = ({ idempotencyKey }: Keyed) =>
  (idempotencyKey ?? null) === null ? { unkeyed: true } : {};
