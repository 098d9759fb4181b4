import { inSlices, type Steps } from '../../../domain/async/in-slices.js';
import { namesOfWide, noteWide } from '../../../domain/json/json-size.js';
import { JsonText } from '../../../domain/json/json-text.js';
import type { JsonValue } from '../../../domain/json/json-value.js';
import { stringifySteps } from '../../../domain/json/write-json.js';

/** An input as it is sent to a thread; `packed`: what stands in places of it that are empty, as UTF-8 of its JSON. */
export interface Sendable {
  input: unknown;
  packed: readonly Packed[];
}

interface Packed {
  path: readonly string[];
  json: Uint8Array<ArrayBuffer>;
}

/** Values that are copied in one piece: each takes a third of a microsecond, and nothing else can be done meanwhile. */
const COPIED_AT_ONCE = 10_000;
const NONE_KEPT: ReadonlySet<string> = new Set();
/** A value of fewer is sent as it is, wherever it stands. */
const SENT_AS_IT_IS = 1_000;
/** Values that one step looks at. */
const STEP = 2_000;

/** Whether the input holds so many values that to copy it takes some ms. */
export const isManifold = (input: unknown): boolean => valuesLeft(input, COPIED_AT_ONCE) < 0;

/** The input with what holds very many values written as JSON, in slices of the event loop's time. It must not change meanwhile. */
export async function sendable(input: unknown): Promise<Sendable> {
  const packed: Packed[] = [];
  return { input: await inSlices(packSteps(input, [], packed)), packed };
}

/** The input that was sent. `kept`: names of what stays the JSON that it came as. */
export function received({ input, packed = [] }: Partial<Sendable>, kept = NONE_KEPT): unknown {
  const root = { input };
  for (const { path, json } of packed) {
    const keys = ['input', ...path];
    const last = keys.pop() as string;
    let place: Record<string, unknown> = root;
    for (const key of keys) place = place[key] as Record<string, unknown>;
    const written = new JsonText<JsonValue>(Buffer.from(json.buffer, json.byteOffset, json.byteLength));
    place[last] = kept.has(last) ? written : written.valueOf();
  }
  return root.input;
}

/** Messages are packed part by part: whoever writes them looks at what they are called. */
const isOfMessages = ({ 0: first, length }: readonly string[]): boolean => first === 'messages' && length < 3;

function* packSteps(value: unknown, path: readonly string[], packed: Packed[]): Steps<unknown> {
  if (typeof value !== 'object' || value === null || valuesLeft(value, SENT_AS_IT_IS) >= 0) return value;
  if (!isOfMessages(path) && (yield* jsonSteps(value))) {
    packed.push({ path, json: yield* bytesSteps(value) });
    return null;
  }
  const members: [string, unknown][] = [];
  for (const key of Object.keys(value)) {
    members.push([key, yield* packSteps((value as Record<string, unknown>)[key], [...path, key], packed)]);
    yield;
  }
  return Array.isArray(value) ? members.map(([, member]) => member) : Object.fromEntries(members);
}

/** Whether its JSON says all of it: there is no date, no bytes and nothing undefined in it. */
function* jsonSteps(value: object): Steps<boolean> {
  if (!isPlainObject(value)) return false;
  let left = STEP;
  const names = Array.isArray(value) ? null : (namesOfWide(value) ?? Object.keys(value));
  const { length } = names ?? (value as readonly unknown[]);
  for (let index = 0; index < length; index++) {
    const item = (value as Record<string | number, unknown>)[names ? (names[index] as string) : index];
    const after = valuesLeft(item, STEP, true);
    if (Number.isNaN(after)) return false;
    if (after < 0 && !(yield* jsonSteps(item as object))) return false;
    left -= STEP - Math.max(after, 0);
    if (left >= 0) continue;
    yield;
    left = STEP;
  }
  return true;
}

function* bytesSteps(value: unknown): Steps<Uint8Array<ArrayBuffer>> {
  const pieces: Buffer[] = [];
  yield* stringifySteps(value, (piece) => void pieces.push(Buffer.from(piece)));
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** How many values fewer there are than `left`; it stops below 0. `asJson`: NaN where one of them is none in JSON. */
function valuesLeft(value: unknown, left: number, asJson = false): number {
  if (typeof value !== 'object' || value === null)
    return asJson && value === undefined ? Number.NaN : left - 1;
  if (!isPlainObject(value)) return asJson ? Number.NaN : left - 1;
  let rest = left - 1;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length && rest >= 0; index++)
      rest = valuesLeft(value[index], rest, asJson);
    return rest;
  }
  const names = namesOfWide(value);
  if (names) {
    for (let at = 0; at < names.length && rest >= 0; at++)
      rest = valuesLeft((value as Record<string, unknown>)[names[at] as string], rest, asJson);
    return rest;
  }
  // Every key is its own.
  for (const key in value) {
    if (!(rest >= 0)) break;
    rest = valuesLeft((value as Record<string, unknown>)[key], rest, asJson);
  }
  if (rest < 0) noteWide(value);
  return rest;
}

function isPlainObject(value: object): boolean {
  if (Array.isArray(value)) return true;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
