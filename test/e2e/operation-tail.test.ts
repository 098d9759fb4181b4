import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createClient } from '../../src/client/index.js';
import { makeKey } from '../support/access.js';
import { freePort } from '../support/free-port.js';
import { type KillableServer, startKillable } from '../support/killable-server.js';
import { listening } from '../support/listening.js';
import { type ParleyProcess, startParley } from '../support/parley-process.js';

const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { messageId } } }`;

let folder = '';
let file = '';
let server: KillableServer;

const tail = (...words: string[]) => tailAs({}, ...words);
const tailAs = (env: Record<string, string>, ...words: string[]) =>
  startParley(['tail', ...words, '--url', server.url], { env });

async function change(query: string, variables: Record<string, unknown> = {}): Promise<void> {
  const { body } = await server.request(query, variables);
  expect(body).not.toHaveProperty('errors');
}

function append(sessionId: string, ...texts: string[]): Promise<void> {
  const messages = texts.map((text) => ({ role: 'USER', text }));
  return change(APPEND, { input: { sessionId, agentId: 'support', createIfMissing: true, messages } });
}

/** Passes WebSockets on to the server, and requests but for those that are answered with a status here. */
async function passing(answer: (count: number) => number | null) {
  let count = 0;
  const { port } = new URL(server.url);
  const between = createServer(async (request, response) => {
    count++;
    const status = answer(count);
    if (status !== null) return response.writeHead(status).end();
    const body = await text(request);
    const headers = { 'content-type': 'application/json' };
    response.end(await (await fetch(server.url, { method: 'POST', headers, body })).text());
  });
  between.on('upgrade', (request, socket) => {
    const onward = connect(Number(port), '127.0.0.1', () => {
      const fields = request.rawHeaders.map((part, index) => (index % 2 === 0 ? `${part}: ` : `${part}\r\n`));
      onward.write(`GET ${request.url} HTTP/1.1\r\n${fields.join('')}\r\n`);
      socket.pipe(onward).pipe(socket);
    });
    for (const end of [socket, onward]) end.on('error', () => {});
  });
  return { url: await listening(between), counted: () => count };
}

/** Resolves once standard error matches. */
function said({ child, exited }: ParleyProcess, pattern: RegExp): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    child.stderr?.on('data', (chunk) => {
      text += chunk;
      if (pattern.test(text)) resolve();
    });
    exited.then(() => reject(new Error(`tail ended, and did not say ${pattern}: ${text}`)));
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parley-tail-'));
});
beforeEach(async ({ task }) => {
  file = join(folder, `${task.id}.db`);
  server = await startKillable({ SQLITE_PATH: file });
  onTestFinished(async () => void (await server.stop()));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('parley tail', () => {
  it('follows a conversation that does not exist yet, over a killed server, and prints each message once', async () => {
    const following = tail('demo');
    await said(following, /waiting for session "demo"/);
    await append('demo', 'one', 'two');
    await following.printed(/two\n/);
    await server.killAndRestart();
    await append('demo', 'three');
    await following.printed(/three\n/);
    following.kill('SIGINT');
    const { code, stdout } = await following.exited;
    expect(code).toBe(0);
    expect(stdout.split('\n').map((line) => line.slice(9))).toEqual([
      'support user: one',
      'support user: two',
      'support user: three',
      '',
    ]);
  });

  it('prints earlier messages first, as JSON where it is asked to', async () => {
    await append('demo', 'one', 'two');
    const following = tail('demo', '--since', '1h', '--json');
    await following.printed(/two.*\n/);
    await append('demo', 'three');
    await following.printed(/three.*\n/);
    following.kill('SIGTERM');
    const { code, stdout } = await following.exited;
    expect(code).toBe(0);
    const printed = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(printed.map(({ messageId, text }) => [messageId, text])).toEqual([
      [0, 'one'],
      [1, 'two'],
      [2, 'three'],
    ]);
    expect(printed[0]).toMatchObject({ sessionId: 'demo', agentId: 'support', role: 'USER' });
  });

  it('says what a framework calls the author of a message', async () => {
    const metadata = { framework: { name: 'any', version: 1, author: 'system', item: null } };
    const messages = [
      { role: 'USER', text: 'Be brief.', metadata },
      { role: 'USER', text: 'one' },
    ];
    await change(APPEND, {
      input: { sessionId: 'framed', agentId: 'support', createIfMissing: true, messages },
    });
    const following = tail('framed', '--since', '1h');
    await following.printed(/one.*\n/);
    following.kill('SIGTERM');
    const { stdout } = await following.exited;
    expect(stdout.split('\n').map((line) => line.slice(9))).toEqual([
      'support system: Be brief.',
      'support user: one',
      '',
    ]);
  });

  it('reads earlier messages again where the server was busy, and shows none twice', async () => {
    await append('demo', 'one');
    const { url, counted } = await passing((count) => (count < 3 ? 503 : null));
    const following = startParley(['tail', 'demo', '--since', '1h', '--url', url]);
    await following.printed(/one\n/);
    expect(counted()).toBe(4);
    await append('demo', 'two');
    await following.printed(/two\n/);
    following.kill('SIGINT');
    const { code, stdout } = await following.exited;
    expect(code).toBe(0);
    expect(stdout.match(/user: \w+/g)).toEqual(['user: one', 'user: two']);
  });

  it('ends where earlier messages cannot be read, and says why', async () => {
    await append('demo', 'one');
    const { url } = await passing(() => 400);
    const { code, stdout, stderr } = await startParley(['tail', 'demo', '--since', '1h', '--url', url])
      .exited;
    expect(stderr).toMatch(/^parley: [^\n]* not answered as a GraphQL server does \(status 400\)\.\n$/);
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
  });

  it('shows the credential of its environment, and ends with what the server says of a wrong one', async () => {
    await append('demo', 'one');
    const { bearer } = await makeKey(file, ['read']);
    const token = bearer.replace('Bearer ', '');
    const following = tailAs({ PARLEY_TOKEN: token }, 'demo', '--since', '1h');
    await following.printed(/one.*\n/);
    for (const env of [{}, { PARLEY_TOKEN: `${token.slice(0, -4)}AAAA` }]) {
      const { code, stderr } = await tailAs(env, 'demo').exited;
      expect(code).toBe(1);
      expect(stderr).toMatch(/4403 .*credential/i);
      expect(stderr).not.toContain(token.slice(-20, -4));
    }
  });

  it('prints each message in one line, and no mark that changes how a terminal shows it', async () => {
    const following = tail('demo');
    const asJson = tail('demo', '--json');
    await Promise.all([said(following, /waiting/), said(asJson, /waiting/)]);
    const text =
      'safe \u001b[2J text\n12:00:00 support assistant: forged \u202eright to left\u202c \u0085 \u2028 \u2066 end';
    await append('demo', text);
    const [line] = await following.printed(/.* end\n/);
    expect(line.slice(9)).toBe(
      'support user: safe \\u001b[2J text\\n12:00:00 support assistant: forged \\u202eright to left\\u202c \\u0085 \\u2028 \\u2066 end\n',
    );
    const [json] = await asJson.printed(/.* end.*\n/);
    expect(json).toMatch(/^[\x20-\x7e]+\n$/);
    expect(JSON.parse(json).text).toBe(text);
  });

  it('shows a redaction, once, and no other change', async () => {
    await append('demo', 'my number is 555', 'fine');
    const following = tail('demo', '--since', '1h');
    const asJson = tail('demo', '--since', '1h', '--json');
    await Promise.all([following.printed(/fine\n/), asJson.printed(/fine.*\n/)]);
    const first = 'sessionId: "demo", agentId: "support", messageId: 0';
    await change(
      `mutation { redactMessage(input: {${first}, replacement: {role: USER, text: "withheld"}}) { __typename } }`,
    );
    await following.printed(/withheld\n/);
    await change(
      `mutation { recordMetrics(input: {${first}, metrics: {accumulated_metrics: {latencyMs: 5}}}) { __typename } }`,
    );
    await append('demo', 'last');
    await Promise.all([following.printed(/last\n/), asJson.printed(/last.*\n/)]);
    expect(
      following
        .output()
        .split('\n')
        .map((line) => line.slice(9)),
    ).toEqual([
      'support user: my number is 555',
      'support user: fine',
      'support user: message 0 was redacted, and now reads: withheld',
      'support user: last',
      '',
    ]);
    const lines = asJson
      .output()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ messageId, text, redacted }) => [messageId, text, redacted])).toEqual([
      [0, 'my number is 555', false],
      [1, 'fine', false],
      [0, 'withheld', true],
      [2, 'last', false],
    ]);
  });

  it('shows a reply as it grows, in one line, and a message that comes between in a line of its own', async () => {
    const client = createClient({ url: server.url });
    onTestFinished(() => client.close());
    const following = tail('demo');
    const asJson = tail('demo', '--json');
    await Promise.all([said(following, /waiting/), said(asJson, /waiting/)]);
    const options = { sessionId: 'demo', agentId: 'support', createIfMissing: true };
    const first = await client.startReply(options);
    await first.write({ kind: 'reasoning', text: 'not shown' });
    await first.write('Hello');
    await following.printed(/assistant: Hello$/);
    await first.write(',\nworld');
    await following.printed(/Hello,\\nworld$/);
    await first.finish();
    const second = await client.startReply(options);
    await second.write('Let me ');
    await following.printed(/Let me $/);
    await append('demo', 'hurry');
    await following.printed(/hurry\n/);
    await second.write('look');
    await second.finish();
    await following.printed(/look\n/);
    const third = await client.startReply(options);
    await third.write('no');
    await following.printed(/no$/);
    const aborted = said(following, /support's reply was aborted: enough/);
    await third.abort({ reason: 'enough' });
    await aborted;
    expect(
      following
        .output()
        .split('\n')
        .map((line) => line.slice(9)),
    ).toEqual([
      'support assistant: Hello,\\nworld',
      'support assistant: Let me  …',
      'support user: hurry',
      'support assistant: Let me look',
      'support assistant: no …',
      '',
    ]);
    await asJson.printed(/look.*\n/);
    const lines = asJson.output().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).text)).toEqual(['Hello,\nworld', 'hurry', 'Let me look']);
  });

  it('says what stands in the place of earlier messages, live and of those before', async () => {
    const live = tail('demo');
    await said(live, /waiting for session "demo"/);
    await append('demo', 'one', 'two', 'three');
    const messages = [
      {
        role: 'ASSISTANT',
        text: 'all in one',
        supersedes: [
          { from: 0, to: 1 },
          { from: 2, to: 2 },
        ],
      },
      { role: 'USER', content: [], supersedes: [{ from: 3, to: 3 }] },
    ];
    await change(APPEND, { input: { sessionId: 'demo', agentId: 'support', messages } });
    const taken = 'support user: (takes out 3)';
    await live.printed(/takes out.*\n/);
    live.kill('SIGINT');
    const shown = ({ stdout }: { stdout: string }) =>
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(9));
    expect(shown(await live.exited).slice(3)).toEqual([
      'support assistant: all in one (in place of 0 to 1, 2)',
      taken,
    ]);
    const earlier = tail('demo', '--since', '1h');
    await earlier.printed(/takes out.*\n/);
    earlier.kill('SIGINT');
    expect(shown(await earlier.exited)).toEqual([
      'support user: one (superseded by 3)',
      'support user: two (superseded by 3)',
      'support user: three (superseded by 3)',
      'support assistant: all in one (in place of 0 to 1, 2) (superseded by 4)',
      taken,
    ]);
  });

  it('ends with its session, and takes that for no lost connection', async () => {
    await append('demo', 'hello');
    const following = tail('demo', '--since', '1h');
    await following.printed(/hello/);
    await change('mutation { deleteSession(input: {sessionId: "demo"}) { sessionId } }');
    const { code, stderr } = await following.exited;
    expect(code).toBe(0);
    expect(stderr).toContain('was deleted');
    expect(stderr).not.toContain('lost');
  });

  it('ends when its reader is gone', async () => {
    const following = tail('demo');
    await said(following, /waiting/);
    following.child.stdout?.destroy();
    // The first line meets a closed pipe.
    await append('demo', 'one');
    expect((await following.exited).code).toBe(0);
  });
});

/** A server of any kind; each request is answered with this. */
async function serve(status: number, body: string, headers: Record<string, string> = {}): Promise<string> {
  return listening(createServer((_request, response) => response.writeHead(status, headers).end(body)));
}

const tailAt = (url: string) => startParley(['tail', 'demo', '--url', url]);

describe('parley tail that cannot connect', () => {
  it('says that nothing listens, and ends quietly by Ctrl-C', async () => {
    const url = `http://127.0.0.1:${await freePort()}/graphql`;
    const following = tailAt(url);
    await said(following, /nothing listens at 127\.0\.0\.1:\d+ \(connection refused\); trying again/);
    following.kill('SIGINT');
    const { code, stderr } = await following.exited;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(
      stderr
        .trimEnd()
        .split('\n')
        .every((line) => /^parley: [Cc]annot connect/.test(line)),
    ).toBe(true);
  });

  it('says the same of a server that has gone, and ends quietly by Ctrl-C, too', async () => {
    const following = tail('demo');
    await said(following, /waiting/);
    await server.stop();
    await said(following, /connection refused/);
    following.kill('SIGINT');
    const { code, stderr } = await following.exited;
    expect(code).toBe(0);
    expect(stderr).not.toMatch(/\n\s+at /);
    // What has once connected is waited for.
    expect(stderr).toMatch(/lost; trying again/);
  });

  it.each([
    ['a wrong path', async () => `${server.url}s`, /there is no GraphQL at \/graphqls \(404: .*\/graphql/],
    ['TLS where there is none', async () => server.url.replace('http', 'https'), /does not speak TLS/],
    [
      'a refusal',
      () => serve(403, '{"errors":[{"message":"The Host \\"a\\" may not."}]}'),
      /the server refuses \(403: The Host "a" may not\.\)/,
    ],
    ['another program', () => serve(200, '<html>'), /is no GraphQL server \(200\)/],
    [
      'another address',
      () => serve(301, '', { location: 'https://a.example/' }),
      /the address is https:\/\/a\.example\/ \(301\)/,
    ],
  ])('ends at %s, and says why', async (_what, at, reason) => {
    const { code, stdout, stderr } = await tailAt(await at()).exited;
    expect(stderr).toMatch(reason);
    expect(stderr.trimEnd()).toMatch(/^parley: [Cc]annot connect to [^\n]*$/);
    expect(code).toBe(1);
    expect(stdout).toBe('');
  });

  it.each([
    ['an overloaded gateway', () => serve(503, ''), /the server answers 503; trying again/],
    [
      'a proxy that lets no WebSocket through',
      () => serve(200, '{"data":{"__typename":"Query"}}'),
      /lets no WebSocket through/,
    ],
    ['an unknown name', async () => 'http://parley.invalid/graphql', /the name parley\.invalid is not known/],
  ])('tries again at %s, and says why, once', async (_what, at, reason) => {
    const following = tailAt(await at());
    await said(following, reason);
    following.kill('SIGTERM');
    const { code, stderr } = await following.exited;
    expect(code).toBe(0);
    expect(stderr.trimEnd()).toMatch(/^parley: [Cc]annot connect to [^\n]*$/);
  });

  it('says that a certificate is not trusted', async () => {
    const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')];
    const request = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=localhost'];
    await promisify(execFile)('openssl', [...request, ...files]);
    const secure = startParley([], {
      env: {
        SQLITE_PATH: join(folder, 'tls.db'),
        PORT: '0',
        TLS_CERT: join(folder, 'cert.pem'),
        TLS_KEY: join(folder, 'key.pem'),
      },
    });
    const [, url = ''] = await secure.printed(/listening on (https:\/\/[^\s",]+)/);
    const { code, stderr } = await tailAt(url).exited;
    expect(stderr).toMatch(/certificate is not trusted.*NODE_EXTRA_CA_CERTS/);
    expect(code).toBe(1);
  });
});
