// The load of `mixed`, in a process of its own. Asked {url, seconds}, it answers with the times in ms of what was asked meanwhile: of
// queries, of appends, and from an append until each follower has its event.
import { Agent, request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { APPEND } from './live-operations.mjs';

const READERS = 32;
/** A reader asks again so long after its answer: without a pause, readers measure how fast they are answered. */
const READ_EVERY_MS = 100;
const APPENDS_PER_SECOND = 50;
const FOLLOWERS = 1_000;
const SESSIONS = 100;
const OPENED_AT_ONCE = 200;

const QUERY = `query ($id: ID!) { session(sessionId: $id) { sessionId agents { agentId messages(last: 20) { nodes { messageId role text createdAt } } } } }`;
const SUBSCRIPTION = `subscription ($id: ID!) { messageAdded(sessionId: $id) { ... on MessageAdded { agentId message { messageId role text createdAt } } } }`;

const agent = new Agent({ keepAlive: true, noDelay: true });

process.on('message', async (question) => {
  try {
    process.send({ answer: await measure(question) });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});

async function measure({ url, seconds }) {
  const times = { queries: [], appends: [], events: [] };
  const sent = new Map();
  const appendTo = async (n) => {
    const text = `${process.hrtime.bigint()} ${'Where is my order? '.repeat(20)}`;
    sent.set(text, performance.now());
    const input = {
      sessionId: `session-${n}`,
      agentId: 'support',
      createIfMissing: true,
      messages: [{ role: 'USER', text }],
    };
    await ask(url, APPEND, { input });
    return sent.get(text);
  };
  for (let n = 0; n < SESSIONS; n++) await appendTo(n);
  const onEvent = (text) => times.events.push(performance.now() - sent.get(text));
  const sockets = [];
  for (let n = 0; n < FOLLOWERS; n += OPENED_AT_ONCE) {
    const opening = Array.from({ length: OPENED_AT_ONCE }, (_, m) =>
      follow(url, `session-${(n + m) % SESSIONS}`, onEvent),
    );
    sockets.push(...(await Promise.all(opening)));
  }
  // Peers say nothing of a subscription that stands.
  await pause(500);
  const until = performance.now() + seconds * 1_000;
  const reading = Array.from({ length: READERS }, async (_, n) => {
    await pause((n * READ_EVERY_MS) / READERS);
    for (let m = n; performance.now() < until; m += READERS) {
      const begin = performance.now();
      await ask(url, QUERY, { id: `session-${m % SESSIONS}` });
      times.queries.push(performance.now() - begin);
      await pause(READ_EVERY_MS);
    }
  });
  const writing = [];
  for (let n = 0; performance.now() < until; n++) {
    writing.push(appendTo(n % SESSIONS).then((begin) => times.appends.push(performance.now() - begin)));
    await pause(1_000 / APPENDS_PER_SECOND);
  }
  await Promise.all([...reading, ...writing]);
  await pause(500);
  for (const socket of sockets) socket.terminate();
  const expected = (times.appends.length * FOLLOWERS) / SESSIONS;
  if (times.events.length !== expected) throw new Error(`${times.events.length} events came of ${expected}`);
  return times;
}

function ask(url, query, variables) {
  const body = JSON.stringify({ query, variables });
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        const parts = [];
        response.on('data', (part) => parts.push(part));
        response.on('end', () => {
          const text = Buffer.concat(parts).toString();
          if (response.statusCode === 200 && !text.includes('"errors"')) resolve();
          else reject(new Error(text));
        });
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

function follow(url, id, onEvent) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === 'connection_ack') {
        socket.send(
          JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, variables: { id } } }),
        );
        resolve(socket);
      } else if (type === 'next') {
        const { message } = payload.data?.messageAdded ?? {};
        if (message) onEvent(message.text);
      } else if (type === 'ping') socket.send('{"type":"pong"}');
      else reject(new Error(`the server sent ${data}`));
    });
  });
}
