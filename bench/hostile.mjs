// What an honest client sees while a hostile one is at work: each attack alone, then all at once.
import { execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { quantile } from './harness.mjs';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const ATTACK = fileURLToPath(new URL('./hostile-attack.mjs', import.meta.url));
/** Those of hostile-attack.mjs. */
const VECTORS = ['reads', 'unread', 'subscriptions', 'scans', 'activity', 'metadata', 'feedback', 'bodies'];
const HEAP_MB = 512;
const RSS_LIMIT_MB = 700;
const RATIO_LIMIT = 3;
/** Below this a ratio says nothing: it is what a busy machine does by itself. */
const FLOOR_MS = 50;

/**
 * `--seconds`: of the attacks all at once; each alone, and the time without any, take a tenth of that, 10 seconds at the least.
 * `--only`: one attack alone, or `all`.
 */
export async function measureHostile(args) {
  const option = (name) => {
    const at = args.indexOf(`--${name}`);
    return at === -1 ? undefined : args[at + 1];
  };
  const seconds = Number(option('seconds') ?? 600);
  const short = Math.max(10, seconds / 10);
  const only = option('only');
  const rows = [];
  const calm = await runOnce([], short);
  rows.push({ name: 'nobody', ...calm });
  for (const vector of only ? VECTORS.filter((one) => one === only) : VECTORS) {
    rows.push({ name: vector, ...(await runOnce([vector], short)) });
    print(rows.at(-1), calm);
  }
  if (only === undefined || only === 'all') {
    rows.push({ name: 'all', ...(await runOnce(VECTORS, seconds)) });
    print(rows.at(-1), calm);
  }
  const failed = rows.filter((row) => problemsOf(row, calm).length > 0);
  console.log(
    failed.length === 0
      ? 'hostile: all within bounds'
      : `hostile: out of bounds: ${failed.map((row) => `${row.name} (${problemsOf(row, calm).join(', ')})`).join('; ')}`,
  );
  return null;
}

function problemsOf({ alive, refused, rssMb, query, append, event, lost }, calm) {
  const slow = (name, now, before) =>
    now.p99 > Math.max(FLOOR_MS, RATIO_LIMIT * before.p99) ? [`${name} p99 ${now.p99.toFixed(0)} ms`] : [];
  return [
    ...(alive ? [] : ['the process ended']),
    ...(refused > 0 ? [`${refused} refused`] : []),
    ...(lost > 0 ? [`${lost} events lost`] : []),
    ...(rssMb > RSS_LIMIT_MB ? [`${rssMb.toFixed(0)} MB`] : []),
    ...slow('query', query, calm.query),
    ...slow('append', append, calm.append),
    ...slow('event', event, calm.event),
  ];
}

function print({ name, alive, refused, lost, rssMb, query, append, event }, calm) {
  const times = (label, now, before) =>
    `${label} p50 ${now.p50.toFixed(1)} p99 ${now.p99.toFixed(1)} ms (${(now.p99 / before.p99).toFixed(1)} of ${before.p99.toFixed(1)})`;
  console.log(
    [
      name.padEnd(14),
      times('query', query, calm.query),
      times('append', append, calm.append),
      times('event', event, calm.event),
      `refused ${refused}`,
      `lost ${lost}`,
      `RSS ${rssMb.toFixed(0)} MB`,
      alive ? 'alive' : 'ENDED',
    ].join('  '),
  );
}

async function runOnce(vectors, seconds) {
  const folder = mkdtempSync(join(tmpdir(), 'parley-hostile-'));
  const env = { ...process.env, SQLITE_PATH: join(folder, 'parley.db'), PORT: '0', LOG_LEVEL: 'warn' };
  const keyFor = (name) =>
    execFileSync(
      process.execPath,
      [MAIN, 'keys', 'create', '--name', name, '--scopes', 'read,append,metadata,feedback'],
      { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ).trim();
  const honest = keyFor('honest');
  const attacks = vectors.map((vector) => ({ vector, key: keyFor(vector) }));
  const server = spawn(process.execPath, [`--max-old-space-size=${HEAP_MB}`, MAIN], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let ended = false;
  server.on('exit', () => {
    ended = true;
  });
  const url = await addressOf(server);
  const attackers = attacks.map(({ vector, key }) => fork(ATTACK, [vector, url, key], { stdio: 'ignore' }));
  try {
    // The attacks are under way when it is measured, and the server has answered the honest one before.
    const ready = attackers.map((attacker) => new Promise((resolve) => attacker.once('message', resolve)));
    // One of several may not get through the beginnings of the others.
    await Promise.race([Promise.all(ready), new Promise((resolve) => setTimeout(resolve, 60_000))]);
    await beHonest(url, honest, 3, server.pid, () => ended);
    return { ...(await beHonest(url, honest, seconds, server.pid, () => ended)), alive: !ended };
  } finally {
    for (const attacker of attackers) attacker.kill('SIGKILL');
    server.kill('SIGKILL');
    if (!ended) await new Promise((resolve) => server.once('exit', resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

function addressOf(server) {
  return new Promise((resolve, reject) => {
    let text = '';
    const read = (chunk) => {
      text += chunk;
      const found = /https?:\/\/[^\s"]+\/graphql/.exec(text);
      if (found) resolve(found[0]);
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    server.on('exit', () => reject(new Error(`the server did not start: ${text}`)));
  });
}

const QUERY = `{ session(sessionId: "honest") { agents { agentId messages(last: 20) { nodes { messageId text } } } }
  sessions(first: 10, filter: {sessionIds: ["honest"]}) { nodes { sessionId updatedAt } } }`;
const APPEND = `mutation ($text: String!) { appendMessages(input: {sessionId: "honest", agentId: "a",
  createIfMissing: true, messages: [{role: USER, text: $text}]}) { __typename } }`;
const FOLLOW = `subscription { messageAdded(sessionId: "honest") { __typename ... on MessageAdded { message { text } } } }`;

/** Ten queries and ten appends a second, and one follower. */
async function beHonest(url, key, seconds, pid, ended) {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${key}` };
  const times = { query: [], append: [], event: [] };
  const sentAt = new Map();
  let refused = 0;
  let rssMb = 0;

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

  const watching = setInterval(() => {
    try {
      const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      rssMb = Math.max(rssMb, Number(kb) / 1024);
    } catch {}
  }, 100);
  const underWay = new Set();
  const start = (promise) => {
    underWay.add(promise);
    promise.finally(() => underWay.delete(promise));
  };
  for (let n = 0; n < seconds * 10 && !ended(); n++) {
    start(ask('query', QUERY));
    const text = `message ${n}`;
    sentAt.set(text, performance.now());
    start(ask('append', APPEND, { text }));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const patience = new Promise((resolve) => setTimeout(resolve, 15_000));
  await Promise.race([Promise.all(underWay), patience]);
  for (let waited = 0; sentAt.size > 0 && waited < 50 && !ended(); waited++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  clearInterval(watching);
  const lost = sentAt.size;
  // Not waited for: a server that hangs would hold this up.
  void client.dispose();
  const of = (all) => ({ p50: quantile(all, 0.5), p99: quantile(all, 0.99) });
  for (const kind of Object.keys(times))
    if (times[kind].length === 0) times[kind].push(Number.POSITIVE_INFINITY);
  return {
    refused: refused + underWay.size,
    lost,
    rssMb,
    query: of(times.query),
    append: of(times.append),
    event: of(times.event),
  };
}
