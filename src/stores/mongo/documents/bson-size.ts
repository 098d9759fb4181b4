import { BSON } from 'mongodb';
import type { Steps } from '../../../domain/async/in-slices.js';
import { isComposed, isDoc } from './bson-json.js';

/** Members that one step goes through. */
const STEP = 4_096;
/** Length and end of a document; type and end of the name of a member. */
const [DOCUMENT, MEMBER] = [5, 2];
const [LEAST_INT32, MOST_INT32] = [-(2 ** 31), 2 ** 31 - 1];

/**
 * How many bytes the driver writes for a document, in steps: its own count of a million numbers takes most of a tenth of a second.
 */
export function* bsonSizeSteps(value: unknown): Steps<number> {
  if (Array.isArray(value)) return yield* listSteps(value);
  // What the driver is to see otherwise says so itself.
  if (isDoc(value) && !('toBSON' in value)) return yield* membersSteps(value);
  return sizeOf(value);
}

function* listSteps(list: readonly unknown[]): Steps<number> {
  let bytes = DOCUMENT;
  let digits = 1;
  for (let index = 0, more = 10; index < list.length; index++) {
    if (index === more) {
      digits++;
      more *= 10;
    }
    if (index % STEP === STEP - 1) yield;
    const value = list[index];
    bytes += MEMBER + digits + (isComposed(value) ? yield* bsonSizeSteps(value) : sizeOf(value));
  }
  return bytes;
}

function* membersSteps(doc: Record<string, unknown>): Steps<number> {
  let bytes = DOCUMENT;
  let looked = 0;
  for (const key of Object.keys(doc)) {
    if (++looked % STEP === 0) yield;
    const value = doc[key];
    bytes +=
      MEMBER + Buffer.byteLength(key) + (isComposed(value) ? yield* bsonSizeSteps(value) : sizeOf(value));
  }
  return bytes;
}

function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 5 + Buffer.byteLength(value);
  if (typeof value === 'number')
    return Number.isInteger(value) && value >= LEAST_INT32 && value <= MOST_INT32 && !Object.is(value, -0)
      ? 4
      : 8;
  if (typeof value === 'boolean') return 1;
  if (value === null || value === undefined) return 0;
  // Dates, bytes and the driver's own kinds: alone in a document, without what that takes.
  return BSON.calculateObjectSize({ v: value }) - DOCUMENT - MEMBER - 1;
}
