import { BSON } from 'mongodb';
import type { Doc } from './bson-json.js';
import { elementsAt, wrapped } from './stored-bytes.js';

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
};

/**
 * What is read of a large value: all, nothing but its kind, or each member as the shape of its name says, where `undefined` leaves it
 * out. Of a list the names are its indices.
 */
export type Shape = 'whole' | 'kind' | ((name: string) => Shape | undefined);

/** A document of an event, of which `shape` says what is read where it is large. */
export const readEvent = (bytes: Uint8Array, shape: Shape): Doc =>
  docOf(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), shape);

function docOf(bytes: Buffer, shape: Shape): Doc {
  if (shape === 'whole' || bytes.length <= WHOLE_BYTES) return BSON.deserialize(bytes, OPTIONS);
  // Not by assignment: `__proto__` is a key like any other.
  return shape === 'kind' ? {} : Object.fromEntries(membersOf(bytes, shape));
}

function* membersOf(bytes: Buffer, shape: (name: string) => Shape | undefined): Generator<[string, unknown]> {
  for (const { type, name, start, from, to } of elementsAt(bytes, 0)) {
    const own = shape(name);
    if (own === undefined) continue;
    if (type === OBJECT) yield [name, docOf(bytes.subarray(from, to), own)];
    else if (own === 'whole' || to - start <= WHOLE_BYTES)
      yield [name, alone(bytes.subarray(start, to), name)];
    else yield [name, type === ARRAY ? listOf(bytes.subarray(from, to), own) : ''];
  }
}

/** Of a list of which the kind is read alone the first elements: they tell whether it has one. */
function listOf(bytes: Buffer, shape: Exclude<Shape, 'whole'>): unknown[] {
  const elements: unknown[] = [];
  for (const [, element] of membersOf(bytes, shape === 'kind' ? () => 'kind' : shape)) {
    elements.push(element);
    if (shape === 'kind' && elements.length > 1) break;
  }
  return elements;
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

/** Of a reply: whose it is, and all that was written but what it ends with. */
export const REPLY_EVENT = event(members({ session_id: 'whole' }), (path) =>
  /^recent(\.\d+)?$/.test(path) ? 'whole' : 'kind',
);
