// The load of `mixed`, in a process of its own. Asked {url, seconds}, it answers with the times in ms of what was asked meanwhile: of
// queries, of appends, and from an append until each follower has its event.
import { setTimeout as pause } from 'node:timers/promises';
import { onQuestion } from './ipc.mjs';
import { APPEND } from './live-operations.mjs';
import { follow, send } from './requests.mjs';

const READERS = 32;
/** A reader asks again so long after its answer: without a pause, readers measure how fast they are answered. */
const READ_EVERY_MS = 100;
const APPENDS_PER_SECOND = 50;
const FOLLOWERS = 1_000;
const SESSIONS = 100;
const OPENED_AT_ONCE = 200;

const QUERY = `query ($id: ID!) { session(sessionId: $id) { sessionId agents { agentId messages(last: 20) { nodes { messageId role text createdAt } } } } }`;
const SUBSCRIPTION = `subscription ($id: ID!) { messageAdded(sessionId: $id) { ... on MessageAdded { agentId message { messageId role text createdAt } } } }`;

onQuestion(measure);

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
    await send(url, APPEND, { input });
    return sent.get(text);
  };
  for (let n = 0; n < SESSIONS; n++) await appendTo(n);
  const onEvent = (text) => times.events.push(performance.now() - sent.get(text));
  const sockets = [];
  for (let n = 0; n < FOLLOWERS; n += OPENED_AT_ONCE) {
    const opening = Array.from({ length: OPENED_AT_ONCE }, (_, m) =>
      followSession(url, `session-${(n + m) % SESSIONS}`, onEvent),
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
      await send(url, QUERY, { id: `session-${m % SESSIONS}` });
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

function followSession(url, id, onEvent) {
  return new Promise((resolve, reject) => {
    const socket = follow(
      url,
      SUBSCRIPTION,
      { id },
      {
        onAsked: () => resolve(socket),
        onData: ({ messageAdded }) => messageAdded?.message && onEvent(messageAdded.message.text),
        onError: reject,
      },
    );
  });
}
