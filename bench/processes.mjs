import { spawn, spawnSync } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** The path of a script of this folder, for Node. */
export const script = (name) => fileURLToPath(new URL(name, import.meta.url));

const hasTaskset = spawnSync('taskset', ['-V']).status === 0;

/**
 * A Node process on one core (where `taskset` exists; else wherever the system puts it), talked to over IPC.
 *
 * @param {string[]} args what follows `node`
 */
export function startNode(args, { core, env = {} }) {
  const [command, ...rest] = [
    ...(hasTaskset ? ['taskset', '-c', String(core)] : []),
    process.execPath,
    ...args,
  ];
  const child = spawn(command, rest, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const gone = new Promise((resolve) => child.once('exit', resolve));
  // It may print before anyone asks.
  const url = new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /\w+:\/\/[^\s",]+/.exec(line)?.[0];
      if (found) resolve(found);
    });
    gone.then((code) => reject(new Error(`${args.join(' ')} ended with ${code}`)));
  });
  url.catch(() => {});
  return {
    /** The first address that it prints. */
    url: () => url,
    /** One question, one answer. */
    ask: (question) =>
      new Promise((resolve, reject) => {
        child.once('message', ({ error, answer }) => (error ? reject(new Error(error)) : resolve(answer)));
        child.send(question);
      }),
    tell: (message) => void child.send(message),
    stop: () => {
      child.kill('SIGTERM');
      return gone;
    },
  };
}

/** The built server on a SQLite file, on a free port. `main`: what starts it. */
export async function startParley(path, { core = 0, env = {}, nodeArgs = [], main = MAIN } = {}) {
  const server = startNode([...nodeArgs, main], {
    core,
    env: { PORT: '0', HOST: '127.0.0.1', MONGODB_URI: '', SQLITE_PATH: path, LOG_LEVEL: 'error', ...env },
  });
  return { ...server, url: await server.url() };
}

/** A new key of the database, as an `authorization`. `words` are options of `keys create`. */
export function makeKey(path, ...words) {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    [MAIN, 'keys', 'create', '--name', 'bench', ...words],
    {
      env: { ...process.env, MONGODB_URI: '', SQLITE_PATH: path },
      encoding: 'utf8',
    },
  );
  if (!stdout) throw new Error(stderr);
  return `Bearer ${stdout.trim()}`;
}

/** One GraphQL request; its `data`. */
export async function query(url, text, variables, authorization) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(authorization ? { authorization } : {}) },
    body: JSON.stringify({ query: text, variables }),
  });
  const { data, errors } = await response.json();
  if (errors || !data) throw new Error(`${url} answered ${JSON.stringify(errors)}`);
  return data;
}
