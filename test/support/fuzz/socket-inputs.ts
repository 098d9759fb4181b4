import { type FrameOptions, frame } from './frames.js';
import type { Operation } from './operations.js';
import { nested, type Random, sometimes, strangeJson, strangeText } from './strange.js';

/** What opens a socket; the frames follow once it is answered. */
export const UPGRADE = Buffer.from(
  [
    'GET /graphql HTTP/1.1',
    'host: localhost',
    'connection: Upgrade',
    'upgrade: websocket',
    'sec-websocket-version: 13',
    'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol: graphql-transport-ws',
    'sec-websocket-extensions: permessage-deflate; client_max_window_bits',
    '\r\n',
  ].join('\r\n'),
);

const message = (value: unknown, options?: FrameOptions) => frame(JSON.stringify(value), options);
const init = () => message({ type: 'connection_init', payload: { authorization: 'x' } });
const subscribe = (id: unknown, payload: unknown) => message({ id, type: 'subscribe', payload });

const IDS = ['1', '2', '3', '__proto__', 'constructor', 'toString', '\0', '\u{1f468}'] as const;
const FOLLOW = 'subscription { sessionEvents(sessionId: "s0") { __typename cursor } }';

/** Messages of the protocol at the wrong time, twice, or not quite as they should be. */
const MESSAGES: readonly ((random: Random) => Buffer)[] = [
  (random) => subscribe(random.pick(IDS), { query: FOLLOW }),
  (random) => message({ id: random.pick(IDS), type: 'complete' }),
  () => message({ type: 'ping' }),
  (random) =>
    message({ type: 'ping', payload: sometimes(random, 0.3) ? { a: nested(3_000) } : strangeJson(random) }),
  (random) => message({ type: 'pong', payload: strangeJson(random) }),
  (random) => subscribe(random.pick(IDS), strangeJson(random)),
  (random) => subscribe(strangeJson(random), { query: FOLLOW }),
  (random) =>
    subscribe(random.pick(IDS), {
      query: FOLLOW,
      variables: strangeJson(random),
      operationName: strangeJson(random),
    }),
  (random) => subscribe(random.pick(IDS), { query: FOLLOW, extensions: { a: nested(2_000) } }),
  (random) => message({ type: strangeText(random), id: random.pick(IDS), payload: strangeJson(random) }),
  (random) => message(strangeJson(random)),
  (random) =>
    message({ id: random.pick(IDS), type: random.pick(['next', 'error', 'connection_ack']), payload: [] }),
  () => init(),
  // Begun and ended in one breath.
  (random) => {
    const id = random.pick(IDS);
    return Buffer.concat([
      subscribe(id, { query: FOLLOW }),
      message({ id, type: 'complete' }),
      subscribe(id, { query: FOLLOW }),
    ]);
  },
];

/** Frames that no client would send. */
const FRAMES: readonly ((random: Random) => Buffer)[] = [
  (random) => frame('{"type":"ping"}', { opcode: random.pick([2, 3, 7, 11, 15]) }),
  () => frame('{"type":"ping"}', { masked: false }),
  (random) => frame('{"type":"ping"}', { reserved: random.between(1, 7) }),
  (random) => frame('x', { length: random.pick([2, 126, 70_000, 2 ** 31, 2 ** 40, 2 ** 53 - 1]) }),
  () => frame(Buffer.from([0x7b, 0xc3, 0x28, 0x7d])),
  (random) => frame(Buffer.alloc(random.pick([0, 1, 125]), 'p'), { opcode: 9 }),
  () => Buffer.concat(Array<Buffer>(500).fill(frame('ping', { opcode: 9 }))),
  () => frame('unasked', { opcode: 10 }),
  () => frame(Buffer.alloc(200), { opcode: 9 }),
  () => frame('part', { opcode: 9, fin: false }),
  // In pieces: a message, with a ping in between; pieces without a beginning; a beginning without an end.
  () =>
    Buffer.concat([
      frame('{"type"', { fin: false }),
      frame('x', { opcode: 9 }),
      frame(':"ping"}', { opcode: 0 }),
    ]),
  () => frame('more', { opcode: 0 }),
  () => Buffer.concat([frame('{', { fin: false }), frame('{')]),
  () =>
    Buffer.concat([
      frame('', { fin: false }),
      ...Array<Buffer>(20_000).fill(frame('', { opcode: 0, fin: false })),
    ]),
  (random) =>
    frame(closing(random.pick([0, 999, 1_000, 1_005, 1_006, 1_015, 2_999, 4_400, 5_000, 65_535])), {
      opcode: 8,
    }),
  () => frame(Buffer.from([0x03]), { opcode: 8 }),
  () => frame(Buffer.concat([closing(1_000), Buffer.from([0xc3, 0x28])]), { opcode: 8 }),
  () => frame(`{"type":"ping","payload":"${'x'.repeat(300_000)}"}`),
  (random) => Buffer.from(Array.from({ length: 60 }, () => random.between(0, 255))),
  () => Buffer.from('GET / HTTP/1.1\r\n\r\n'),
];

function closing(code: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(code);
  return bytes;
}

/** What is sent on one socket after its upgrade. */
export function socketInput(random: Random, operation: (random: Random) => Operation): Buffer[] {
  const pieces = sometimes(random, 0.95) ? [init()] : [];
  for (let count = random.between(1, 12); count > 0; count--) {
    const id = sometimes(random, 0.1) ? random.pick(IDS) : `o${count}`;
    const usual = sometimes(random, 0.92);
    pieces.push(usual ? subscribe(id, operation(random)) : random.pick(MESSAGES)(random));
  }
  // Most of these end the socket: what comes before them is answered.
  if (sometimes(random, 0.4)) {
    const frames = random.pick(FRAMES)(random);
    if (sometimes(random, 0.7)) pieces.push(frames);
    else pieces.splice(random.between(0, pieces.length), 0, frames);
  }
  return pieces;
}
