import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type App, createApp } from '../../src/app.js';
import { ERROR_CODES, ParleyError } from '../../src/domain/errors.js';
import type { SessionStore } from '../../src/domain/sessions/session-store.js';
import { readConfig } from '../../src/read-config.js';
import { makeTempFolder } from '../support/temp-folder.js';

const SECRET = 'mongodb://admin:hunter2@db7 near "SELECT * FROM sessions"';
const WRITES = ['createSession', 'appendMessages', 'changeMetadata'];
const READS = ['findSessions', 'countSessions', 'loadSessions', 'loadAgents', 'loadMessages', 'loadUsage'];

/** What the store fails with; null where it works. */
const fault = vi.hoisted(() => ({ error: null as unknown }));

vi.mock('../../src/stores/open-store.js', async (original) => {
  const { openStore } = await original<typeof import('../../src/stores/open-store.js')>();
  return {
    async openStore(...options: Parameters<typeof openStore>) {
      const opened = await openStore(...options);
      const sessions = new Proxy(opened.sessions, {
        get(store, name: keyof SessionStore) {
          if (![...READS, ...WRITES].includes(name)) return store[name];
          // Told at the call: what stands before the store may have taken its methods long ago.
          return (...input: never[]) =>
            fault.error === null
              ? (store[name] as (...input: never[]) => unknown)(...input)
              : Promise.reject(fault.error);
        },
      });
      return { ...opened, sessions };
    },
  };
});

let app: App;
let url: string;
let folder: Awaited<ReturnType<typeof makeTempFolder>>;
let lines: Record<string, unknown>[] = [];
beforeAll(async () => {
  folder = await makeTempFolder();
  const log = pino({ level: 'warn' }, { write: (line) => void lines.push(JSON.parse(line)) });
  const config = { ...readConfig({}), port: 0, sqlitePath: `${folder.path}/parley.db` };
  app = await createApp(config, { log });
  ({ url } = await app.start());
});
afterAll(async () => {
  await app.stop();
  await folder.remove();
});
beforeEach(() => {
  fault.error = null;
  lines = [];
});

async function ask(query: string) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  return { status: response.status, text: await response.text() };
}

const OPERATIONS = [
  ['a list', '{ sessions { nodes { sessionId } } }'],
  ['a count', '{ sessions { totalCount } }'],
  ['a session', '{ session(sessionId: "s") { sessionId } }'],
  ['an object', `{ node(id: "${Buffer.from('["Agent","s","a"]').toString('base64url')}") { id } }`],
  ['a new session', 'mutation { createSession(input: {sessionId: "s"}) { session { id } } }'],
  [
    'an append',
    'mutation { appendMessages(input: {sessionId: "s", agentId: "a", createIfMissing: true, messages: [{role: USER, text: "x"}]}) { messages { id } } }',
  ],
  ['metadata', 'mutation { updateMetadata(input: {sessionId: "s", set: {a: 1}}) { session { id } } }'],
] as const;

describe.each(OPERATIONS)('a store that fails under %s', (_name, query) => {
  it.each([
    ['an error of its driver', () => Object.assign(new Error(SECRET), { code: 'SQLITE_CORRUPT' })],
    ['a defect', () => new TypeError(SECRET)],
    ['a defect of our own', () => new ParleyError('INTERNAL_SERVER_ERROR', SECRET)],
    ['what is no error', () => SECRET],
  ])('with %s leaves a correlation id and nothing else', async (_what, make) => {
    fault.error = make();
    const { text } = await ask(query);
    const { errors } = JSON.parse(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toEqual({
      message: 'Internal server error.',
      path: expect.any(Array),
      locations: expect.any(Array),
      extensions: { code: 'INTERNAL_SERVER_ERROR', correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(text).not.toMatch(/hunter2|SELECT|SQLITE|Error:| at /);
    const { correlationId } = errors[0].extensions;
    expect(lines).toEqual([expect.objectContaining({ level: 50, correlationId })]);
    expect(JSON.stringify(lines)).toContain('hunter2');
  });
});

describe('a code', () => {
  it.each(ERROR_CODES.filter((code) => code !== 'INTERNAL_SERVER_ERROR'))(
    '%s of the store arrives with its words, and its cause stays here',
    async (code) => {
      const said = `What is wrong, and what would be right (${code}).`;
      for (const [, query] of OPERATIONS) {
        fault.error = new ParleyError(code, said, { cause: new Error(SECRET) });
        const { text } = await ask(query);
        expect(JSON.parse(text).errors).toEqual([
          expect.objectContaining({ message: said, extensions: { code } }),
        ]);
        expect(text).not.toContain('hunter2');
      }
    },
  );

  it('harms no later operation', async () => {
    fault.error = new Error(SECRET);
    await Promise.all(OPERATIONS.map(([, query]) => ask(query)));
    fault.error = null;
    for (const [, query] of OPERATIONS) expect(JSON.parse((await ask(query)).text).errors).toBeUndefined();
  });
});
