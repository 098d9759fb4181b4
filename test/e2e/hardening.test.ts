import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { Agent, type IncomingMessage, request as requestPlain } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import WebSocket from 'ws';
import type { Config } from '../../src/config.js';
import { loadTrustedDocuments } from '../../src/graphql/checks/trusted-documents.js';
import { askAs } from '../support/access.js';
import { connect, follow } from '../support/live-client.js';
import { startParley } from '../support/parley-process.js';
import { startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';

const run = promisify(execFile);
let folder: Awaited<ReturnType<typeof makeTempFolder>>;
const path = (name: string) => join(folder.path, name);
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(() => folder.remove());

const serve = (env: Record<string, string>) =>
  startParley([], {
    cwd: folder.path,
    env: { PORT: '0', SQLITE_PATH: path(`${Object.keys(env).join('-')}.db`), ...env },
  });

describe('an address that others can reach', () => {
  it('is refused while nobody is asked who they are, with what to do about it', async () => {
    const { code, stderr } = await serve({ HOST: '0.0.0.0' }).exited;
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /^parley: HOST 0\.0\.0\.0 can be reached by others[^\n]*parley keys create[^\n]*ALLOW_UNAUTHENTICATED=true[^\n]*\n$/,
    );
  });

  it('is taken where that is meant, or where there is a key', async () => {
    for (const env of [
      { HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' },
      { HOST: '0.0.0.0', KEYED: '1' },
    ]) {
      const database = { SQLITE_PATH: path(`${Object.keys(env).join('-')}.db`) };
      if ('KEYED' in env) {
        const words = ['keys', 'create', '--name', 'ci', '--scopes', 'read,append'];
        const { code, stdout, stderr } = await startParley(words, { env: database }).exited;
        expect(code).toBe(0);
        expect(stderr).toBe(`parley: keys of ${database.SQLITE_PATH}, a new database: there was none\n`);
        // The key alone, for a script to take.
        expect(stdout).toMatch(/^parley_[0-9a-f]{12}_[\w-]{43}\n$/);
      }
      const server = serve(env);
      await server.listening();
    }
  });
});

describe('a list of Host names', () => {
  const open = { HOST: '0.0.0.0', ALLOW_UNAUTHENTICATED: 'true' };
  const ask = (url: string, path: string, host: string) =>
    new Promise<number | undefined>((resolve, reject) => {
      const target = new URL(path, url);
      requestPlain({ port: target.port, path, headers: { host } }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });

  it('holds on another address than loopback too, but for probes', async () => {
    const server = serve({ ...open, ALLOWED_HOSTS: 'api.example.org' });
    const url = await server.listening();
    expect(await ask(url, '/graphql?query={__typename}', 'api.example.org')).toBe(200);
    expect(await ask(url, '/graphql?query={__typename}', 'localhost')).toBe(200);
    expect(await ask(url, '/graphql?query={__typename}', 'rebound.example')).toBe(403);
    expect(await ask(url, '/health', '10.0.0.7:4000')).toBe(200);
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws', {
      headers: { host: 'rebound.example' },
    });
    expect(String(await once(socket, 'error'))).toContain('403');
  });
});

describe('a connection without a request', () => {
  const idle = async (config: Partial<Config>) => {
    const server = await startServer(config);
    onTestFinished(() => server.stop());
    const agent = new Agent({ keepAlive: true });
    const closed = new Promise<void>((resolve, reject) => {
      const asked = requestPlain(server.url, { agent }, (answer) => answer.resume());
      asked.on('socket', (socket) => socket.on('close', () => resolve())).on('error', reject);
      asked.end();
    });
    const answer = await fetch(server.url);
    return { keptFor: answer.headers.get('keep-alive'), closed };
  };

  it('stays open longer than a load balancer keeps it, and says so', async () => {
    const { keptFor, closed } = await idle({});
    closed.catch(() => {});
    expect(keptFor).toBe('timeout=75');
  });

  it('is closed after what is set', async () => {
    const { keptFor, closed } = await idle({ keepAliveTimeout: 1 });
    expect(keptFor).toBe('timeout=1');
    await closed;
  });
});

describe('TLS', () => {
  it('serves HTTPS and secure WebSockets with a certificate', async () => {
    const subject = ['-subj', '/CN=localhost', '-days', '2'];
    const files = ['-keyout', path('key.pem'), '-out', path('cert.pem')];
    await run('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...files, ...subject]);
    const server = serve({ TLS_CERT: path('cert.pem'), TLS_KEY: path('key.pem') });
    const { url } = JSON.parse((await server.printed(/\{[^\n]*"url"[^\n]*\}\n/))[0]) as { url: string };
    expect(url).toMatch(/^https:/);
    const { statusCode, headers } = await new Promise<IncomingMessage>((resolve, reject) => {
      request(new URL('/health', url), { rejectUnauthorized: false }, resolve).on('error', reject).end();
    });
    expect(statusCode).toBe(200);
    expect(headers['strict-transport-security']).toBe('max-age=31536000');
    class Trusting extends WebSocket {
      constructor(address: string, protocols: string[]) {
        super(address, protocols, { rejectUnauthorized: false });
      }
    }
    const client = createClient({
      url: url.replace('https', 'wss'),
      webSocketImpl: Trusting,
      retryAttempts: 0,
    });
    onTestFinished(() => void client.dispose());
    const feed = follow(client, 'subscription { sessionEvents(sessionId: "s") { __typename } }');
    expect(await feed.next()).toEqual({ __typename: 'Ready' });
  });

  it.each([
    [{ TLS_CERT: 'cert.pem' }, /TLS_CERT is set, but TLS_KEY is not/],
    [
      { TLS_CERT: 'missing.pem', TLS_KEY: 'missing.pem' },
      /TLS_CERT is "missing\.pem", but it cannot be used with TLS_KEY/,
    ],
    [{ JWT_AUDIENCE: 'parley' }, /JWT_AUDIENCE is set, but JWT_ISSUER is not/],
    [
      { JWT_ISSUER: 'https://id.example.org' },
      /JWT_ISSUER is set, but JWT_AUDIENCE is not: .*other services/,
    ],
    [{ OPERATIONS: 'missing.json' }, /OPERATIONS is "missing\.json", but the manifest cannot be read/],
  ])('and others that make no sense are refused in one line: %j', async (env, reason) => {
    const { code, stderr } = await serve(env as Record<string, string>).exited;
    expect(code).toBe(2);
    expect(stderr).toMatch(/^parley: [^\n]+\n$/);
    expect(stderr).toMatch(reason);
  });
});

describe('a server that knows its operations', () => {
  const KNOWN = 'query Known { __typename }';

  it.each([
    ['[]', 'it has no list of operations'],
    ['{"operations": [null]}', 'each operation needs an id and a body'],
    ['{"operations": [{"id": "a"}]}', 'each operation needs an id and a body'],
  ])('is not started with %s', async (manifest, reason) => {
    await writeFile(path('wrong.json'), manifest);
    await expect(loadTrustedDocuments(path('wrong.json'))).rejects.toThrow(reason);
  });
  const LIVE = 'subscription Live { sessionEvents(sessionId: "s") { __typename } }';

  it('runs them by their text or their id, and nothing else, over HTTP and WebSocket', async () => {
    const operations = [
      { id: 'known', body: KNOWN },
      { id: 'live', body: LIVE },
    ];
    await writeFile(path('operations.json'), JSON.stringify({ operations }));
    const server = await startServer({ operations: path('operations.json') });
    onTestFinished(() => server.stop());
    const post = async (body: object) => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(server.url, { method: 'POST', headers, body: JSON.stringify(body) });
      return [response.status, await response.json()];
    };
    const typename = [200, { data: { __typename: 'Query' } }];
    expect(await post({ query: KNOWN })).toEqual(typename);
    expect(await post({ documentId: 'known' })).toEqual(typename);
    expect(await post({ extensions: { persistedQuery: { version: 1, sha256Hash: 'known' } } })).toEqual(
      typename,
    );
    const hash = encodeURIComponent('{"persistedQuery":{"version":1,"sha256Hash":"known"}}');
    for (const search of ['documentId=known', `extensions=${hash}`]) {
      expect(await (await fetch(`${server.url}?${search}`)).json()).toEqual(typename[1]);
    }
    for (const body of [
      { query: '{ __typename }' },
      { documentId: 'other' },
      { query: '{ a }', documentId: 'known' },
      {},
    ]) {
      expect(await post(body)).toEqual([
        403,
        { errors: [expect.objectContaining({ extensions: { code: 'FORBIDDEN' } })] },
      ]);
    }
    const client = connect(server.url);
    onTestFinished(() => void client.dispose());
    expect(await follow(client, LIVE).next()).toEqual({ __typename: 'Ready' });
    const other = follow(client, 'subscription { sessionEvents(sessionId: "t") { __typename } }');
    other.next().catch(() => {});
    expect(await other.ended).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  });
});

describe('a server that does not show its schema', () => {
  it('answers introspection with an error, over HTTP and WebSocket', async () => {
    const server = await startServer({ introspection: false });
    onTestFinished(() => server.stop());
    const query = '{ __schema { queryType { name } } }';
    expect((await askAs(server.url, null, query)).errors?.[0]?.extensions.code).toBe(
      'GRAPHQL_VALIDATION_FAILED',
    );
    const client = connect(server.url);
    onTestFinished(() => void client.dispose());
    const feed = follow(client, query);
    feed.next().catch(() => {});
    expect((await feed.ended)?.[0]?.extensions.code).toBe('GRAPHQL_VALIDATION_FAILED');
    expect((await askAs(server.url, null, '{ __typename }')).data).toEqual({ __typename: 'Query' });
  });
});

describe('a limit on operations a second', () => {
  it('answers RATE_LIMITED with the time to wait, over HTTP and WebSocket', async () => {
    const server = await startServer({ rateLimit: 2 });
    onTestFinished(() => server.stop());
    const answers = [];
    for (let n = 0; n < 12; n++) answers.push(await askAs(server.url, null, '{ __typename }'));
    expect(answers.slice(0, 10).map(({ status }) => status)).toEqual(Array(10).fill(200));
    const refused = answers[11];
    expect(refused).toMatchObject({ status: 429, errors: [{ extensions: { code: 'RATE_LIMITED' } }] });
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    const client = connect(server.url);
    onTestFinished(() => void client.dispose());
    const feed = follow(client, 'subscription { sessionEvents(sessionId: "s") { __typename } }');
    feed.next().catch(() => {});
    expect(await feed.ended).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }]);
  });
});
