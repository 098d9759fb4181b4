import { encode } from '../bson/encode.js';
import { type Binary, ObjectId, type Value } from '../bson/values.js';
import { ServerError } from '../errors.js';
import type { ClusterTime } from '../state/cluster-time.js';

/**
 * Resume tokens as a 4.4 writes them: the fields as text that sorts as the events do. Nothing but the time is read back
 * from one; whatever else it says is compared as a whole.
 */
const VERSION = '2B02';
const HIGH_WATER_MARK = '29296E04';
/** Field by field: the bytes of a collection's UUID may look like any field, and like the end. */
const WHOLE = /^82.{16}2B02(29296E|2C0100(29|2B..)6[EF](5A1004.{32})?(46.*)?)04$/i;

const hex = (value: number): string => value.toString(16).toUpperCase().padStart(2, '0');
const prefix = (time: ClusterTime): string =>
  `82${time.toString(16).toUpperCase().padStart(16, '0')}${VERSION}`;

/** The token of a time at which nothing happened that the stream shows. */
export const highWaterMark = (time: ClusterTime): string => prefix(time) + HIGH_WATER_MARK;

export interface TokenParts {
  time: ClusterTime;
  index: number;
  invalidate: boolean;
  uuid: Binary | undefined;
  id: Value | undefined;
}

export function eventToken({ time, index, invalidate, uuid, id }: TokenParts): string {
  const place = index === 0 ? '29' : `2B${hex(index * 2)}`;
  const collection = uuid ? `5A1004${uuid.toString('hex').toUpperCase()}` : '';
  const key = id === undefined ? '' : documentKey(id);
  return `${prefix(time)}2C0100${place}${invalidate ? '6F' : '6E'}${collection}${key}04`;
}

const bytesHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex').toUpperCase();

/** `{_id: …}`: type and name, then type and value. Types of which no recording exists only have to sort somehow. */
function documentKey(id: Value): string {
  const name = '5F696400';
  if (typeof id === 'string')
    return `463C${name}3C${bytesHex(Buffer.from(id)).replace(/(..)/g, (byte) => (byte === '00' ? '00FF' : byte))}0000`;
  if (id instanceof ObjectId) return `4664${name}64${bytesHex(id.id)}00`;
  return `463C${name}3C${bytesHex(encode(new Map([['', id]])))}0000`;
}

/** What a token must look like to be understood: the server's refusals in their order. */
export function timeOfToken(token: Value | undefined, shown: string): ClusterTime {
  if (typeof token !== 'string')
    throw new ServerError(
      40647,
      `Bad resume token: _data of missing or of wrong type. Expected string, got ${shown}`,
    );
  if (token === '') throw new ServerError(40649, 'invalid empty resume token');
  if (!/^([0-9A-Fa-f]{2})+$/.test(token))
    throw new ServerError(9, 'resume token string was not a valid hex string');
  if (!token.startsWith('82'))
    throw new ServerError(
      50811,
      `KeyString format error: Unknown type: ${Number.parseInt(token.slice(0, 2), 16)}`,
    );
  if (!WHOLE.test(token))
    throw new ServerError(15, 'Invalid advance (16) past end of buffer[1] at offset: 0');
  return BigInt(`0x${token.slice(2, 18)}`);
}

export const isHighWaterMark = (token: string): boolean => token.slice(22) === HIGH_WATER_MARK;
export const isInvalidate = (token: string): boolean => /^.{22}2C0100(29|2B..)6F/.test(token);
