// One writer and one subscriber. Asked {url, writes}, it answers with lists of times in ms, all from the moment a
// write was sent: until its event came (`events`) and until its answer did (`answers`); with {stream: {uri, database}} also
// until a change stream of the driver had it (`streamed`).
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { MongoClient } from 'mongodb';
import WebSocket from 'ws';

const agent = new Agent({ keepAlive: true, noDelay: true });
const SUBSCRIPTION =
  'subscription ($id: ID!) { messageAdded(sessionId: $id) { __typename ... on MessageAdded { message { messageId text } } } }';
const APPEND =
  'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { messageId } } }';

process.on('message', async (question) => {
  try {
    process.send({ answer: await measure(question) });
  } catch (error) {
    process.send({ error: String(error?.stack ?? error) });
  }
});

async function measure({ url, writes, stream }) {
  const id = randomUUID();
  let came = () => {};
  const socket = await follow(url, id, () => came(performance.now()));
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
  const body = JSON.stringify({ query: APPEND, variables: { input } });
  return new Promise((resolve, reject) => {
    const asked = request(
      url,
      { method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (response) => {
        response.once('data', () => resolve(performance.now()));
        response.on('data', (data) => String(data).includes('"errors"') && reject(new Error(String(data))));
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });
}

function follow(url, id, onMessage) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.on('message', (data) => {
      const text = String(data);
      if (text.includes('"MessageAdded"')) onMessage();
      else if (text.includes('connection_ack')) {
        const payload = { query: SUBSCRIPTION, variables: { id } };
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload }));
      } else if (text.includes('"Ready"')) resolve(socket);
    });
  });
}
