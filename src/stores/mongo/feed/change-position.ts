import { Timestamp } from 'mongodb';
import type { Position } from '../../../domain/sessions/session-store.js';
import { type Doc, isDoc } from '../documents/bson-json.js';

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

/** In ms since 1970. Servers before 6.0 tell the second alone. */
export const writtenAt = ({ wallTime, clusterTime }: Doc): number =>
  wallTime instanceof Date ? wallTime.getTime() : (clusterTime as Timestamp).getHighBitsUnsigned() * 1_000;

/**
 * The cluster time at which to open a stream for what follows `position`; null where it is no position of this store.
 * After the end of a time it is the next one, so that a drop of the collection then does not end the new stream, too.
 */
export function timeAfter(position: Position): Timestamp | null {
  const time = timeOf(position);
  if (!time || position !== endOf(time)) return time;
  return new Timestamp({ t: time.getHighBitsUnsigned(), i: time.getLowBitsUnsigned() + 1 });
}

export function timeOf(position: Position): Timestamp | null {
  const match = /^([0-9A-F]{8})([0-9A-F]{8})\./.exec(position);
  return match ? timeFrom(match) : null;
}

/**
 * The cluster time of a resume token: its text begins with `82` and 8 hexadecimal digits each of seconds and
 * increment (MongoDB 4.0 and later). Null for other servers' tokens, with which a quiet stream does not advance.
 */
export function timeOfToken(token: unknown): Timestamp | null {
  const match = /^82([0-9A-F]{8})([0-9A-F]{8})/.exec(dataOf(token));
  return match ? timeFrom(match) : null;
}

const timeFrom = ([, seconds = '', increment = '']: RegExpExecArray): Timestamp =>
  new Timestamp({ t: Number.parseInt(seconds, 16), i: Number.parseInt(increment, 16) });

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
