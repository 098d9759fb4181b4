// One attack on a server, until it is killed: `hostile-attack.mjs <vector> <url> <key>`. Nothing of it waits for nice answers.
import { connect } from 'node:net';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const [vector, url, key] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
const session = `attack-${vector}`;

async function ask(query, variables = {}) {
  try {
    const body = JSON.stringify({ query, variables });
    const response = await fetch(url, { method: 'POST', headers, body });
    return await response.json();
  } catch {
    return null;
  }
}

async function forever(width, step) {
  ready();
  const worker = async (n) => {
    for (let round = 0; ; round++) {
      await step(n, round);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await Promise.all(Array.from({ length: width }, (_, n) => worker(n)));
}

const write = (mutation, type, input) =>
  ask(`mutation ($input: ${type}!) { ${mutation}(input: $input) { __typename } }`, { input });
const append = (text, agentId = 'a', sessionId = session) =>
  write('appendMessages', 'AppendMessagesInput', {
    sessionId,
    agentId,
    createIfMissing: true,
    messages: [{ role: 'USER', text }],
  });
const setMetadata = (set, sessionId = session) =>
  write('updateMetadata', 'UpdateMetadataInput', { sessionId, set });

const MB = 1024 * 1024;
const names = (count, field) => Array.from({ length: count }, (_, n) => field(n)).join(' ');

async function largeMessages(count, size) {
  for (let n = 0; n < count; n++) await append('x'.repeat(size));
}

/** Asks, and takes nothing of the answer. */
function askAndLeave(query, { from = 0 } = {}) {
  const body = JSON.stringify({ query });
  const socket = connect({ host: hostname, port: Number(port) });
  socket.on('error', () => {});
  socket.on('close', () => setTimeout(() => askAndLeave(query), 100 + from));
  socket.pause();
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\nauthorization: Bearer ${key}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

function subscribe(queries) {
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    lazy: false,
    retryAttempts: Infinity,
    shouldRetry: () => true,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 200)),
  });
  const open = (query) =>
    client.subscribe(
      { query },
      { next() {}, error: () => setTimeout(open, 200, query), complete: () => setTimeout(open, 200, query) },
    );
  for (const query of queries) open(query);
}

const ATTACKS = {
  async reads() {
    await largeMessages(12, 5 * MB);
    const pages = names(6, (n) => `p${n}: messages(first: ${20 + n}) { nodes { text } }`);
    const one = 'p: messages(first: 5) { nodes { text } }';
    await forever(30, (n) =>
      ask(`{ session(sessionId: "${session}") { agent(agentId: "a") { ${n % 2 ? pages : one} } } }`),
    );
  },
  async unread() {
    await largeMessages(1, 5 * MB);
    const query = `{ session(sessionId: "${session}") { agent(agentId: "a") { messages(first: 1) { nodes { text } } } } }`;
    for (let n = 0; n < 140; n++) askAndLeave(query, { from: n });
    await forever(1, () => new Promise((resolve) => setTimeout(resolve, 1_000)));
  },
  async subscriptions() {
    await append('first');
    await setMetadata({ large: Array.from({ length: 20_000 }, (_, n) => ({ n, text: 'some text' })) });
    const fields = (n) => names(9, (m) => `m${n}_${m}: metadata`);
    subscribe(
      Array.from(
        { length: 100 },
        (_, n) => `subscription { sessionEvents(sessionId: "${session}") {
          cursor ... on MetadataChanged { session { ${fields(n)} } } } }`,
      ),
    );
    await forever(1, async (_, round) => {
      await setMetadata({ round });
      await new Promise((resolve) => setTimeout(resolve, 200));
    });
  },
  async scans() {
    const metadata = Array.from({ length: 50 }, (_, n) => `{path: "a.0.b${n}", exists: true}`).join(', ');
    const filter = `{or: [{metadata: [${metadata}]}, {metadata: [{path: "no.0.such", exists: true}]}]}`;
    await forever(20, () =>
      ask(`{ sessions(filter: ${filter}, first: 200) { totalCount nodes { metadata } } }`),
    );
  },
  async activity() {
    await append('first');
    subscribe(
      Array.from(
        { length: 100 },
        (_, n) => `subscription { sessionActivity(filter: {metadata: [{path: "a.0.b${n}", exists: false}]}) {
          cursor ... on SessionChanged { session { metadata feedback { comment } } } } }`,
      ),
    );
    await forever(2, (n, round) => append(`${round}`, 'a', `${session}-${n}-${round % 50}`));
  },
  async metadata() {
    await append('first');
    await setMetadata({ lists: Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`l${n}`, [0]])) });
    await forever(4, (n, round) =>
      n === 0
        ? setMetadata({ large: 'x'.repeat(7 * MB), round })
        : setMetadata(
            Object.fromEntries(
              Array.from({ length: 150 }, (_, m) => [`lists.l${m}.${(round % 1000) * 100_000 + 100_000}`, 1]),
            ),
          ),
    );
  },
  async feedback() {
    await append('first');
    const comment = 'x'.repeat(60_000);
    await forever(8, (n, round) =>
      n === 0
        ? ask('{ sessions(first: 200) { nodes { feedback { comment fields } } } }')
        : write('addFeedback', 'AddFeedbackInput', {
            sessionId: session,
            rating: 'UP',
            comment: `${round}${comment}`,
          }),
    );
  },
  async bodies() {
    const list = `[${'[],'.repeat(2_500_000)}[]]`;
    const body = `{"query":"query ($x: JSONObject) { __typename }","variables":{"x":{"a":${list}}}}`;
    await forever(6, async () => {
      try {
        await (await fetch(url, { method: 'POST', headers, body })).text();
      } catch {}
    });
  },
};

const ready = () => process.send?.('ready');

// The server cuts and refuses: an attack goes on.
process.on('uncaughtException', () => {});
await ATTACKS[vector]();
