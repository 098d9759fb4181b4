import { gzipSync } from 'node:zlib';
import { type Random, sometimes, strangeText } from './strange.js';

const BODY = '{"query":"{ __typename }"}';
const JSON_TYPE = 'content-type: application/json';

const TARGETS = [
  '/graphql',
  '/graphql',
  '/graphql?query=%7B__typename%7D',
  '/graphql?query={__typename}&variables={"a":1}&operationName=%00',
  '/graphql?query=%ff%fe&variables=[',
  '/graphql?query=a&query=b&extensions={"persistedQuery":{"version":1,"sha256Hash":"x"}}',
  '/graphql/',
  '//graphql',
  '/graphql#x',
  '/graphql;a=b',
  '/%67raphql',
  '/../graphql',
  '/health',
  '/ready',
  '/ready?x',
  '/',
  '*',
  '',
  'http://localhost/graphql',
  'http://evil.example/graphql',
  'https://user:pass@localhost/graphql',
  'localhost:80',
  '/nowhere/../../etc/passwd',
  `/${'a'.repeat(9_000)}`,
  '/graphql?query=\u0000',
  '/\xff\xfe',
] as const;

const METHODS = [
  'GET',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'HEAD',
] as const;
const NO_METHODS = ['get', 'FOO', 'G E T', '', 'GET\0', 'POSTPOST', '\x16\x03\x01', 'PRI'] as const;

const HEADERS = [
  JSON_TYPE,
  'Content-Type: text/plain',
  'content-type: application/json; charset=utf-16',
  'content-type: application/json;;;charset="',
  `content-type: ${' ;'.repeat(2_000)}`,
  'content-type: multipart/form-data; boundary=x',
  'content-encoding: gzip',
  'content-encoding: deflate, br',
  'content-encoding: identity',
  'accept: multipart/mixed; deferSpec=20220824',
  'accept: nothing/atall',
  'accept: */*;q=0, application/graphql-response+json',
  'accept-encoding: gzip, br',
  'origin: https://evil.example',
  'origin: null',
  'origin: http://localhost',
  `origin: http://${'a.'.repeat(2_000)}`,
  'host: evil.example',
  'host: localhost',
  'host: [::1',
  'host: a@b:99999',
  'content-length: 0',
  'content-length: 26',
  'content-length: -1',
  'content-length: 1e3',
  'content-length: 99999999999999999999',
  'content-length: 27, 27',
  'transfer-encoding: chunked',
  'transfer-encoding: gzip, chunked',
  'transfer-encoding: chunked, chunked',
  'transfer-encoding: identity',
  'expect: 100-continue',
  'expect: the-spanish-inquisition',
  'connection: upgrade\r\nupgrade: h2c',
  'connection: upgrade\r\nupgrade: websocket',
  'connection: upgrade\r\nupgrade: websocket\r\nsec-websocket-key: x\r\nsec-websocket-version: 99',
  'connection: keep-alive',
  'te: trailers',
  'trailer: content-length',
  'cookie: a=b',
  'authorization: Bearer x',
  'x-forwarded-host: evil.example',
  'access-control-request-method: POST',
  'apollo-require-preflight: 1',
  '__proto__: 1',
  'constructor: 1',
  `x: ${'y'.repeat(20_000)}`,
  'no colon at all',
  ': no name',
  'bad name: x',
  'x: \0',
  'x: a\r\n folded: b',
  'x: a\nb: c',
  'x: \x80\xff',
] as const;

/** One or several pieces for one connection, and whether the client says that no more comes. */
export interface HttpInput {
  pieces: Buffer[];
  /** It is not a whole request: the end is said at once, because no answer can come before. */
  cut: boolean;
}

const latin = (text: string) => Buffer.from(text, 'latin1');

function headers(random: Random, ...own: string[]): string {
  const more: string[] = Array.from({ length: random.between(0, 3) }, () => random.pick(HEADERS));
  if (sometimes(random, 0.02)) more.push(...Array<string>(3_000).fill('x: y'));
  return [...own, ...more].map((line) => `${line}\r\n`).join('');
}

/** A request as it should be, whose connection is closed after it. */
function request(random: Random, body: string, ...more: string[]): string {
  const head = headers(
    random,
    'host: localhost',
    ...more,
    `content-length: ${Buffer.byteLength(body, 'latin1')}`,
  );
  return `POST /graphql HTTP/1.1\r\n${head}\r\n${body}`;
}

const KINDS: readonly ((random: Random) => HttpInput)[] = [
  // Any method, target, version and headers.
  (random) => {
    const method = sometimes(random, 0.8) ? random.pick(METHODS) : random.pick(NO_METHODS);
    const version = sometimes(random, 0.85)
      ? 'HTTP/1.1'
      : random.pick(['HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/9', '']);
    const host = sometimes(random, 0.9) ? ['host: localhost'] : [];
    const text = `${method} ${random.pick(TARGETS)} ${version}\r\n${headers(random, ...host, 'connection: close')}\r\n`;
    return { pieces: [latin(text)], cut: false };
  },
  (random) => ({ pieces: [latin(request(random, BODY, JSON_TYPE, 'connection: close'))], cut: false }),
  // A body of another length than was said.
  (random) => {
    const said = random.pick([0, 1, 25, 27, 1_000, 100_000, 10_000_000, 2 ** 53]);
    const head = headers(
      random,
      'host: localhost',
      JSON_TYPE,
      `content-length: ${said}`,
      'connection: close',
    );
    return { pieces: [latin(`POST /graphql HTTP/1.1\r\n${head}\r\n`), latin(BODY)], cut: said > BODY.length };
  },
  // Chunks, some of them none.
  (random) => {
    const head = headers(
      random,
      'host: localhost',
      JSON_TYPE,
      'transfer-encoding: chunked',
      'connection: close',
    );
    const chunks = Array.from({ length: random.between(1, 6) }, () => chunk(random));
    const end = sometimes(random, 0.7) ? ['0\r\n\r\n'] : [];
    return {
      pieces: [`POST /graphql HTTP/1.1\r\n${head}\r\n`, ...chunks, ...end].map(latin),
      cut: end.length === 0,
    };
  },
  // Many at once.
  (random) => {
    const count = random.between(2, 40);
    const many = Array.from({ length: count }, (_, index) =>
      request(random, BODY, JSON_TYPE, ...(index === count - 1 ? ['connection: close'] : [])),
    );
    return { pieces: [latin(many.join(''))], cut: false };
  },
  // Cut anywhere.
  (random) => {
    const whole = request(random, BODY, JSON_TYPE);
    return { pieces: [latin(whole.slice(0, random.between(0, whole.length - 1)))], cut: true };
  },
  // What is in the body is no JSON, or not what was said of it.
  (random) => {
    const body = random.pick([
      '',
      '[]',
      'null',
      '"x"',
      '{"query":',
      '[{"query":"{ __typename }"},{"query":"{ __typename }"}]',
      '{"query":"{ __typename }","query":7}',
      '{"query":{"a":1},"variables":[],"operationName":1,"extensions":"x"}',
      '{"query":"{ __typename }","variables":"{}","extensions":{"persistedQuery":{"version":"x"}}}',
      '{"__proto__":{"query":"{ __typename }"}}',
      `${'['.repeat(50_000)}`,
      `{"query":"{ __typename }","extensions":${'['.repeat(50_000)}${']'.repeat(50_000)}}`,
      '\xff\xfe\x00',
      gzipSync(BODY).toString('latin1'),
      gzipSync('x'.repeat(5_000_000)).toString('latin1'),
      `{"query":${JSON.stringify(strangeText(random))}}`,
    ]);
    return { pieces: [latin(request(random, body, JSON_TYPE, 'connection: close'))], cut: false };
  },
  // Another protocol.
  (random) => ({
    pieces: [
      random.pick([
        latin('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\x00\x00\x00\x04\x00\x00\x00\x00\x00'),
        Buffer.from('16030100c8010000c403030102030405060708', 'hex'),
        latin('\r\n\r\n\r\n'),
        latin('{"query":"{ __typename }"}\n'),
        Buffer.from(Array.from({ length: 200 }, () => random.between(0, 255))),
        Buffer.alloc(random.pick([1, 70_000])),
      ]),
    ],
    cut: true,
  }),
];

function chunk(random: Random): string {
  const size = random.pick([
    '1',
    '1a',
    '1A',
    '0',
    '5',
    'ffffffff',
    'fffffffffffffffff',
    '-1',
    'g',
    '',
    ' 1',
    '1;x=y',
    `1;${'z'.repeat(20_000)}`,
  ]);
  return `${size}\r\n${random.pick(['x', BODY, '', '\0', 'hello'])}${random.pick(['\r\n', '\n', ''])}`;
}

/** Bytes that are turned, lost or doubled on the way. */
function damage(bytes: Buffer, random: Random): Buffer {
  if (bytes.length === 0) return bytes;
  const at = random.between(0, bytes.length - 1);
  const kind = random.between(0, 2);
  if (kind === 0) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + random.between(1, 8))]);
  if (kind === 1) return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.max(0, at - 16))]);
  const turned = Buffer.from(bytes);
  turned[at] = random.between(0, 255);
  return turned;
}

export function httpInput(random: Random): HttpInput {
  const { pieces, cut } = random.pick(KINDS)(random);
  const damaged = sometimes(random, 0.25) ? pieces.map((piece) => damage(piece, random)) : pieces;
  if (!sometimes(random, 0.2)) return { pieces: damaged, cut };
  const whole = Buffer.concat(damaged);
  const at = random.between(0, whole.length);
  return { pieces: [whole.subarray(0, at), whole.subarray(at)], cut };
}
