import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createReadsInTurn } from '../../../src/transport/bounds/reads-in-turn.js';
import { createWaitingBytes, type WaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';
import { onClientError } from '../../../src/transport/http.js';
import { createArrivals } from '../../../src/transport/http-arrivals.js';
import { createHttpTurns } from '../../../src/transport/http-turns.js';
import { asksForWebSocket, ignoreUpgrade } from '../../../src/transport/ws-upgrades.js';
import { eventually } from '../../support/eventually.js';

/*
 * What a client says is answered as by node's own server: each conversation is had with a server that reads in turns, all of which have to be
 * waited for, and with one that does not.
 */

const hash = (bytes: Buffer) => createHash('sha1').update(bytes).digest('hex');

/** Answers as it is asked for in the address. */
const handler: RequestListener = (req, res) => {
  const readAll = async () => {
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    const body = Buffer.concat(parts);
    res.end(`read ${body.length} ${hash(body)} ${JSON.stringify(req.trailers)}`);
  };
  if (req.url === '/read') return void readAll().catch(() => {});
  if (req.url === '/read-late') return void setImmediate(() => readAll().catch(() => {}));
  if (req.url === '/late') return void setImmediate(() => setImmediate(() => res.end('late')));
  if (req.url === '/large') return void res.end('l'.repeat(100_000));
  if (req.url === '/last') res.setHeader('connection', 'close');
  res.end(`at ${req.url}`);
};

let servers: Server[] = [];
afterEach(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  servers = [];
});

async function start(arriving: WaitingBytes | null): Promise<number> {
  const turns = createHttpTurns();
  const handle = turns.inTurn((req, res) => {
    handler(req, res);
    return () => {};
  });
  const arrivals =
    arriving &&
    createArrivals({
      turn: () => new Promise((resolve) => setImmediate(resolve)),
      ownerOf: () => ({ share: 'someone', caller: null }),
      isFull: turns.isFull,
      arriving,
      cutOff: (code) => expect.unreachable(`cut: ${code}`),
    });
  const server = createServer((req, res) => {
    arrivals?.begun(req);
    handle(req, res);
  });
  servers.push(server.on('clientError', onClientError));
  if (arrivals) {
    createReadsInTurn({ ownerOf: () => 'someone', packets: 1 }).watch(server, 'connection');
  }
  arrivals?.watch(server, 'connection');
  if (arrivals) server.prependListener('upgrade', ({ socket }: IncomingMessage) => arrivals.leave(socket));
  server.on('upgrade', (req: IncomingMessage, stream: Socket, head: Buffer) => {
    if (!asksForWebSocket(req)) return ignoreUpgrade(server, req, stream, head);
    let all = head;
    const take = () => {
      if (all.length === Number(req.headers['x-behind'])) stream.end(`upgraded, ${hash(all)}`);
    };
    stream.on('data', (chunk: Buffer) => {
      all = Buffer.concat([all, chunk]);
      take();
    });
    take();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

interface Talk {
  say(what: string | Buffer): void;
  /** There once it was answered so often. */
  heard(what: string, times?: number): Promise<void>;
  /** Says nothing more. */
  end(): void;
}

/** All that is answered, without the time of it. */
function talk(port: number, conversation: (talk: Talk) => Promise<void> | void): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
    let text = '';
    let listen = () => {};
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
      listen();
    });
    socket.on('error', reject).on('end', () => {
      socket.destroy();
      resolve(text.replace(/Date: [^\r]*\r\n/g, ''));
    });
    const heard = (what: string, times = 1) =>
      new Promise<void>((there) => {
        listen = () => {
          if (text.split(what).length <= times) return;
          listen = () => {};
          there();
        };
        listen();
      });
    void conversation({ say: (what) => void socket.write(what), heard, end: () => void socket.end() });
  });
}

const request = (line: string, headers = '', body = '') =>
  `${line} HTTP/1.1\r\nhost: localhost\r\n${headers}\r\n${body}`;
const get = (path: string, headers = '') => request(`GET ${path}`, headers);
const post = (path: string, body: string, headers = '') =>
  request(`POST ${path}`, `content-length: ${body.length}\r\n${headers}`, body);
const chunk = (size: number, extension = '') => `${size.toString(16)}${extension}\r\n${'c'.repeat(size)}\r\n`;
const END = '0\r\n\r\n';
const inChunks = (path: string, chunks: string, end = END, headers = '') =>
  request(`POST ${path}`, `transfer-encoding: chunked\r\n${headers}`, chunks + end);
const LAST = get('/last');
const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index)).join('');

const conversations: Record<string, (talk: Talk) => Promise<void> | void> = {
  'requests in one packet': ({ say }) =>
    say(many(300, (index) => get(index % 7 ? `/${index}` : '/late')) + LAST),
  'bodies of both kinds in one packet': ({ say }) =>
    say(
      many(60, (index) =>
        index % 2
          ? post('/read', 'b'.repeat(index * 300))
          : inChunks(index % 4 ? '/read' : '/read-late', chunk(1) + chunk(3_000)),
      ) + LAST,
    ),
  'a connection that is used again': async ({ say, heard }) => {
    for (let index = 1; index < 5; index++) {
      say(post('/read', 'k'.repeat(index * 5_000)));
      await heard('read', index);
    }
    say(LAST);
  },
  'trailers and extensions': ({ say }) =>
    say(
      inChunks('/read', chunk(10, ';name="value"') + chunk(20_000, ';a=b'), '0\r\nx-a: 1\r\nx-b: 2\r\n\r\n') +
        LAST,
    ),
  'a body that is waited for': async ({ say, heard }) => {
    say(request('POST /read', 'content-length: 9000\r\nexpect: 100-continue\r\n'));
    await heard('100 Continue');
    say('e'.repeat(9_000) + LAST);
  },
  'an expectation that there is not': ({ say }) =>
    say(post('/read', 'e'.repeat(9_000), 'expect: other\r\n') + LAST),
  'an answer before the body': async ({ say, heard }) => {
    say(request('POST /at-once', 'content-length: 100000\r\n', 'e'));
    await heard('at-once');
    say('e'.repeat(99_999) + LAST);
  },
  'an answer before a body of small chunks': ({ say }) =>
    say(inChunks('/late', chunk(1).repeat(20_000)) + LAST),
  'a body of small chunks that is read late': ({ say }) =>
    say(inChunks('/read-late', chunk(3).repeat(20_000)) + LAST),
  'bodies of megabytes': ({ say }) =>
    say(post('/read', 'm'.repeat(2_000_000)) + inChunks('/read', chunk(65_537).repeat(30)) + LAST),
  'large answers that are taken late': async ({ say, heard }) => {
    say(many(40, () => get('/large')));
    await heard('HTTP');
    say(LAST);
  },
  'other methods': ({ say }) =>
    say(request('HEAD /large') + request('OPTIONS *') + request('DELETE /x') + LAST),
  'headers that are too large': ({ say }) => say(get('/', `x: ${'y'.repeat(20_000)}\r\n`)),
  'headers that are just not': ({ say }) => say(get('/', 'xx: yyyyyyyyyyy\r\n'.repeat(900)) + LAST),
  'what is no request': ({ say }) => say(`${get('/')}nonsense\r\n\r\n`),
  'a chunk that is none': ({ say }) => say(inChunks('/read', chunk(99).repeat(100), 'zz\r\n')),
  'a request without a host': ({ say }) => say('GET / HTTP/1.1\r\n\r\n'),
  'an older client': ({ say }) => say('GET / HTTP/1.0\r\n\r\n'),
  'requests behind the last': ({ say }) => say(LAST + post('/read', 'x'.repeat(9_000))),
  'an upgrade with what comes behind it': ({ say }) =>
    say(get('/', 'connection: upgrade\r\nupgrade: websocket\r\nx-behind: 90000\r\n') + 'w'.repeat(90_000)),
  'an upgrade that is ignored': ({ say }) =>
    say(
      post('/read', 'h'.repeat(50_000), 'connection: upgrade\r\nupgrade: h2c\r\n') +
        post('/read', 'x') +
        LAST,
    ),
  'a client that closes its side behind its requests': ({ say, end }) => {
    say(many(30, (index) => get(`/${index}`, `x: ${'y'.repeat(300)}\r\n`)));
    end();
  },
  'a client that closes its side behind a body': ({ say, end }) => {
    say(post('/at-once', 'b'.repeat(50_000)));
    end();
  },
  'a client that closes its side within a body': ({ say, end }) => {
    say(request('POST /read', 'content-length: 100000\r\n', 'b'.repeat(50_000)));
    end();
  },
};

describe('as from a server that reads all at once, is answered', () => {
  it.each(Object.entries(conversations))('%s', async (_name, conversation) => {
    const arriving = createWaitingBytes({ together: 100_000_000, ofCaller: 50_000_000 });
    const [plain, inTurns] = [await start(null), await start(arriving)];
    const expected = await talk(plain, conversation);
    const answers = await Promise.all([talk(inTurns, conversation), talk(inTurns, conversation)]);
    expect(answers).toEqual([expected, expected]);
    await eventually(() => expect(arriving.bytes).toBe(0));
  });

  it('what comes byte by byte', async () => {
    const sent = post('/read', 'hello') + inChunks('/read', chunk(3, ';a=b'), '0\r\nx: 1\r\n\r\n') + LAST;
    const bytewise = async ({ say }: Talk) => {
      for (const byte of Buffer.from(sent)) {
        say(Buffer.from([byte]));
        await new Promise((resolve) => setImmediate(resolve));
      }
    };
    const arriving = createWaitingBytes({ together: 100_000_000, ofCaller: 50_000_000 });
    expect(await talk(await start(arriving), bytewise)).toBe(await talk(await start(null), bytewise));
  });
});
