import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type HttpServer, LIMIT, serveHello } from './http-server.js';
import { open, readAll, readUntil, say } from './raw-request.js';

let server: HttpServer;
beforeAll(async () => {
  server = await serveHello();
});
afterAll(() => server.stop());

const JSON_TYPE = { 'content-type': 'application/json' };
const post = (body: unknown, headers: Record<string, string> = JSON_TYPE) =>
  fetch(server.graphql, {
    method: 'POST',
    headers,
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const get = (params: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${server.graphql}?${new URLSearchParams(params)}`, { headers });
const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8';
const errorsOf = async (response: Response) =>
  ((await response.json()) as { errors: { message: string; extensions: { code: string } }[] }).errors;

describe('an operation over HTTP', () => {
  it('is answered when it is posted', async () => {
    const response = await post({ query: 'query($n: String) { hello(name: $n) }', variables: { n: 'Åsa' } });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { hello: 'hello Åsa' } });
  });

  it('is answered when it is in the URL', async () => {
    const response = await get({ query: 'query($n: String) { hello(name: $n) }', variables: '{"n":"?&=#"}' });
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { hello: 'hello ?&=#' } });
  });

  it('is answered where the target names scheme and host, as a proxy sends it', async () => {
    const { port } = server;
    const answer = await say(
      port,
      `GET http://localhost/graphql?query=%7Bhello%7D HTTP/1.1\r\nhost: localhost:${port}\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*"hello world"/s);
  });

  it('carries its length, is not sniffed and not stored', async () => {
    const response = await post({ query: '{ hello }' });
    const body = await response.text();
    expect(Object.fromEntries(response.headers)).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'content-length': String(Buffer.byteLength(body)),
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'referrer-policy': 'no-referrer',
    });
    expect(response.headers.has('access-control-allow-origin')).toBe(false);
  });

  it('is never a mutation in a URL', async () => {
    const response = await get({ query: 'mutation { shout(text: "a") }' });
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST');
    expect(server.shouted).toEqual([]);
  });

  it.each(['cross-site', 'same-site'])('is refused where a %s page has its browser send it', async (site) => {
    for (const query of ['{ hello }', 'mutation { shout(text: "a") }']) {
      const answer = await say(
        server.port,
        `GET /graphql?${new URLSearchParams({ query })} HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: ${site}\r\nconnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 403 .*page of another site.*"FORBIDDEN"/s);
    }
    expect(server.shouted).toEqual([]);
  });

  it.each(['none', 'same-origin'])('is answered where a browser says that it is %s', async (site) => {
    const answer = await say(
      server.port,
      `GET /graphql?query=%7Bhello%7D HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: ${site}\r\nconnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*"hello world"/s);
  });

  it('is not done where nobody takes its answer', async () => {
    const response = await post(
      { query: 'mutation { shout(text: "a") }' },
      { ...JSON_TYPE, accept: 'image/png' },
    );
    expect(response.status).toBe(406);
    expect(await errorsOf(response)).toEqual([
      { message: expect.stringContaining('"image/png"'), extensions: { code: 'BAD_REQUEST' } },
    ]);
    expect(server.shouted).toEqual([]);
  });

  it('may be persisted by its hash', async () => {
    const query = 'query Persisted { hello }';
    const sha256Hash = createHash('sha256').update(query).digest('hex');
    const extensions = { persistedQuery: { version: 1, sha256Hash } };
    expect((await errorsOf(await post({ extensions })))[0]?.extensions.code).toBe(
      'PERSISTED_QUERY_NOT_FOUND',
    );
    expect(await (await post({ query, extensions })).json()).toEqual({ data: { hello: 'hello world' } });
    const short = await get({ extensions: JSON.stringify(extensions) });
    expect(await short.json()).toEqual({ data: { hello: 'hello world' } });
  });
});

describe('the turn of an operation', () => {
  it('comes when all of it is there, and nothing is made of it before', async () => {
    let turns = 0;
    let asked = () => {};
    let begin = () => {};
    const waits = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const turn = () => {
      turns++;
      asked();
      return new Promise<void>((resolve) => {
        begin = resolve;
      });
    };
    const server = await serveHello({ turn });
    onTestFinished(() => server.stop());
    const body = 'this is no JSON';
    const socket = open(server.port);
    onTestFinished(() => void socket.destroy());
    socket.write(
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
    );
    await readUntil(socket, 'HTTP/1.1 100');
    socket.write(body.slice(1));
    expect(turns).toBe(0);
    socket.write(body.slice(0, 1));
    await waits;
    const answered = readUntil(socket, 'HTTP/1.1 400');
    begin();
    await answered;
    expect(turns).toBe(1);
  });
});

describe('what is no operation', () => {
  it.each(['PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'QUERY'])(
    '%s is answered with 405',
    async (method) => {
      const response = await fetch(server.graphql, { method });
      expect(response.status).toBe(405);
      expect(response.headers.get('allow')).toBe('GET, POST');
      const text = await response.text();
      if (method === 'HEAD') expect(text).toBe('');
      else expect(JSON.parse(text).errors[0].extensions.code).toBe('BAD_REQUEST');
    },
  );

  it.each(['/graphql/', '/GraphQL', '/graphqlx', '/health/x', '/favicon.ico'])(
    '%s is not found',
    async (path) => {
      const response = await fetch(`${server.url}${path}`);
      expect(response.status).toBe(404);
      expect((await errorsOf(response))[0]).toEqual({
        message: `There is nothing at "${path}". GraphQL is at /graphql.`,
        extensions: { code: 'BAD_REQUEST' },
      });
    },
  );

  it('says at / what this is, and where it is', async () => {
    const response = await fetch(`${server.url}/`);
    expect(response.status).toBe(404);
    const [error] = await errorsOf(response);
    expect(error?.message).toMatch(/Parley, a GraphQL server.*\/graphql.*\/health.*\/ready/);
    const page = await fetch(`${server.url}/`, { headers: { accept: BROWSER } });
    expect([page.status, page.headers.get('content-type')]).toEqual([404, 'text/plain; charset=utf-8']);
    expect(await page.text()).toContain('GraphQL is at /graphql');
  });

  it('tells a browser what this is and how it is asked, and a program what it forgot', async () => {
    const page = await fetch(server.graphql, { headers: { accept: BROWSER } });
    expect([page.status, page.headers.get('content-type')]).toEqual([200, 'text/plain; charset=utf-8']);
    expect(await page.text()).toMatch(/This is Parley.*\?query=.*curl.*docs\//s);
    const response = await fetch(server.graphql);
    expect(response.status).toBe(400);
    expect(await errorsOf(response)).toEqual([
      { message: expect.stringMatching(/This GET has no query.*POST/), extensions: { code: 'BAD_REQUEST' } },
    ]);
  });

  it.each(['//', '//evil.example/graphql', '*', '/%', '/\\', 'http://', '/..//'])(
    'the target %s does no harm',
    async (target) => {
      const answer = await say(
        server.port,
        `OPTIONS ${target} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 40[045] /);
    },
  );

  it.each([
    ['{"query":', 'not valid JSON'],
    ['', 'empty'],
    ['[{"query":"{ hello }"}]', 'an array'],
    ['"{ hello }"', 'a string'],
    ['null', 'null'],
  ])('the body %s is answered with 400', async (body, why) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await errorsOf(response)).toEqual([
      { message: expect.stringContaining(why), extensions: { code: 'BAD_REQUEST' } },
    ]);
  });

  it.each([
    ['{}', 'no query'],
    ['{"query":1}', 'text'],
    ['{"query":""}', 'no query'],
    ['{"query":"{ hello }","variables":[]}', 'variables'],
    ['{"query":"{ hello }","variables":"{}"}', 'not JSON in a text'],
    ['{"query":"{ hello }","extensions":1}', 'extensions'],
    ['{"query":"{ hello }","operationName":1}', 'operationName'],
  ])('the body %s is answered with 400, whatever is accepted', async (body, why) => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const response = await post(body, { ...JSON_TYPE, accept });
      expect([response.status, response.headers.get('content-type')]).toEqual([
        400,
        `${accept}; charset=utf-8`,
      ]);
      expect(await errorsOf(response)).toEqual([
        { message: expect.stringContaining(why), extensions: { code: 'BAD_REQUEST' } },
      ]);
    }
  });

  it.each([
    ['query={hello}&query={hello}', 'more than once'],
    ['query={hello}&variables=[', 'not valid JSON'],
    ['query={hello}&variables=[]', 'variables'],
    ['variables={}', 'no query'],
  ])('the address with %s is answered with 400', async (search, why) => {
    const response = await fetch(`${server.graphql}?${search}`);
    expect(response.status).toBe(400);
    expect((await errorsOf(response))[0]?.message).toContain(why);
  });

  it.each(['{"query":"{ nothing }"}', '{"query":"{"}'])(
    'the operation of %s is refused with 400, and with 200 in plain JSON',
    async (body) => {
      const graphql = await post(body, { ...JSON_TYPE, accept: 'application/graphql-response+json' });
      const plain = await post(body);
      expect([graphql.status, plain.status]).toEqual([400, 200]);
      for (const answer of [graphql, plain])
        expect((await errorsOf(answer))[0]?.extensions.code).toMatch(/GRAPHQL_/);
    },
  );

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/graphql',
  ])('a body of type %s is answered with 415, and never executed', async (type) => {
    const body = { query: 'mutation { shout(text: "a") }' };
    const response = await post(body, { 'content-type': type, 'apollo-require-preflight': '1' });
    expect(response.status).toBe(415);
    expect((await errorsOf(response))[0]?.extensions.code).toBe('BAD_REQUEST');
    expect(server.shouted).toEqual([]);
  });

  it('a foreign Host is answered with 403 at every path', async () => {
    for (const path of ['/graphql', '/health', '/ready', '/nothing']) {
      const answer = await say(
        server.port,
        `GET ${path} HTTP/1.1\r\nhost: evil.example\r\nconnection: close\r\n\r\n`,
      );
      expect(answer).toMatch(/^HTTP\/1\.1 403 .*The Host.*"FORBIDDEN"/s);
    }
  });

  it('a foreign Origin is answered with 403, whatever it asks', async () => {
    for (const method of ['POST', 'OPTIONS', 'GET']) {
      const response = await fetch(server.graphql, {
        method,
        headers: { ...JSON_TYPE, origin: 'https://evil.example', 'access-control-request-method': 'POST' },
        ...(method === 'POST' ? { body: '{"query":"mutation { shout(text: \\"a\\") }"}' } : {}),
      });
      expect(response.status).toBe(403);
      expect(response.headers.has('access-control-allow-origin')).toBe(false);
      expect((await errorsOf(response))[0]?.extensions.code).toBe('FORBIDDEN');
    }
    expect(server.shouted).toEqual([]);
  });

  it('leaves nothing in the log but what the server did wrong', () => {
    expect(server.log).toEqual([]);
  });
});

describe('a body that is too large', () => {
  /** More than what the network holds for a server that does not read. */
  const SENT = 16 * 1024 * 1024;
  const tooLarge = /^HTTP\/1\.1 413 .*connection: close.*"PAYLOAD_TOO_LARGE"/is;
  const head = (headers: string) =>
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n${headers}\r\n\r\n`;

  it('is answered with 413 to a client that only then reads', async () => {
    const response = await post(JSON.stringify({ query: `# ${'x'.repeat(8 * LIMIT)}` }));
    expect(response.status).toBe(413);
    expect((await errorsOf(response))[0]).toEqual({
      message: expect.stringContaining(`${LIMIT} bytes`),
      extensions: { code: 'PAYLOAD_TOO_LARGE' },
    });
  });

  it('is answered before it has come, when its length says so', async () => {
    const socket = open(server.port);
    socket.write(head(`content-length: ${1024 * 1024}`));
    expect(await readUntil(socket, '}]}')).toMatch(tooLarge);
    socket.destroy();
  });

  it.each([
    ['announced', `content-length: ${SENT}`, 'x'.repeat(SENT)],
    ['chunked', 'transfer-encoding: chunked', `${SENT.toString(16)}\r\n${'x'.repeat(SENT)}\r\n0\r\n\r\n`],
  ])(
    'can be sent to its end when it is %s, and the answer read only after it',
    async (_how, header, body) => {
      const socket = open(server.port).pause();
      const sent = new Promise<void>((resolve, reject) => {
        socket.on('error', reject);
        socket.write(head(header) + body, () => resolve());
      });
      await sent;
      expect(await readAll(socket)).toMatch(tooLarge);
    },
  );

  it('is answered in the middle of its chunks', async () => {
    const socket = open(server.port);
    const answer = readAll(socket);
    socket.write(head('transfer-encoding: chunked'));
    const piece = `4000\r\n${'x'.repeat(0x4000)}\r\n`;
    socket.write(piece);
    for (let i = 0; i < 64; i++) socket.write(piece);
    socket.write('0\r\n\r\n');
    expect(await answer).toMatch(tooLarge);
  });

  it('is cut off when it does not end', async () => {
    const socket = open(server.port);
    socket.on('error', () => {});
    const answered = readUntil(socket, '}]}');
    socket.write(head('transfer-encoding: chunked'));
    const piece = `100000\r\n${'x'.repeat(0x100000)}\r\n`;
    const closed = new Promise<void>((resolve) => socket.on('close', () => resolve()));
    const more = () => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    more();
    expect(await answered).toMatch(tooLarge);
    await closed;
    expect(socket.bytesWritten).toBeLessThan(256 * 1024 * 1024);
  });

  it('leaves the server as it was', async () => {
    expect((await post({ query: '{ hello }' })).status).toBe(200);
    expect(server.log).toEqual([]);
  });
});

describe('a refused body that is small', () => {
  it('does not cost the client its connection', async () => {
    const socket = open(server.port);
    const bodies = ['{', '{"query":"{ hello }"}'];
    const ask = (type: string, body: string) =>
      `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`;
    const answers = readUntil(socket, '"hello world"');
    socket.write(
      ask('text/plain', 'not read') + bodies.map((body) => ask('application/json', body)).join(''),
    );
    expect((await answers).match(/HTTP\/1\.1 \d+/g)).toEqual([
      'HTTP/1.1 415',
      'HTTP/1.1 400',
      'HTTP/1.1 200',
    ]);
    socket.destroy();
  });
});
