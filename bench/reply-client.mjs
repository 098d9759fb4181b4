// Writers and readers of replies in progress, in a process of their own. Asked {do: 'open', url, replies, readers, relay}, it answers
// once so many replies are started, and each followed by so many readers; asked {do: 'write', parts, everyMs}, once so many parts of
// each reply have come to every reader, with the ms that they took (a sample), the number of frames that came, and the last frame; asked {do: 'close'}, once all
// is closed. With `relay` the address is that of a relay of frames: what a reader of Parley was sent.
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import WebSocket from 'ws';
import { onQuestion } from './ipc.mjs';
import { CONTINUE_REPLY, START_REPLY } from './live-operations.mjs';

const FOLLOW = `subscription ($id: ID!) { sessionEvents(sessionId: $id, replies: true) {
  __typename cursor
  ... on ReplyStarted { replyId reply { text } }
  ... on ReplyProgress { replyId offset parts { block text } }
  ... on ReplyFinished { replyId message { messageId } } } }`;
const TEXT = 'a few words of it, ';

let open = [];
let closing = [];

onQuestion((question) => doing[question.do](question));

const doing = {
  async open({ url, replies, readers, relay = null }) {
    for (let n = 0; n < replies; n++) open.push(await (relay ? openRelayed : openReply)(url, readers, relay));
    return open.length;
  },
  async write({ parts, everyMs }) {
    const begun = performance.now();
    const answers = await Promise.all(
      open.map(async (reply, n) => {
        // Not all in the same moment.
        await pause((everyMs * n) / open.length);
        return reply.write(parts, everyMs);
      }),
    );
    return {
      ms: performance.now() - begun,
      latencies: answers.flatMap(({ latencies }) => latencies),
      frames: answers.reduce((sum, { frames }) => sum + frames, 0),
      sample: answers[0].sample,
    };
  },
  async close() {
    const leaving = closing;
    closing = [];
    const closed = leaving.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of leaving) socket.terminate();
    await Promise.all(closed);
    open = [];
    return null;
  },
};

async function connect(url, ...protocols) {
  const socket = new WebSocket(url.replace('http', 'ws'), protocols, { perMessageDeflate: false });
  closing.push(socket);
  await once(socket, 'open');
  socket.on('close', (code, reason) => {
    if (closing.includes(socket)) console.error(`closed with ${code} ${reason}`);
  });
  return socket;
}

async function connectGraphQL(url) {
  const socket = await connect(url, 'graphql-transport-ws');
  socket.send('{"type":"connection_init"}');
  await once(socket, 'message');
  return socket;
}

/** Counts text that comes to readers: parts may come joined. */
function counting(readers, lengthOf) {
  let wanted = Number.POSITIVE_INFINITY;
  let [slowest, arrived] = [0, () => {}];
  const seen = new Array(readers).fill(0);
  const counter = { frames: 0, sample: null, latencies: [], sentAt: [], unit: TEXT.length };
  return {
    counter,
    came(reader, data) {
      const text = String(data);
      const length = lengthOf(text);
      if (length === 0) return;
      counter.frames++;
      counter.sample = text;
      seen[reader] += length;
      if (reader === 0) {
        const sent = counter.sentAt[Math.floor(seen[0] / counter.unit) - 1];
        if (sent !== undefined) counter.latencies.push(performance.now() - sent);
      }
      if (seen[reader] < wanted) return;
      slowest = Math.min(...seen);
      if (slowest >= wanted) arrived();
    },
    until(length) {
      wanted = length;
      return new Promise((resolve) => {
        arrived = resolve;
        if (Math.min(...seen) >= wanted) resolve();
      });
    },
  };
}

/** Sends `parts` pieces at their pace, whatever is answered meanwhile. */
async function paced(count, everyMs, send) {
  const begun = performance.now();
  for (let n = 0; n < count; n++) {
    const wait = begun + n * everyMs - performance.now();
    if (wait > 0) await pause(wait);
    send(n);
  }
}

async function openReply(url, readers) {
  const id = randomUUID();
  const writer = await connectGraphQL(url);
  let answered = () => {};
  let serial = 0;
  writer.on('message', (data) => {
    const text = String(data);
    if (text.includes('"errors"')) throw new Error(text);
    if (text.startsWith('{"id":"s"') && text.includes('"next"'))
      answered(JSON.parse(text).payload.data.startReply);
  });
  const input = { sessionId: id, agentId: 'a', createIfMissing: true, replyTimeout: 600 };
  const started = new Promise((resolve) => {
    answered = resolve;
  });
  writer.send(
    JSON.stringify({ id: 's', type: 'subscribe', payload: { query: START_REPLY, variables: { input } } }),
  );
  const { replyId, epoch } = await started;
  const { counter, came, until } = counting(readers, (text) => {
    const at = text.indexOf('"ReplyProgress"');
    if (at === -1) return 0;
    let length = 0;
    for (const part of JSON.parse(text).payload.data.sessionEvents.parts) length += part.text.length;
    return length;
  });
  for (let reader = 0; reader < readers; reader++) {
    const socket = await connectGraphQL(url);
    socket.send(
      JSON.stringify({ id: '1', type: 'subscribe', payload: { query: FOLLOW, variables: { id } } }),
    );
    await new Promise((resolve) => {
      socket.on('message', (data) => {
        if (String(data).includes('"ReplyStarted"')) resolve();
        came(reader, data);
      });
    });
  }
  let offset = 0;
  return {
    async write(parts, everyMs) {
      const done = until(offset + parts * TEXT.length);
      Object.assign(counter, { frames: 0, latencies: [] });
      await paced(parts, everyMs, () => {
        counter.sentAt[offset / TEXT.length] = performance.now();
        const part = { replyId, epoch, offset, parts: [{ block: 0, text: TEXT }] };
        const payload = { query: CONTINUE_REPLY, variables: { input: part } };
        writer.send(JSON.stringify({ id: String(serial++), type: 'subscribe', payload }));
        offset += TEXT.length;
      });
      await done;
      return counter;
    },
  };
}

async function openRelayed(url, readers, { frame, answers }) {
  const id = randomUUID();
  const writer = await connect(`${url}?write=${id}${answers ? '&answer' : ''}`);
  const { counter, came, until } = counting(readers, () => 1);
  counter.unit = 1;
  for (let reader = 0; reader < readers; reader++) {
    const socket = await connect(`${url}?id=${id}`);
    socket.on('message', (data) => came(reader, data));
  }
  let sent = 0;
  return {
    async write(parts, everyMs) {
      const done = until(sent + parts);
      Object.assign(counter, { frames: 0, latencies: [] });
      await paced(parts, everyMs, () => {
        counter.sentAt[sent++] = performance.now();
        writer.send(frame);
      });
      await done;
      return counter;
    },
  };
}
