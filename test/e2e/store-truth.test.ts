import { execFile, spawn } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { mkdir, mkdtemp, open, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askAs } from '../support/access.js';
import { bytesOnDisk } from '../support/bytes-on-disk.js';
import { eventually } from '../support/eventually.js';
import { type ParleyProcess, type SpawnOptions, startParley } from '../support/parley-process.js';

const run = promisify(execFile);
const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { id messageId } } }`;
const COUNT = '{ session(sessionId: "s") { agent(agentId: "a") { messageCount } } }';

let folder = '';
let files = 0;

beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'parley-truth-')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const newFile = () => join(folder, `parley-${files++}.db`);

const parley = (words: string[], options: SpawnOptions = {}) =>
  startParley(words, { cwd: folder, ...options });

const serve = (path: string, options: SpawnOptions = {}) =>
  parley([], { env: { PORT: '0', SQLITE_PATH: path }, ...options });

/** The code of the refusal, or null where the message was appended. */
async function append(url: string, text: string): Promise<string | null> {
  const input = { sessionId: 's', agentId: 'a', createIfMissing: true, messages: [{ role: 'USER', text }] };
  const { errors } = await askAs(url, null, APPEND, { input });
  return errors?.[0]?.extensions.code ?? null;
}

const countOf = async (url: string): Promise<number> =>
  (await askAs(url, null, COUNT)).data.session.agent.messageCount;

async function readiness(url: string) {
  const response = await fetch(new URL('/ready', url));
  const body = (await response.json()) as {
    works: { reads: boolean; writes: boolean; live: boolean };
    store: { reason: string | null };
  };
  return { status: response.status, ...body };
}

const works = { reads: true, writes: true, live: true };
const becomesReady = (url: string) =>
  eventually(async () => expect(await readiness(url)).toMatchObject({ status: 200, works }));

// The system's own limit on the size of a file stands for the disk: it refuses the write itself, and can be lifted from outside.
describe.skipIf(process.platform !== 'linux')('where the disk takes no more', () => {
  const makeRoom = ({ child }: ParleyProcess) =>
    run('prlimit', ['--pid', String(child.pid), '--fsize=unlimited']);

  it('writes fail, reads go on, /ready says so, and all is well again by itself once there is room', async () => {
    const server = serve(newFile(), { maxFileBytes: 1024 * 1024 });
    const url = await server.listening();
    await becomesReady(url);
    let kept = 0;
    let refusal: string | null = null;
    while (refusal === null) {
      refusal = await append(url, 'x'.repeat(50_000));
      if (refusal === null) kept++;
    }
    expect(refusal).toBe('STORE_UNAVAILABLE');
    expect(kept).toBeGreaterThan(5);
    expect(await readiness(url)).toMatchObject({
      status: 503,
      works: { reads: true, writes: false, live: true },
      store: { reason: expect.stringMatching(/disk/) },
    });
    expect(await countOf(url)).toBe(kept);
    await makeRoom(server);
    // Without a request that would write.
    await becomesReady(url);
    expect(await append(url, 'after')).toBe(null);
    expect(await countOf(url)).toBe(kept + 1);
    expect(server.output()).not.toContain('thread has died');
  });

  it('a committed write is answered as what it is, though the checkpoint after it fails', async () => {
    const path = newFile();
    const first = serve(path);
    const begun = await first.listening();
    for (let n = 0; n < 5; n++) await append(begun, 'x'.repeat(50_000));
    first.kill('SIGTERM');
    await first.exited;

    const server = serve(path, { maxFileBytes: statSync(path).size + 8_192 });
    const url = await server.listening();
    const input = { sessionId: 's', agentId: 'a', messages: [{ role: 'USER', text: 'swordfish' }] };
    const { id } = (await askAs(url, null, APPEND, { input })).data.appendMessages.messages[0];
    expect(await append(url, 'y'.repeat(50_000))).toBe(null);
    const redact = `mutation { redactMessage(input: {id: "${id}", replacement: {role: USER, text: "-"}}) { message { redacted } } }`;
    const { data, errors } = await askAs(url, null, redact);
    expect(errors).toBe(undefined);
    expect(data.redactMessage.message.redacted).toBe(true);
    await server.printed(/still lies in the write-ahead log/);
    expect(server.output()).not.toContain('thread has died');
    await makeRoom(server);
    await eventually(() => expect(bytesOnDisk(path).includes('swordfish')).toBe(false));
    expect(await append(url, 'after')).toBe(null);
  });
});

describe('where another program holds the write lock', () => {
  it('/ready says so without a request that would write, and writes go on when it lets go', async () => {
    const path = newFile();
    const server = serve(path);
    const url = await server.listening();
    expect(await append(url, 'one')).toBe(null);
    const script = `
      import Database from ${JSON.stringify(import.meta.resolve('better-sqlite3'))};
      globalThis.held = new Database(process.argv[1]).exec('BEGIN IMMEDIATE');
      process.stdout.write('locked');
      setInterval(() => {}, 60_000);`;
    const holder = spawn(process.execPath, ['--input-type=module', '-e', script, path], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    try {
      await new Promise((resolve) => holder.stdout.once('data', resolve));
      await eventually(async () =>
        expect(await readiness(url)).toMatchObject({
          status: 503,
          works: { reads: true, writes: false, live: true },
          store: { reason: expect.stringMatching(/locked|has not taken a write for \d+ s/) },
        }),
      );
      expect(await append(url, 'two')).toBe('STORE_UNAVAILABLE');
      expect(await countOf(url)).toBe(1);
    } finally {
      holder.kill('SIGKILL');
    }
    expect(await append(url, 'three')).toBe(null);
    await becomesReady(url);
    expect(await countOf(url)).toBe(2);
  });
});

describe('where the native module cannot be loaded', () => {
  it('the start says what to install or to rebuild', async () => {
    // As of a binary that was built for another Node: found with the first database, not with the package.
    const without = join(folder, 'without-binary.cjs');
    await writeFile(
      without,
      `const Module = require('node:module');
const load = Module._load;
Module._load = (name, ...rest) => {
  if (name === 'bindings') return () => { throw Object.assign(new Error('another version'), { code: 'ERR_DLOPEN_FAILED' }); };
  return load(name, ...rest);
};
`,
    );
    const { code, stderr } = await serve(newFile(), { nodeArgs: ['--require', without] }).exited;
    expect(code).toBe(1);
    expect(stderr).toContain('npm rebuild better-sqlite3');
  });
});

describe('where the file is removed under a running server', () => {
  it('nothing is acknowledged any more, the log and /ready say why, and what was read is read on', async () => {
    const path = newFile();
    const server = serve(path);
    const url = await server.listening();
    expect(await append(url, 'one')).toBe(null);
    for (const part of ['', '-wal', '-shm']) rmSync(`${path}${part}`);
    await server.printed(/was removed or moved while the server runs/);
    expect(await append(url, 'two')).toBe('STORE_UNAVAILABLE');
    // Of what others write into another file of this name nothing comes.
    await eventually(async () =>
      expect(await readiness(url)).toMatchObject({
        status: 503,
        works: { reads: true, writes: false, live: false },
        store: { reason: expect.stringMatching(/was removed or moved/) },
      }),
    );
    expect(await countOf(url)).toBe(1);
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 0 });
    expect(existsSync(path)).toBe(false);
  });
});

describe.skipIf(process.platform === 'win32')('where opening the file hangs', () => {
  it('the process ends all the same, after its deadline, and says so', async () => {
    const pipe = join(folder, 'pipe');
    await run('mkfifo', [pipe]);
    // Every thread but the first waits in the system for a pipe that stays empty.
    const stuck = `
      import { readFileSync } from 'node:fs';
      import { isMainThread } from 'node:worker_threads';
      if (!isMainThread) readFileSync(${JSON.stringify(pipe)});`;
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(stuck)}`];
    const server = serve(newFile(), { nodeArgs });
    // Opens when a reader is there.
    const writer = await open(pipe, 'w');
    try {
      server.kill('SIGTERM');
      const { signal, stderr } = await server.exited;
      expect(signal).toBe('SIGKILL');
      expect(stderr).toMatch(/the stop took longer than 9 s; ending without it/);
      expect(stderr).toMatch(/a thread waits inside the operating system/);
    } finally {
      await writer.close();
    }
  });
});

describe('parley keys', () => {
  const create = ['keys', 'create', '--name', 'ci', '--scopes', 'read'];

  it.each([[['keys', 'list']], [['keys', 'revoke', 'abc']]])(
    'refuses %j where there is no database, and makes none',
    async (words) => {
      const cwd = join(folder, `empty-${files++}`);
      await mkdir(cwd);
      const { code, stdout, stderr } = await parley(words, { cwd }).exited;
      expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
      expect(stderr).toMatch(/^parley: there is no database [^\n]+\n$/);
      expect(stderr).toContain(join(cwd, 'data', 'parley.db'));
      expect(existsSync(join(cwd, 'data'))).toBe(false);
    },
  );

  it('names the file it works on, and says that it is new', async () => {
    const cwd = join(folder, `new-${files++}`);
    await mkdir(cwd);
    const path = join(cwd, 'data', 'parley.db');
    const made = await parley(create, { cwd }).exited;
    expect(made).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^parley_[\w-]+\n$/),
      stderr: `parley: keys of ${path}, a new database: there was none\n`,
    });
    const listed = await parley(['keys', 'list'], { cwd }).exited;
    expect(listed).toMatchObject({ code: 0, stderr: `parley: keys of ${path}\n` });
    expect(listed.stdout).toContain('ci');
  });
});
