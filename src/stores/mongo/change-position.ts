import { Timestamp } from 'mongodb';
import type { Position } from '../../domain/session-store.js';
import { type Doc, isDoc } from './bson-json.js';

/*
 * A position is `<cluster time>.<place in its transaction>.<ordinal>`, fixed in length where it matters, so that
 * later ones are greater as strings: 16 hexadecimal digits of seconds and increment, the server's own encoding of the
 * operation's index in its transaction, and a count over the changes of that operation. It names no document, and
 * every process gives the same change the same one.
 */

/** Sorts before every change of its cluster time. */
export const startOf = (time: Timestamp): Position => `${timeKey(time)}.00.000000`;
/** Sorts after every change of its cluster time. */
export const endOf = (time: Timestamp): Position => `${timeKey(time)}.~~.000000`;

export const changePosition = (operation: string, ordinal: number): Position =>
  `${operation}.${ordinal.toString().padStart(6, '0')}`;

/** The part of the position that all changes of one operation share. */
export function operationOf(event: Doc): string {
  return `${timeKey(event.clusterTime as Timestamp)}.${transactionIndex(event._id)}`;
}

/** The cluster time to re-open a stream at, for what follows `position`; null where it is no position of this store. */
export function timeOf(position: Position): Timestamp | null {
  const match = /^([0-9A-F]{8})([0-9A-F]{8})\./.exec(position);
  if (!match) return null;
  const [seconds, increment] = match.slice(1).map((digits) => Number.parseInt(digits, 16));
  return new Timestamp({ t: seconds as number, i: increment as number });
}

/**
 * The cluster time of a resume token: its text begins with `82` and 8 hexadecimal digits each of seconds and
 * increment (MongoDB 4.0 and later). Null for other servers' tokens, with which a quiet stream does not advance.
 */
export function timeOfToken(token: unknown): Timestamp | null {
  const match = /^82([0-9A-F]{8})([0-9A-F]{8})/.exec(dataOf(token));
  if (!match) return null;
  const [seconds, increment] = match.slice(1).map((digits) => Number.parseInt(digits, 16));
  return new Timestamp({ t: seconds as number, i: increment as number });
}

const timeKey = (time: Timestamp): string => hex(time.getHighBitsUnsigned()) + hex(time.getLowBitsUnsigned());

const hex = (number: number): string => number.toString(16).toUpperCase().padStart(8, '0');

/** After the time come the token's format and kind, then this index, an integer whose encoding sorts as text. */
function transactionIndex(token: unknown): string {
  const match =
    /^82[0-9A-F]{16}2B0[24]2C0100(29|2B[0-9A-F]{2}|2C[0-9A-F]{4}|2D[0-9A-F]{6}|2E[0-9A-F]{8})6[EF]/.exec(
      dataOf(token),
    );
  return match?.[1] ?? '29';
}

const dataOf = (token: unknown): string =>
  isDoc(token) && typeof token._data === 'string' ? token._data : '';
