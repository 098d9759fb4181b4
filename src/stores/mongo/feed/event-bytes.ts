import { BSON } from 'mongodb';
import type { Steps } from '../../../domain/async/in-slices.js';
import type { Doc } from '../documents/bson-json.js';
import { AS_IT_IS, elementsAt, wrapped } from '../documents/stored-bytes.js';

/*
 * Events of a change stream hold what was written, up to 16 MB of it, and nobody asks them for that. What is large is passed by where
 * it lies: read whole it takes several times its bytes in memory, and the event loop for as long.
 */

/** Up to here an event or a value is read whole: that is faster than to choose. */
const WHOLE_BYTES = 1024;

const OPTIONS = {
  // Long ids are kept whole.
  promoteLongs: false,
  // A pattern that JavaScript does not know would end the feed, again and again.
  bsonRegExp: true,
  // The driver looks names up in this without asking whose they are.
  fieldsAsRaw: Object.create(null),
  validation: AS_IT_IS,
};

/**
 * What is read of a large value: all, nothing but its kind, or each member as the shape of its name says, where `undefined` leaves it
 * out. Of a list the names are its indices.
 */
export type Shape = 'whole' | 'kind' | ((name: string) => Shape | undefined);

/** Elements that are looked at in one step. */
const STEP = 32;

/**
 * A document of an event in steps, of which `shape` says what is read where it is large: one that was written whole may hold a hundred
 * thousand messages.
 */
export const eventSteps = (bytes: Uint8Array, shape: Shape): Steps<Doc> =>
  docSteps(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), shape);

function* docSteps(bytes: Buffer, shape: Shape): Steps<Doc> {
  if (shape === 'whole' || bytes.length <= WHOLE_BYTES) return BSON.deserialize(bytes, OPTIONS);
  // Not by assignment: `__proto__` is a key like any other.
  return shape === 'kind' ? {} : Object.fromEntries(yield* memberSteps(bytes, shape));
}

/** The first `most` of those that the shape does not leave out. */
function* memberSteps(
  bytes: Buffer,
  shape: (name: string) => Shape | undefined,
  most = Number.POSITIVE_INFINITY,
): Steps<[string, unknown][]> {
  const members: [string, unknown][] = [];
  let looked = 0;
  for (const { type, name, start, from, to } of elementsAt(bytes, 0)) {
    if (++looked % STEP === 0) yield;
    const own = shape(name);
    if (own === undefined) continue;
    if (type === OBJECT) members.push([name, yield* docSteps(bytes.subarray(from, to), own)]);
    else if (own === 'whole' || to - start <= WHOLE_BYTES)
      members.push([name, alone(bytes.subarray(start, to), name)]);
    else members.push([name, type === ARRAY ? yield* listSteps(bytes.subarray(from, to), own) : '']);
    if (members.length >= most) break;
  }
  return members;
}

/** Of a list of which the kind is read alone the first elements: they tell whether it has one. */
function* listSteps(bytes: Buffer, shape: Exclude<Shape, 'whole'>): Steps<unknown[]> {
  const members =
    shape === 'kind' ? yield* memberSteps(bytes, () => 'kind', 2) : yield* memberSteps(bytes, shape);
  return members.map(([, element]) => element);
}

/** The value of one element, which has its type and its name before it. */
function alone(element: Buffer, name: string): unknown {
  return BSON.deserialize(wrapped(element), OPTIONS)[name];
}

const [OBJECT, ARRAY] = [0x03, 0x04];

const members = (shapes: Readonly<Record<string, Shape>>) => (name: string) =>
  Object.hasOwn(shapes, name) ? shapes[name] : undefined;
const each = (shape: Shape) => () => shape;

/** What tells a message from others, and when it was written. */
const MESSAGE = members({
  message_id: 'whole',
  storage_id: 'whole',
  created_at: 'whole',
  updated_at: 'whole',
});
const AGENT = members({ messages: each(MESSAGE) });
const SESSION = members({ created_at: 'whole', agents: each(AGENT) });
/** By the places of the path: `agents`, the agent's id, `messages`, an index. */
const BELOW: readonly Shape[] = [each(AGENT), AGENT, each(MESSAGE), MESSAGE];

/** A field that was written, by its path. */
function shapeOfField(path: string): Shape {
  const segments = path.split('.', BELOW.length + 1);
  if (segments[0] !== 'agents') return 'kind';
  if (segments.length > 2 && segments[2] !== 'messages') return 'kind';
  return BELOW[segments.length - 1] ?? 'kind';
}

const event = (fullDocument: Shape, updatedFields: Shape): Shape =>
  members({
    _id: 'whole',
    operationType: 'whole',
    clusterTime: 'whole',
    wallTime: 'whole',
    documentKey: 'whole',
    fullDocument,
    updateDescription: members({ updatedFields, removedFields: 'whole', truncatedArrays: 'whole' }),
  });

/** Of a session: when it was made, its agents, and the identities of their messages. */
export const SESSION_EVENT = event(SESSION, shapeOfField);

/** Of a reply: whose it is, when it began, and all that was written but what it ends with. */
export const REPLY_EVENT = event(members({ session_id: 'whole', started_at: 'whole' }), (path) =>
  /^recent(\.\d+)?$/.test(path) ? 'whole' : 'kind',
);
