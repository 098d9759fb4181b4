import { spawn } from 'node:child_process';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { type KillableServer, startKillable } from '../support/killable-server.js';
import { namedBlocks } from '../support/page-blocks.js';
import { printed } from '../support/printed.js';
import { startServer } from '../support/server.js';
import { silentLine } from '../support/silent-line.js';
import { makeTempFolder } from '../support/temp-folder.js';

const ADDRESS = '127.0.0.1:4000';
const RECIPES = [
  'follow-graphql-ws.js',
  'follow-apollo-client.js',
  'follow-urql.js',
  'follow-graphql-sse.js',
];
const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { messageId } } }`;

/** The code blocks of docs/live.md by the file name that stands in their first line. */
let blocks = new Map<string, string>();
let folder: Awaited<ReturnType<typeof makeTempFolder>>;
beforeAll(async () => {
  folder = await makeTempFolder();
  blocks = await namedBlocks('live.md');
  await symlink(
    fileURLToPath(new URL('../../node_modules', import.meta.url)),
    join(folder.path, 'node_modules'),
  );
  await writeFile(join(folder.path, 'package.json'), '{"type": "module"}');
});
afterAll(() => folder.remove());

/** Sent again until it is acknowledged, with a key: the server may be killed under it. */
async function say(server: Pick<KillableServer, 'url' | 'up'>, text: string): Promise<void> {
  const input = {
    sessionId: 'demo',
    agentId: 'support',
    createIfMissing: true,
    idempotencyKey: text,
    messages: [{ role: 'USER', text }],
  };
  const body = JSON.stringify({ query: APPEND, variables: { input } });
  for (;;) {
    await server.up();
    const headers = { 'content-type': 'application/json' };
    const answer = await fetch(server.url, { method: 'POST', headers, body }).then(
      (response) => response.json() as Promise<{ errors?: unknown }>,
      () => null,
    );
    if (answer && !answer.errors) return;
  }
}

describe.each(RECIPES)('the recipe %s of docs/live.md', (name) => {
  it('shows each message once and in order, while the server is killed again and again', async () => {
    const code = blocks.get(name) ?? '';
    expect(code.split('\n').length).toBeLessThan(100);
    const server = await startKillable({ SQLITE_PATH: join(folder.path, `${name}.db`) });
    onTestFinished(() => void server.stop());
    for (const [file, text] of blocks) {
      await writeFile(join(folder.path, file), text.replaceAll(ADDRESS, new URL(server.url).host));
    }
    const child = spawn(process.execPath, [join(folder.path, name)], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const output = printed(child);

    const texts: string[] = [];
    const sayNext = async () => {
      const text = `message ${texts.length}`;
      texts.push(text);
      await say(server, text);
    };
    await sayNext();
    // The first message may be from before the start: only what comes after Ready is news, so it is said until it shows.
    if (name !== 'follow-apollo-client.js') {
      await untilShown(sayNext, output);
    } else await output.line('USER: message 0');
    for (let kill = 0; kill < 3; kill++) {
      for (let count = 0; count < 3; count++) await sayNext();
      const killed = server.killAndRestart();
      for (let count = 0; count < 2; count++) await sayNext();
      await killed;
    }
    await sayNext();
    await output.line(`USER: message ${texts.length - 1}`);
    const lines = output.lines().filter((line) => line.startsWith('USER: '));
    const first = Number(lines[0]?.split(' ').at(-1));
    expect(lines).toEqual(texts.slice(first).map((text) => `USER: ${text}`));
  });
});

describe.each(RECIPES)('the recipe %s of docs/live.md, where its line falls silent', (name) => {
  it('opens another, and shows what was said meanwhile', async () => {
    const server = await startServer();
    onTestFinished(() => server.stop());
    const line = await silentLine(server.url);
    // So short that a test can wait for it: where the machine is busy another line is opened once more.
    const sooner = [
      [ADDRESS, new URL(line.url).host],
      ['SILENCE_MS = 25_000', 'SILENCE_MS = 3_000'],
      ['keepAlive: 10_000', 'keepAlive: 300'],
    ] as const;
    for (const [file, text] of blocks) {
      const changed = sooner.reduce((code, [from, to]) => code.replaceAll(from, to), text);
      await writeFile(join(folder.path, file), changed);
    }
    const child = spawn(process.execPath, [join(folder.path, name)], { stdio: ['ignore', 'pipe', 'pipe'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const output = printed(child);
    const reachable = { url: server.url, up: async () => {} };
    let said = 0;
    await untilShown(() => say(reachable, `message ${said++}`), output);
    line.fallSilent();
    // More than what is loaded at once.
    const missed = Array.from({ length: 60 }, (_, index) => `meanwhile ${index}`);
    for (const text of missed) await say(reachable, text);
    await output.line(`USER: ${missed.at(-1)}`);
    const lines = output.lines().filter((line) => line.startsWith('USER: '));
    expect(new Set(lines).size).toBe(lines.length);
    expect(lines.slice(-missed.length)).toEqual(missed.map((text) => `USER: ${text}`));
  });
});

/** Says one message after the other until one is shown. */
async function untilShown(sayNext: () => Promise<void>, output: ReturnType<typeof printed>): Promise<void> {
  while (!output.lines().some((line) => line.startsWith('USER: '))) await sayNext();
}
