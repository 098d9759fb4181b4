// One writer and one subscriber. Asked {url, writes}, it answers with lists of times in ms, all from the moment a
// write was sent: until its event came (`events`) and until its answer did (`answers`); with {stream: {uri, database}} also
// until a change stream of the driver had it (`streamed`).
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { MongoClient } from 'mongodb';
import { onQuestion } from './ipc.mjs';
import { APPEND } from './live-operations.mjs';
import { follow, send } from './requests.mjs';

const SUBSCRIPTION =
  'subscription ($id: ID!) { messageAdded(sessionId: $id) { __typename ... on MessageAdded { message { messageId text } } } }';

onQuestion(measure);

async function measure({ url, writes, stream }) {
  const id = randomUUID();
  let came = () => {};
  const socket = await followSession(url, id, () => came(performance.now()));
  const changes = stream && (await watch(stream));
  const [events, answers, streamed] = [[], [], []];
  for (let n = 0; n < writes; n++) {
    const event = new Promise((resolve) => {
      came = resolve;
    });
    const change = changes?.next();
    const sent = performance.now();
    answers.push((await append(url, id, n)) - sent);
    events.push((await event) - sent);
    if (change) streamed.push((await change) - sent);
  }
  socket.terminate();
  await changes?.close();
  return { events, answers, streamed };
}

/** A change stream, opened; `next` resolves with the time at which the next change came. */
async function watch({ uri, database }) {
  const client = await new MongoClient(uri).connect();
  const stream = client.db(database).collection('sessions').watch();
  let came = () => {};
  stream.on('change', () => came(performance.now()));
  await once(stream.cursor, 'init');
  return {
    next: () =>
      new Promise((resolve) => {
        came = resolve;
      }),
    async close() {
      await stream.close();
      await client.close();
    },
  };
}

/** When the answer was there. */
function append(url, sessionId, n) {
  const input = {
    sessionId,
    agentId: 'a',
    createIfMissing: true,
    messages: [{ role: 'USER', text: `message ${n}` }],
  };
  return send(url, APPEND, { input });
}

function followSession(url, id, onMessage) {
  return new Promise((resolve, reject) => {
    const socket = follow(
      url,
      SUBSCRIPTION,
      { id },
      {
        onData({ messageAdded: { __typename } }) {
          if (__typename === 'MessageAdded') onMessage();
          else if (__typename === 'Ready') resolve(socket);
        },
        onError: reject,
      },
    );
  });
}
