import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { makeKey } from '../support/access.js';
import { type KillableServer, startKillable } from '../support/killable-server.js';
import { type ParleyProcess, spawnParley } from '../support/parley-process.js';

const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { messageId } } }`;

let folder = '';
let file = '';
let server: KillableServer;
const tails = new Set<ParleyProcess>();

function tail(...words: string[]): ParleyProcess {
  return tailAs({}, ...words);
}

function tailAs(env: Record<string, string>, ...words: string[]): ParleyProcess {
  const started = spawnParley(['tail', ...words, '--url', server.url], { env });
  tails.add(started);
  void started.exited.then(() => tails.delete(started));
  return started;
}

async function append(sessionId: string, ...texts: string[]): Promise<void> {
  const messages = texts.map((text) => ({ role: 'USER', text }));
  const input = { sessionId, agentId: 'support', createIfMissing: true, messages };
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: APPEND, variables: { input } }),
  });
  expect(await response.json()).not.toHaveProperty('errors');
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
  server = await startKillable(file);
});
afterEach(async () => {
  for (const { kill } of tails) kill('SIGKILL');
  await Promise.all([...tails].map(({ exited }) => exited));
  await server.stop();
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

  it('prints no control characters of a message to the terminal', async () => {
    const following = tail('demo');
    await said(following, /waiting/);
    await append('demo', 'safe \u001b[2J text');
    expect((await following.printed(/safe.*\n/))[0]).not.toContain('\u001b');
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
