// What an honest client sees while a hostile one is at work: each attack alone, then all at once.
import { execFileSync, fork, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const ATTACK = fileURLToPath(new URL('./hostile-attack.mjs', import.meta.url));
const CLIENT = fileURLToPath(new URL('./hostile-client.mjs', import.meta.url));
/** Those of hostile-attack.mjs. */
const VECTORS = ['reads', 'unread', 'subscriptions', 'scans', 'activity', 'metadata', 'feedback', 'bodies'];
const HEAP_MB = 512;
const RSS_LIMIT_MB = 700;
/** What the Dockerfile sets, and docs/deploy.md says for a heap that is limited. */
const FLAGS_OF_THE_IMAGE = ['--v8-pool-size=1'];
const OF_THE_IMAGE = { MALLOC_MMAP_THRESHOLD_: '1048576', MALLOC_TRIM_THRESHOLD_: '8388608' };
const RATIO_LIMIT = 3;
/** The attackers get what the server and the honest client leave of this machine: in the field they have machines of their own. */
const ATTACKER_NICE = 10;
/** From its beginning: whoever changes a process' priority later changes its first thread's alone. */
const AS_ATTACKER = {
  execPath: 'nice',
  execArgv: ['-n', String(ATTACKER_NICE), process.execPath],
  stdio: 'ignore',
};
/** Below this a ratio says nothing: it is what a busy machine does by itself. */
const FLOOR_MS = 50;

/**
 * `--seconds`: of the attacks all at once; each alone, and the time without any, take a tenth of that, 10 seconds at the least, or as long where that is less.
 * `--only`: one attack alone, or `all`.
 */
export async function measureHostile(args) {
  const option = (name) => {
    const at = args.indexOf(`--${name}`);
    return at === -1 ? undefined : args[at + 1];
  };
  const seconds = Number(option('seconds') ?? 600);
  const short = Math.min(seconds, Math.max(10, seconds / 10));
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
  const env = {
    ...process.env,
    ...OF_THE_IMAGE,
    SQLITE_PATH: join(folder, 'parley.db'),
    PORT: '0',
    LOG_LEVEL: 'warn',
  };
  const keyFor = (name) =>
    execFileSync(
      process.execPath,
      [MAIN, 'keys', 'create', '--name', name, '--scopes', 'read,append,metadata,feedback'],
      { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    ).trim();
  const honest = keyFor('honest');
  const attacks = vectors.map((vector) => ({ vector, key: keyFor(vector) }));
  const server = spawn(process.execPath, [...FLAGS_OF_THE_IMAGE, `--max-old-space-size=${HEAP_MB}`, MAIN], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let ended = false;
  server.on('exit', () => {
    ended = true;
  });
  const url = await addressOf(server);
  const attackers = attacks.map(({ vector, key }) => fork(ATTACK, [vector, url, key], AS_ATTACKER));
  const client = fork(CLIENT, [url, honest], { stdio: 'inherit' });
  try {
    // The attacks are under way when it is measured, and the server has answered the honest one before.
    const ready = attackers.map((attacker) => new Promise((resolve) => attacker.once('message', resolve)));
    // One of several may not get through the beginnings of the others.
    await Promise.race([Promise.all(ready), new Promise((resolve) => setTimeout(resolve, 60_000))]);
    await beHonest(client, 3);
    const rss = watchMemory(server.pid);
    const seen = await beHonest(client, seconds);
    return { ...seen, rssMb: rss.most(), alive: !ended };
  } finally {
    client.kill('SIGKILL');
    for (const attacker of attackers) attacker.kill('SIGKILL');
    server.kill('SIGKILL');
    if (!ended) await new Promise((resolve) => server.once('exit', resolve));
    rmSync(folder, { recursive: true, force: true });
  }
}

function beHonest(client, seconds) {
  return new Promise((resolve, reject) => {
    client.once('message', resolve);
    client.once('exit', (code) => reject(new Error(`the honest client ended with code ${code}`)));
    client.send(seconds);
  });
}

function watchMemory(pid) {
  let mb = 0;
  const watching = setInterval(() => {
    try {
      const [, kb] = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
      mb = Math.max(mb, Number(kb) / 1024);
    } catch {}
  }, 100);
  return {
    most() {
      clearInterval(watching);
      return mb;
    },
  };
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
