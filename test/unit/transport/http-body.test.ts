import type { IncomingMessage } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readBody, readJsonObject } from '../../../src/transport/http-body.js';
import { type Listening, listen, open } from './raw-request.js';

const LIMIT = 1_024;
type Outcome = { text: string } | { error: Error & { code?: string; status?: number } };

let server: Listening;
let read: (request: IncomingMessage) => Promise<string>;
let next: PromiseWithResolvers<Outcome>;

interface PromiseWithResolvers<T> {
  promise: Promise<T>;
  resolve(value: T): void;
}

function outcome(): PromiseWithResolvers<Outcome> {
  let resolve: (value: Outcome) => void = () => {};
  const promise = new Promise<Outcome>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

const readText = async (request: IncomingMessage) => (await readBody(request, LIMIT)).toString();

beforeAll(async () => {
  server = await listen((req, res) => {
    read(req)
      .then(
        (text) => next.resolve({ text }),
        (error) => next.resolve({ error }),
      )
      .finally(() => res.writeHead(200, { connection: 'close' }).end());
  });
});
afterAll(() => server.close());

/** Sends the pieces and says what the reader made of them. */
async function reading(
  headers: Record<string, string | number>,
  pieces: readonly (string | Buffer)[],
  how: typeof read = readText,
): Promise<Outcome> {
  read = how;
  next = outcome();
  const socket = open(server.port);
  socket.on('error', () => {});
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}\r\n`);
  for (const piece of pieces) socket.write(piece);
  const result = await next.promise;
  socket.destroy();
  return result;
}

const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const CHUNKED = { 'transfer-encoding': 'chunked' };
const LAST = '0\r\n\r\n';

describe('the text of a body', () => {
  it('is read to the byte of the limit', async () => {
    const text = 'x'.repeat(LIMIT);
    expect(await reading({ 'content-length': LIMIT }, [text])).toEqual({ text });
    expect(await reading(CHUNKED, [chunk(text), LAST])).toEqual({ text });
  });

  it('may be empty', async () => {
    expect(await reading({ 'content-length': 0 }, [])).toEqual({ text: '' });
    expect(await reading({}, [])).toEqual({ text: '' });
  });

  it('is put together where a character is cut by the network', async () => {
    const [first, second] = [Buffer.from('é').subarray(0, 1), Buffer.from('é').subarray(1)];
    const cut = [
      Buffer.concat([Buffer.from('1\r\n'), first, Buffer.from('\r\n1\r\n'), second]),
      `\r\n${LAST}`,
    ];
    expect(await reading(CHUNKED, cut)).toEqual({ text: 'é' });
  });

  it.each([1, 7, 300])('is put together from chunks of %i bytes', async (size) => {
    const text = Array.from({ length: LIMIT }, (_, index) => String.fromCharCode(97 + (index % 26))).join('');
    const pieces = text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];
    expect(await reading(CHUNKED, [pieces.map(chunk).join(''), LAST])).toEqual({ text });
  });

  it('is refused by its announced length before any of it comes', async () => {
    expect(await reading({ 'content-length': LIMIT + 1 }, [])).toEqual({
      error: expect.objectContaining({
        code: 'PAYLOAD_TOO_LARGE',
        message: expect.stringMatching(/1024 bytes.*MAX_BODY_BYTES/),
      }),
    });
  });

  it('is refused as soon as more than the limit came, though its end did not', async () => {
    const endless = [chunk('x'.repeat(LIMIT)), chunk('x')];
    expect(await reading(CHUNKED, endless)).toEqual({
      error: expect.objectContaining({ code: 'PAYLOAD_TOO_LARGE' }),
    });
  });

  it('is refused when it is compressed', async () => {
    const body = gzipSync('{}');
    expect(await reading({ 'content-encoding': 'gzip', 'content-length': body.length }, [body])).toEqual({
      error: expect.objectContaining({ status: 415, message: expect.stringContaining('"gzip"') }),
    });
  });

  it('may say that it is not compressed', async () => {
    expect(await reading({ 'content-encoding': 'Identity', 'content-length': 2 }, ['{}'])).toEqual({
      text: '{}',
    });
  });

  it('is refused when it is not UTF-8', async () => {
    expect(await reading({ 'content-length': 3 }, [Buffer.from([0x22, 0xff, 0x22])])).toEqual({
      error: expect.objectContaining({ status: 400, message: 'The request body is not valid UTF-8.' }),
    });
  });

  it.each(['utf-8', 'UTF-8', '"utf-8"', 'utf8'])('may name the charset %s', async (charset) => {
    const type = `application/json; charset=${charset}`;
    expect(await reading({ 'content-type': type, 'content-length': 2 }, ['{}'])).toEqual({ text: '{}' });
  });

  it.each(['iso-8859-1', '"utf-16"', ''])('is refused in the charset %s', async (charset) => {
    const type = `application/json; boundary=x; Charset=${charset}`;
    expect(await reading({ 'content-type': type, 'content-length': 2 }, ['{}'])).toEqual({
      error: expect.objectContaining({ status: 415, message: expect.stringContaining('utf-8') }),
    });
  });

  it.each([
    ['announced', { 'content-length': 10 }, '{"a"'],
    ['chunked', CHUNKED, chunk('{"a"')],
  ])('ends with ClientGone when an %s body is cut off', async (_how, headers, piece) => {
    read = (request) => {
      const text = readText(request);
      request.once('data', () => socket.destroy());
      return text;
    };
    next = outcome();
    const socket = open(server.port);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(`POST / HTTP/1.1\r\nhost: localhost\r\n${lines.join('')}\r\n${piece}`);
    expect(await next.promise).toEqual({ error: expect.objectContaining({ name: 'ClientGone' }) });
  });
});

describe('the JSON object of a body', () => {
  const json = (body: string, type: string | null = 'application/json') =>
    reading(
      { ...(type === null ? {} : { 'content-type': type }), 'content-length': Buffer.byteLength(body) },
      [body],
      async (request) => JSON.stringify(await readJsonObject(request, LIMIT)),
    );

  it.each(['application/json', 'APPLICATION/JSON', ' application/json ; charset=utf-8'])(
    'is read as %j',
    async (type) => {
      expect(await json('{"query": "{ a }"}', type)).toEqual({ text: '{"query":"{ a }"}' });
    },
  );

  it.each([
    null,
    'text/plain',
    'application/jsonp',
    'application/graphql',
    'multipart/form-data; boundary=x',
    'json',
    ';',
  ])('is refused as %j', async (type) => {
    expect(await json('{}', type)).toEqual({
      error: expect.objectContaining({
        status: 415,
        message: expect.stringContaining('Send application/json.'),
      }),
    });
  });

  it.each([
    ['', 'is empty'],
    ['{"a":', 'not valid JSON'],
    ['{"a":x}', 'not valid JSON'],
    ['[{"query":"{ a }"}]', 'is an array'],
    ['[]', 'one operation in each request'],
    ['null', 'is null'],
    ['"text"', 'is a string'],
    ['1', 'is a number'],
  ])('is refused when the body is %j: %s', async (body, why) => {
    expect(await json(body)).toEqual({
      error: expect.objectContaining({ status: 400, message: expect.stringContaining(why) }),
    });
  });

  it('does not repeat the body in what it says', async () => {
    const result = await json('{"password":hunter2}');
    expect(JSON.stringify(result)).not.toContain('hunter2');
    expect('error' in result && result.error.message).not.toContain('hunter2');
  });
});

describe('what is told of a body as it is read', () => {
  async function told(body: string): Promise<string[]> {
    const log: string[] = [];
    const watch = {
      beforeParsing: (weight: number) => void log.push(weight > 1_000_000 ? 'weighs much' : 'weighs little'),
      turn: () => void log.push('turn'),
    };
    const headers = { 'content-type': 'application/json', 'content-length': body.length };
    await reading(headers, [body], async (request) => {
      const value = await readJsonObject(request, 10_000_000, watch);
      log.push(`parsed ${Object.keys(value)}`);
      return '';
    });
    return log;
  }

  it('a short one has its turn', async () => {
    expect(await told('{"a":1}')).toEqual(['turn', 'parsed a']);
  });

  it('one that weighs many times its length says so', async () => {
    expect(await told(`{"a":[${'[],'.repeat(20_000)}1]}`)).toEqual(['weighs much', 'turn', 'parsed a']);
  });

  it('a long one has its turn behind the slices that it is parsed in', async () => {
    const long = 'x'.repeat(100_000);
    expect(await told(`{"a":"${long}"}`)).toEqual(['weighs little', 'turn', 'parsed a']);
  });
});
