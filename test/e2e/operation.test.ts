import { chmod, chown, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type SpawnOptions, startParley } from '../support/parley-process.js';

const NOBODY = 65_534;

let folder = '';
let files = 0;

const newFile = () => join(folder, `parley-${files++}.db`);

const parley = (words: string[], options: SpawnOptions = {}) =>
  startParley(words, { cwd: folder, ...options });

/** A server on a new file and a free port. */
const serve = (env: Record<string, string> = {}, options: SpawnOptions = {}) =>
  parley([], { env: { PORT: '0', SQLITE_PATH: newFile(), ...env }, ...options });

/** A socket that has been accepted, and the code it is closed with. */
async function openSocket(url: string): Promise<{ closed: Promise<number> }> {
  const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
  const closed = new Promise<number>((resolve) => socket.once('close', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.once('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
    socket.once('message', () => resolve());
  });
  return { closed };
}

/** One line that says it in words: no stack, no class name. */
function expectOneLine(stderr: string): void {
  expect(stderr).toMatch(/^parley: [^\n]+\n$/);
  expect(stderr).not.toMatch(/Error:|node:|\n\s+at /);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-operation-'));
  await chmod(folder, 0o755);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('the command line', () => {
  it('prints its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8'));
    expect(await parley(['--version']).exited).toMatchObject({ code: 0, stdout: `${version}\n`, stderr: '' });
  });

  it('prints help', async () => {
    const [whole, ofServe] = await Promise.all([
      parley(['--help']).exited,
      parley(['serve', '--help']).exited,
    ]);
    expect(whole).toMatchObject({ code: 0, stderr: '', stdout: expect.stringContaining('parley [serve]') });
    expect(ofServe).toMatchObject({
      code: 0,
      stderr: '',
      stdout: expect.stringContaining('--sqlite-path <value>'),
    });
  });

  it.each([[['frobnicate']], [['serve', '--prot=1']]])('refuses %j in one line', async (words) => {
    const { code, stdout, stderr } = await parley(words).exited;
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expectOneLine(stderr);
    expect(stderr).toContain('see parley --help');
  });

  it('names every wrong variable at once', async () => {
    const env = { PORT: 'many', LOG_LEVEL: 'loud', MONGODB_URI: 'mongo://admin:hunter2@db7' };
    const { code, stderr } = await parley(['serve', '--indexes', 'perhaps'], { env }).exited;
    expect(code).toBe(2);
    expect(stderr.trimEnd().split('\n').sort()).toEqual([
      expect.stringContaining('parley: --indexes is "perhaps", but'),
      expect.stringContaining('parley: LOG_LEVEL is "loud", but'),
      expect.stringContaining('parley: MONGODB_URI is "mongo://…", but'),
      expect.stringContaining('parley: PORT is "many", but'),
    ]);
    expect(stderr).not.toContain('hunter2');
  });
});

describe('a server', () => {
  it('says where it listens and what it stores in, in one line of JSON, whatever the log level', async () => {
    const path = newFile();
    const server = parley(['serve', '--port', '0', '--log-level', 'silent'], { env: { SQLITE_PATH: path } });
    const url = await server.listening();
    server.kill('SIGTERM');
    const { code, stdout, stderr } = await server.exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toMatchObject({
      url,
      console: new URL('/', url).href,
      store: expect.stringContaining(path),
    });
    expect(stdout).toContain(`listening on ${url}, console ${new URL('/', url)}, store sqlite ${path}`);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    'closes its sockets with 1012 on %s, and exits with 0',
    async (signal) => {
      const server = serve();
      const url = await server.listening();
      const sockets = await Promise.all([openSocket(url), openSocket(url)]);
      server.kill(signal);
      expect(await Promise.all(sockets.map(({ closed }) => closed))).toEqual([1012, 1012]);
      expect(await server.exited).toMatchObject({ code: 0, stderr: '' });
    },
  );

  it('stops while a keep-alive connection is open', async () => {
    const server = serve();
    const url = await server.listening();
    const answer = await fetch(new URL('/health', url));
    expect(answer.status).toBe(200);
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 0 });
  });

  it('stops by itself while clients keep writing on connections that they keep', async () => {
    const server = serve();
    const url = await server.listening();
    let stopped = false;
    const write = async (n: number) => {
      const query = `mutation { createSession(input: {sessionId: "${n}"}) { session { sessionId } } }`;
      const options = { method: 'POST', headers: { 'content-type': 'application/json' } };
      return (await fetch(url, { ...options, body: JSON.stringify({ query }) })).json();
    };
    const writeOn = async (from: number) => {
      for (let n = from; !stopped; n += 4) await write(n).catch(() => {});
    };
    await Promise.all([0, 1, 2, 3].map(write));
    const writers = [4, 5, 6, 7].map(writeOn);
    await write(-1);
    server.kill('SIGTERM');
    const { code, stdout, stderr } = await server.exited;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    // Connections that nobody ended would be waited for, and cut off.
    expect(stdout).not.toContain('cut off');
    stopped = true;
    await Promise.all(writers);
  });

  it('stops beside a request that never ends and a socket that never answers', async () => {
    const server = serve();
    const url = await server.listening();
    const { hostname, port } = new URL(url);
    const half = connect({ host: hostname, port: Number(port) });
    half.on('error', () => {});
    half.write(`POST /graphql HTTP/1.1\r\nhost: ${hostname}\r\ncontent-type: application/json\r\n`);
    half.write('content-length: 1000\r\n\r\n{"query":');
    const silent = connect({ host: hostname, port: Number(port) });
    silent.on('error', () => {});
    silent.write(
      `GET /graphql HTTP/1.1\r\nhost: ${hostname}\r\nconnection: upgrade\r\nupgrade: websocket\r\n` +
        'sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n' +
        'sec-websocket-protocol: graphql-transport-ws\r\n\r\n',
    );
    await new Promise((resolve) => silent.once('data', resolve));
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('cut off'),
      stderr: '',
    });
    half.destroy();
    silent.destroy();
  });

  it('goes on when nobody reads its output any more', async () => {
    const server = serve({ LOG_LEVEL: 'trace' });
    const url = await server.listening();
    server.child.stdout?.destroy();
    server.child.stderr?.destroy();
    for (let n = 0; n < 20; n++) {
      const answer = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: '{"query": "{ nothing }"}',
      });
      await answer.text();
    }
    expect((await fetch(new URL('/health', url))).status).toBe(200);
    server.kill('SIGTERM');
    expect(await server.exited).toMatchObject({ code: 0 });
  });

  it('logs what nobody handled, stops in order and exits with 1', async () => {
    const fault = "process.on('SIGUSR2', () => void Promise.reject(new Error('nobody caught this')))";
    const server = serve({}, { nodeArgs: ['--import', `data:text/javascript,${encodeURIComponent(fault)}`] });
    const { closed } = await openSocket(await server.listening());
    server.kill('SIGUSR2');
    expect(await closed).toBe(1012);
    const { code, stdout } = await server.exited;
    expect(code).toBe(1);
    expect(stdout).toContain('nobody caught this');
  });
});

describe('a start that fails', () => {
  it('says that the port is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { code, stdout, stderr } = await serve({ PORT: String(port) }).exited;
    await new Promise((resolve) => other.close(resolve));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expectOneLine(stderr);
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is in use`);
  });

  it.each([[[]], [['keys', 'list']]])(
    'says that the URI has an option that the driver does not know: parley %j',
    async (words) => {
      const env = { MONGODB_URI: 'mongodb://admin:hunter2@127.0.0.1:9/?foo=1' };
      const { code, stdout, stderr } = await parley(words, { env: { PORT: '0', ...env } }).exited;
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expectOneLine(stderr);
      expect(stderr).toContain('MONGODB_URI cannot be used: option foo is not supported');
      expect(stderr).not.toContain('hunter2');
    },
  );

  it('says that the port of the metrics is in use', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { code, stderr } = await serve({ PORT: '0', METRICS_PORT: String(port) }).exited;
    await new Promise((resolve) => other.close(resolve));
    expect(code).toBe(1);
    expectOneLine(stderr);
    expect(stderr).toContain(`port ${port} on 127.0.0.1 is in use`);
    expect(stderr).toContain('another METRICS_PORT');
  });

  it('says that the host is no address of this machine', async () => {
    const { code, stderr } = await serve({ HOST: '192.0.2.1' }).exited;
    expect(code).toBe(1);
    expectOneLine(stderr);
    expect(stderr).toContain('HOST 192.0.2.1');
  });

  it.each([
    ['is no database', Buffer.from('this is a letter, not a database\n'.repeat(200))],
    ['has a damaged page', damagedDatabase()],
  ])('says that the file %s', async (_how, bytes) => {
    const path = newFile();
    await writeFile(path, bytes);
    const { code, stdout, stderr } = await serve({ SQLITE_PATH: path }).exited;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expectOneLine(stderr);
    expect(stderr).toMatch(/damaged|no SQLite database|not a (SQLite )?database/i);
    expect(await readFile(path)).toEqual(bytes);
  });

  it('says that the file is of a newer version', async () => {
    const path = newFile();
    const db = new Database(path);
    db.pragma('user_version = 999');
    db.close();
    const { code, stderr } = await serve({ SQLITE_PATH: path }).exited;
    expect(code).toBe(1);
    expectOneLine(stderr);
    expect(stderr).toContain('999');
  });

  it('says that the path is a folder', async () => {
    const { code, stderr } = await serve({ SQLITE_PATH: folder }).exited;
    expect(code).toBe(1);
    expectOneLine(stderr);
    expect(stderr).toContain('folder');
  });

  it.for(['file', 'folder'])('says that the %s is read-only', async (which, { skip }) => {
    // The superuser may write everywhere: as such, the server runs as somebody else.
    const uid = process.getuid?.() === 0 ? NOBODY : undefined;
    const as = uid === undefined ? {} : { uid };
    if ((await parley(['--version'], as).exited).code !== 0) skip('another user cannot run this checkout');

    const inside = join(folder, `read-only-${which}`);
    await mkdir(inside);
    const path = join(inside, 'parley.db');
    if (which === 'file') {
      const first = serve({ SQLITE_PATH: path });
      await first.listening();
      first.kill('SIGTERM');
      await first.exited;
      await chmod(path, 0o444);
      if (uid !== undefined) await chown(inside, uid, uid);
    } else await chmod(inside, 0o555);

    const { code, stdout, stderr } = await serve({ SQLITE_PATH: path }, as).exited;
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expectOneLine(stderr);
    expect(stderr).toMatch(/read-only|may write|cannot be (opened|written|made)/);
    await chmod(inside, 0o755);
  });
});

/** A database whose tables are there and whose pages are not. */
function damagedDatabase(): Buffer {
  const db = new Database(':memory:');
  db.exec('CREATE TABLE sessions (id INTEGER PRIMARY KEY, body TEXT)');
  const insert = db.prepare('INSERT INTO sessions (body) VALUES (?)');
  for (let n = 0; n < 200; n++) insert.run('x'.repeat(500));
  const bytes = db.serialize();
  db.close();
  return Buffer.from(bytes.fill(0x5a, 100, bytes.length));
}
