// The honest client of `hostile`, in a process of its own: `hostile-client.mjs <url> <key>`. Told for how many seconds, it answers
// with what it saw.
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { quantile } from './harness.mjs';

const [url, key] = process.argv.slice(2);

process.on('message', async (seconds) => process.send(await beHonest(seconds)));

const QUERY = `{ session(sessionId: "honest") { agents { agentId messages(last: 20) { nodes { messageId text } } } }
  sessions(first: 10, filter: {sessionIds: ["honest"]}) { nodes { sessionId updatedAt } } }`;
const APPEND = `mutation ($text: String!) { appendMessages(input: {sessionId: "honest", agentId: "a",
  createIfMissing: true, messages: [{role: USER, text: $text}]}) { __typename } }`;
const FOLLOW = `subscription { messageAdded(sessionId: "honest") { __typename ... on MessageAdded { message { text } } } }`;

/** Ten queries and ten appends a second, and one follower. */
async function beHonest(seconds) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const times = { query: [], append: [], event: [] };
  const sentAt = new Map();
  let refused = 0;

  async function ask(kind, query, variables) {
    const begin = performance.now();
    try {
      const body = JSON.stringify({ query, variables });
      const response = await fetch(url, { method: 'POST', headers, body });
      const { errors } = await response.json();
      if (errors) refused++;
    } catch {
      refused++;
    }
    times[kind].push(performance.now() - begin);
  }

  await ask('append', APPEND, { text: 'first' });
  times.append.length = 0;
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  let ready = () => {};
  const following = new Promise((resolve) => {
    ready = resolve;
  });
  client.subscribe(
    { query: FOLLOW },
    {
      next({ data }) {
        const text = data?.messageAdded?.message?.text;
        if (data?.messageAdded?.__typename === 'Ready') ready();
        const begin = sentAt.get(text);
        if (begin === undefined) return;
        sentAt.delete(text);
        times.event.push(performance.now() - begin);
      },
      error: () => refused++,
      complete() {},
    },
  );
  await Promise.race([following, new Promise((resolve) => setTimeout(resolve, 20_000))]);

  const underWay = new Set();
  const start = (promise) => {
    underWay.add(promise);
    promise.finally(() => underWay.delete(promise));
  };
  for (let n = 0; n < seconds * 10; n++) {
    start(ask('query', QUERY));
    const text = `message ${n}`;
    sentAt.set(text, performance.now());
    start(ask('append', APPEND, { text }));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const patience = new Promise((resolve) => setTimeout(resolve, 15_000));
  await Promise.race([Promise.all(underWay), patience]);
  for (let waited = 0; sentAt.size > 0 && waited < 50; waited++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const lost = sentAt.size;
  // Not waited for: a server that hangs would hold this up.
  void client.dispose();
  const of = (all) => ({ p50: quantile(all, 0.5), p99: quantile(all, 0.99) });
  for (const kind of Object.keys(times))
    if (times[kind].length === 0) times[kind].push(Number.MAX_SAFE_INTEGER);
  return {
    refused: refused + underWay.size,
    lost,
    query: of(times.query),
    append: of(times.append),
    event: of(times.event),
  };
}
