import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { startTestServer } from '../stores/mongo/server.js';
import { spawnParley, startParley } from '../support/parley-process.js';
import { printed } from '../support/printed.js';
import { makeTempFolder } from '../support/temp-folder.js';

const DEV_MONGO = fileURLToPath(new URL('../support/dev-mongo.mjs', import.meta.url));

/** The bodies of README's requests: the append, then the read. */
let append = '';
let read = '';
beforeAll(async () => {
  const readme = await readFile(new URL('../../README.md', import.meta.url), 'utf8');
  [append = '', read = ''] = [
    ...readme.matchAll(/^curl [^']+'content-type: application\/json' -d '([^']+)'/gm),
  ].map(([, body]) => body as string);
});

async function post(url: string, body: string) {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method: 'POST', headers, body })).json();
}

const servers = {
  async 'the embedded store'() {
    const folder = await makeTempFolder();
    const server = spawnParley([], { env: { PORT: '0', SQLITE_PATH: join(folder.path, 'parley.db') } });
    onTestFinished(async () => {
      server.kill('SIGTERM');
      await server.exited;
      await folder.remove();
    });
    return server.listening();
  },
  async 'MongoDB (npm run dev:mongo)'() {
    const server = spawn(process.execPath, [DEV_MONGO], {
      env: { PATH: process.env.PATH ?? '', PORT: '0' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    onTestFinished(async () => {
      const exited = new Promise((resolve) => server.once('exit', resolve));
      server.kill('SIGTERM');
      await exited;
    });
    return printed(server).match(/listening on (http:\/\/[^\s",]+)/);
  },
};

describe.each(Object.entries(servers))("README's first conversation on %s", (_name, start) => {
  it('shows in a second terminal what is written in a third one, and is read back', async () => {
    const url = await start();
    const tail = startParley(['tail', 'demo', '--json', '--url', url]);
    await new Promise<void>((resolve) => {
      let said = '';
      tail.child.stderr?.on('data', (chunk) => {
        said += chunk;
        if (said.includes('waiting for session "demo"')) resolve();
      });
    });

    const messages = [
      { messageId: 0, role: 'USER', text: 'Where is my order?' },
      { messageId: 1, role: 'ASSISTANT', text: 'On its way. It arrives tomorrow.' },
    ];
    expect(await post(url, append)).toEqual({ data: { appendMessages: { messages } } });
    await tail.printed(/Where is my order[\s\S]*It arrives tomorrow/);
    expect(await post(url, read)).toEqual({
      data: {
        session: { messageCount: 2, agents: [{ agentId: 'support', messages: { nodes: messages } }] },
      },
    });
  });
});

describe('on a MongoDB that is no replica set', () => {
  it.skipIf(process.env.MONGODB_TEST_URI)(
    'it serves reads and writes, and says why nothing is live and what to do',
    async () => {
      const mongo = await startTestServer({ standalone: true });
      onTestFinished(() => mongo.close());
      const server = spawnParley([], { env: { PORT: '0', MONGODB_URI: mongo.uri } });
      onTestFinished(async () => {
        server.kill('SIGTERM');
        await server.exited;
      });
      const url = await server.listening();
      expect(await post(url, append)).toMatchObject({ data: { appendMessages: {} } });
      expect(await post(url, read)).toMatchObject({ data: { session: { messageCount: 2 } } });
      const ready = await fetch(new URL('/ready', url));
      // There is nothing to wait for: it would never be ready otherwise.
      expect(ready.status).toBe(200);
      expect(await ready.json()).toMatchObject({
        ready: true,
        works: { reads: true, writes: true, live: false },
        store: { engine: 'mongodb', ok: true },
        feed: { state: 'unavailable', reason: expect.stringMatching(/standalone.*rs\.initiate/s) },
      });
    },
  );
});
