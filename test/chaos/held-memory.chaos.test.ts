import { once } from 'node:events';
import type { Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import { frame } from '../support/fuzz/frames.js';
import { open, text, upgrade } from '../support/hostile/attacks.js';
import { type MeasuredServer, startMeasured } from '../support/measured-server.js';

/* With little memory: what one caller can have it hold leaves the process alive, and room for what comes next. */

const MB = 1024 * 1024;
const HEAP_MB = 256;

let server: MeasuredServer;
beforeEach(async () => {
  server = await startMeasured({ NODE_OPTIONS: `--max-old-space-size=${HEAP_MB}` });
});
afterEach(async () => {
  expect(await server.stop()).toEqual([]);
});

async function ask(query: string, variables: object = {}) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  });
  // biome-ignore lint/suspicious/noExplicitAny: the shape of an answer is what each test asks for.
  return (await response.json()) as any;
}

const alive = async () => expect(await ask('{ __typename }')).toEqual({ data: { __typename: 'Query' } });

/** Opens so many subscriptions on one socket; how many were refused. */
async function follow(documents: readonly string[]): Promise<{ refused: number; socket: WebSocket } | null> {
  const socket = new WebSocket(server.url.replace('http', 'ws'), 'graphql-transport-ws');
  socket.on('error', () => {});
  await once(socket, 'open');
  socket.send('{"type":"connection_init"}');
  const closed = once(socket, 'close').then(() => null);
  const answers = new Set<string>();
  let refused = 0;
  const answered = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const { id, type } = JSON.parse(String(data));
      if (typeof id !== 'string' || answers.has(id)) return;
      answers.add(id);
      if (type === 'error') refused++;
      if (answers.size === documents.length) resolve();
    });
  });
  const introduced = once(socket, 'message').then(() => true);
  // Where it has no memory left, it is not let in.
  if (!(await Promise.race([introduced, closed]))) return null;
  documents.forEach((query, id) => {
    socket.send(JSON.stringify({ id: String(id), type: 'subscribe', payload: { query } }));
  });
  return Promise.race([answered.then(() => ({ refused, socket })), closed]);
}

it.each([
  [
    'of their own',
    25,
    (n: number) => `subscription { sessionEvents(sessionId: "s") { cursor f${n}: __typename } }`,
  ],
  [
    'with long documents of their own',
    3,
    (n: number) =>
      `subscription { sessionEvents(sessionId: "s") { cursor ${Array.from({ length: 300 }, (_, m) => `f${n}_${m}: __typename`).join(' ')} } }`,
  ],
])(
  'subscriptions %s on %i sockets are refused in time',
  async (_name, sockets, document) => {
    const opened: WebSocket[] = [];
    let refused = 0;
    for (let first = 0; first < sockets * 200; first += 200) {
      const one = await follow(Array.from({ length: 200 }, (_, n) => document(first + n)));
      if (one) opened.push(one.socket);
      refused += one?.refused ?? 200;
    }
    expect(refused).toBeGreaterThan(0);
    const { heap } = await server.memory();
    expect(heap / MB).toBeLessThan(HEAP_MB * 0.75);
    await alive();
    const gone = opened.map((socket) => once(socket, 'close'));
    for (const socket of opened) socket.terminate();
    await Promise.all(gone);
    await alive();
  },
  600_000,
);

it.each([
  [
    'in one frame',
    40,
    (socket: Socket) => socket.write(frame(Buffer.alloc(6 * MB, ' '), { length: 8 * MB })),
  ],
  [
    'in frames of a byte',
    60,
    (socket: Socket) =>
      socket.write(
        Buffer.concat([
          frame(' ', { fin: false }),
          Buffer.concat(Array<Buffer>(16_000).fill(frame(' ', { opcode: 0, fin: false }))),
        ]),
      ),
  ],
])(
  'messages that are never whole, %s, are cut in time',
  async (_name, count, begin) => {
    const before = await server.memory();
    const sockets = await Promise.all(Array.from({ length: count }, () => open(server.port)));
    for (const socket of sockets) {
      await upgrade(socket);
      socket.write(text({ type: 'connection_init' }));
      begin(socket);
    }
    let most = 0;
    for (let round = 0; round < 10; round++) {
      most = Math.max(most, (await server.memory()).rss);
      await alive();
    }
    expect((most - before.rss) / MB).toBeLessThan(300);
    for (const socket of sockets) socket.destroy();
  },
  600_000,
);

it('states full of brackets are not parsed where they are too many together', async () => {
  const state = { lists: Array.from({ length: 300_000 }, () => []) };
  for (let n = 0; n < 12; n++) {
    const written = await ask(
      `mutation ($state: JSONObject!) {
        appendMessages(input: {sessionId: "s", agentId: "a${n}", createIfMissing: true, messages: [{role: USER, text: "a"}]}) { agent { agentId } }
        upsertAgent(input: {sessionId: "s", agentId: "a${n}", state: $state}) { agent { agentId } }
      }`,
      { state },
    );
    expect(written.errors).toBeUndefined();
  }
  const reads = Array.from({ length: 20 }, () => ask('{ session(sessionId: "s") { agents { state } } }'));
  for (const { errors } of await Promise.all(reads))
    expect(errors[0].extensions.code).toBe('QUERY_TOO_COMPLEX');
  await alive();
}, 600_000);
