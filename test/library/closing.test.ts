import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openStore, SessionManager, SessionManagerFactory } from '../../src/index.js';
import { folderPerTest } from '../support/folder-per-test.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';

const CLOSED = { code: 'STORE_UNAVAILABLE' };

describe.each(Object.entries(LOCATIONS))('a reply whose manager is closed, on %s', (_name, locate) => {
  let location: TestLocation;
  beforeAll(async () => {
    location = await locate();
  });
  afterAll(() => location.remove());

  const open = async (sessionId: string) => {
    const manager = await SessionManager.open({ sessionId, ...location.options });
    onTestFinished(() => manager.close());
    return manager;
  };

  it('keeps what was written before, and refuses at once what is written then', async () => {
    const manager = await open('closed');
    const reply = await manager.startReply({ agentId: 'a' });
    for (const piece of ['Hel', 'lo']) await reply.write(piece);
    await manager.close();
    for (const call of [
      () => reply.write('!'),
      () => reply.flush(),
      () => reply.finish(),
      () => reply.abort({ keep: 'message' }),
      () => manager.startReply({ agentId: 'a' }),
    ])
      await expect(call()).rejects.toMatchObject(CLOSED);
    await reply[Symbol.asyncDispose]();
    const other = await open('closed');
    const again = await other.startReply({ agentId: 'a', replyId: reply.replyId });
    expect((await again.finish()).content).toEqual([{ text: 'Hello' }]);
  });

  it('is finished where that had begun', async () => {
    const manager = await open('finishing');
    const reply = await manager.startReply({ agentId: 'a' });
    await reply.write('Hello');
    const [message] = await Promise.all([reply.finish(), manager.close()]);
    expect(message.content).toEqual([{ text: 'Hello' }]);
    expect(await (await open('finishing')).listMessages('a')).toEqual([message]);
  });

  it('goes on where another manager of the same store is closed', async () => {
    const store = await openStore(location.options);
    onTestFinished(() => store.close());
    const [one, other] = await Promise.all(
      ['one', 'other'].map((sessionId) => SessionManager.open({ sessionId, store })),
    );
    const [mine, its] = [await one?.startReply({ agentId: 'a' }), await other?.startReply({ agentId: 'a' })];
    await one?.close();
    await expect(mine?.write('lost')).rejects.toMatchObject(CLOSED);
    await its?.write('kept');
    expect((await its?.finish())?.content).toEqual([{ text: 'kept' }]);
  });

  it('is refused, too, where its factory or its store is closed', async () => {
    const factory = new SessionManagerFactory(location.options);
    const manager = await factory.createSessionManager('of a factory');
    const reply = await manager.startReply({ agentId: 'a' });
    await factory.close();
    await expect(reply.write('lost')).rejects.toMatchObject(CLOSED);
    await expect(manager.startReply({ agentId: 'a' })).rejects.toMatchObject(CLOSED);
  });
});

/** Each leaves a manager open, and says what it has done. */
const PROGRAMS = {
  'that was used': `const reply = await manager.startReply({ agentId: 'a' }); await reply.write('x'); await reply.finish();`,
  'that is being written': `const reply = await manager.startReply({ agentId: 'a' }); await reply.write('x');`,
  'that is asked for afterwards': `await factory.close(); await manager.startReply({ agentId: 'a' }).catch(() => {});`,
};

describe('a program ends once its factory is closed', () => {
  const folder = folderPerTest();

  it.each(Object.entries(PROGRAMS))('with a reply %s', async (_name, code) => {
    const library = new URL('../../dist/index.js', import.meta.url).href;
    const file = join(folder.path, 'program.mjs');
    await writeFile(
      file,
      `import { SessionManagerFactory } from ${JSON.stringify(library)};
      const factory = new SessionManagerFactory({ path: ${JSON.stringify(join(folder.path, 'parley.db'))} });
      const manager = await factory.createSessionManager('s');
      ${code}
      await factory.close();`,
    );
    const child = spawn(process.execPath, [file], { stdio: 'inherit' });
    onTestFinished(() => void child.kill('SIGKILL'));
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
