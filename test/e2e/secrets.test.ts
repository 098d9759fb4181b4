import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, expect, it } from 'vitest';
import WebSocket from 'ws';
import { askAs } from '../support/access.js';
import { spawnParley } from '../support/parley-process.js';
import { makeTempFolder } from '../support/temp-folder.js';

let folder: Awaited<ReturnType<typeof makeTempFolder>>;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(() => folder.remove());

const ORIGINAL = 'planted-original-4111-1111';
const WRONG_KEY = `parley_${'0'.repeat(12)}_planted-wrong-secret-${'x'.repeat(23)}`;
const CREATE = 'mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { id } } }';
const APPEND =
  'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { id text } } }';
const REDACT = 'mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { text } } }';
const TOKEN = 'mutation ($input: CreateSessionTokenInput!) { createSessionToken(input: $input) { token } }';
const EVERYTHING = `{
  sessions { nodes { sessionId metadata feedback { comment } guardrailEvents { action }
    agents { agentId state systemPrompt messages(last: 20) { nodes { text content { __typename } } } } } }
  serverStatus { ready feed { state reason } store { reason } }
  auditLog { nodes { callerId callerName action sessionId outcome from } }
}`;

it('no secret is in a log, an error, an answer, /ready, the audit or the title of the process', async () => {
  const env = { SQLITE_PATH: join(folder.path, 'parley.db') };
  const words = [
    'keys',
    'create',
    '--name',
    'all',
    '--scopes',
    'read,append,metadata,feedback,redact,delete,admin',
  ];
  const key = (await spawnParley(words, { env }).exited).stdout.trim();
  const server = spawnParley([], { env: { ...env, PORT: '0', LOG_LEVEL: 'trace' } });
  const url = await server.listening();
  const answers: string[] = [];
  const ask = async (bearer: string | null, query: string, input: object = {}) => {
    const answer = await askAs(url, bearer && `Bearer ${bearer}`, query, { input });
    answers.push(JSON.stringify(answer));
    return answer;
  };

  await ask(key, CREATE, { sessionId: 's' });
  const { data } = await ask(key, APPEND, {
    sessionId: 's',
    agentId: 'a',
    createIfMissing: true,
    messages: [{ role: 'USER', text: ORIGINAL }],
  });
  // What its writer was given back is no leak.
  answers.length = 0;
  const { id } = data.appendMessages.messages[0];
  await ask(key, REDACT, { id, replacement: { role: 'USER', text: '[removed]' } });
  const db = new Database(env.SQLITE_PATH, { readonly: true });
  const { viewer_password: password } = db.prepare('SELECT viewer_password FROM sessions').get() as {
    viewer_password: string;
  };
  const secrets = db.prepare('SELECT value FROM secrets').all() as { value: Buffer }[];
  const { key: storedKey } = db.prepare('SELECT key FROM api_keys').get() as { key: string };
  db.close();
  const { token } = (await ask(key, TOKEN, { sessionId: 's', scopes: ['READ'] })).data.createSessionToken;
  answers.pop();

  const viewer = `svp_${Buffer.from('s').toString('base64url')}.${password}`;
  for (const bearer of [key, token, viewer, WRONG_KEY, `${viewer}x`, null]) {
    await ask(bearer, EVERYTHING);
    await ask(bearer, '{ nonsense }');
    await ask(bearer, APPEND, { sessionId: 's', agentId: 'a.b', messages: [{ role: 'USER', text: 'x' }] });
    const ready = await fetch(
      new URL('/ready', url),
      bearer ? { headers: { authorization: `Bearer ${bearer}` } } : {},
    );
    answers.push(await ready.text());
    await openSocket(url, bearer, answers);
  }
  answers.push(await readFile(`/proc/${server.child.pid}/cmdline`, 'utf8').catch(() => ''));
  server.kill('SIGTERM');
  const { stdout, stderr } = await server.exited;

  const planted = [
    ORIGINAL,
    key,
    key.split('_').at(-1) as string,
    token,
    password,
    'planted-wrong-secret',
    JSON.parse(storedKey).hash as string,
    ...secrets.flatMap(({ value }) => [
      value.toString('hex'),
      value.toString('base64'),
      value.toString('base64url'),
    ]),
  ];
  const said = `${answers.join('\n')}\n${stdout}\n${stderr}`;
  expect(stdout).toContain('"level":"info"');
  expect(answers.join('\n')).toContain('[removed]');
  for (const secret of planted)
    expect(said.includes(secret), `a secret that begins with ${secret.slice(0, 6)}`).toBe(false);
});

/** A subscription with the credential: what it gives, and why it is closed. */
async function openSocket(url: string, bearer: string | null, answers: string[]): Promise<void> {
  const client = createClient({
    url: url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    ...(bearer === null ? {} : { connectionParams: { authorization: `Bearer ${bearer}` } }),
  });
  await new Promise<void>((resolve) => {
    const note = (what: unknown) => {
      const { code, reason } = (what ?? {}) as { code?: number; reason?: string };
      answers.push(JSON.stringify(what ?? null), `${code} ${reason}`);
      resolve();
    };
    client.subscribe(
      { query: 'subscription { sessionEvents(sessionId: "s") { __typename cursor } }' },
      { next: note, error: note, complete: () => resolve() },
    );
  });
  await client.dispose();
}
