import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, get, type Server } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { boundHandshakes, type HandshakeLimits } from '../../../src/transport/bounds/tls-handshakes.js';
import { makeTempFolder } from '../../support/temp-folder.js';

let pair: { cert: Buffer; key: Buffer };
const open: (() => void)[] = [];

beforeAll(async () => {
  const folder = await makeTempFolder();
  const path = (name: string) => join(folder.path, name);
  const files = ['-keyout', path('key.pem'), '-out', path('cert.pem')];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, '-days', '1', '-subj', '/CN=localhost'],
    { stdio: 'ignore' },
  );
  pair = { cert: readFileSync(path('cert.pem')), key: readFileSync(path('key.pem')) };
  await folder.remove();
});

afterEach(() => {
  for (const close of open.splice(0)) close();
});

async function serve(limits: HandshakeLimits = {}) {
  const server: Server = createServer(pair, (_req, res) => res.end('answered'));
  // Called where a handshake begins.
  server.on('connection', () => server.emit('begun'));
  boundHandshakes(server, limits);
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const raw = async (...bytes: Buffer[]): Promise<Socket> => {
    const socket = connect(port, '127.0.0.1');
    open.push(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    for (const some of bytes) socket.write(some);
    return socket;
  };
  const ask = (): Promise<string> =>
    new Promise((resolve, reject) => {
      get({ port, host: '127.0.0.1', rejectUnauthorized: false, agent: false }, (res) => {
        res.setEncoding('utf8').on('data', resolve);
      }).on('error', reject);
    });
  open.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return { server, raw, ask };
}

/** What a client sends first. */
const hello = (): Promise<Buffer> =>
  new Promise((resolve) => {
    const written = new Duplex({
      read() {},
      write(bytes: Buffer, _encoding, done) {
        resolve(bytes);
        done();
      },
    });
    connectTls({ socket: written, rejectUnauthorized: false }).on('error', () => {});
  });

const BEGUN = Buffer.from([0x16]);

describe('handshakes of TLS', () => {
  it('are answered, also of many that come at once, and of whoever sends in pieces', async () => {
    const { ask, raw } = await serve();
    expect(await Promise.all(Array.from({ length: 60 }, ask))).toEqual(Array(60).fill('answered'));
    const whole = await hello();
    const socket = await raw(whole.subarray(0, 1), whole.subarray(1, 100));
    socket.write(whole.subarray(100));
    const [answer] = await once(socket, 'data');
    expect((answer as Buffer)[0]).toBe(0x16);
  });

  it('wait for those before them, until one that does not go on is cut', async () => {
    let now = 0;
    const looks: (() => void)[] = [];
    let waits = () => {};
    const waiting = new Promise<void>((resolve) => {
      waits = resolve;
    });
    const later = (run: () => void) => {
      looks.push(run);
      waits();
    };
    const { server, ask, raw } = await serve({ atOnce: 1, ofAddress: 1, now: () => now, later });
    const begun = once(server, 'begun');
    const first = await raw(BEGUN);
    first.resume();
    await begun;
    let isAnswered = false;
    const asked = ask().then((answer) => {
      isAnswered = true;
      return answer;
    });
    await waiting;
    now = 999;
    looks.shift()?.();
    expect(looks).toHaveLength(1);
    expect(isAnswered).toBe(false);
    const cut = once(first, 'close');
    now = 1_000;
    looks.shift()?.();
    await cut;
    expect(await asked).toBe('answered');
  });

  it('take no place once they are answered, nor before anything has come', async () => {
    const { ask, raw } = await serve({
      atOnce: 1,
      ofAddress: 1,
      now: () => 0,
      later: (run) => setImmediate(run),
    });
    await raw();
    const answered = await raw(await hello());
    await once(answered, 'data');
    expect(await ask()).toBe('answered');
    const other = await raw(await hello());
    await once(other, 'data');
    expect(await ask()).toBe('answered');
  });

  it('are given up where nothing comes, or the client goes before its turn', async () => {
    const impatient = await serve({ firstByteMs: 1 });
    const silent = await impatient.raw();
    silent.resume();
    await once(silent, 'close');
    const { ask, raw } = await serve({ atOnce: 1, ofAddress: 1 });
    const begun = await raw(BEGUN);
    for (let at = 0; at < 5; at++) (await raw(BEGUN)).resetAndDestroy();
    begun.destroy();
    expect(await ask()).toBe('answered');
  });
});
