import { fork } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Change } from '../../../src/domain/sessions/session-store.js';
import { startThread } from '../../../src/stores/sqlite/threads/thread.js';
import { append, NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

describe('the thread that writes', () => {
  it('refuses one write of a group and carries out its neighbours, in their order', async () => {
    const { sessions } = await file.open();
    const results = await Promise.allSettled([
      sessions.appendMessages(append('s', 'a', ['one'])),
      sessions.appendMessages({ ...append('missing', 'a', ['x']), createIfMissing: null }),
      sessions.appendMessages(append('s', 'a', ['two'])),
      sessions.changeMetadata({
        sessionId: 's',
        set: [['user.id.x', 1]],
        unset: [],
        receipt: receipt(),
        now: NOW,
      }),
      sessions.appendMessages(append('s', 'a', ['three'])),
    ]);
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    const [[agent] = []] = await sessions.loadAgents([
      { sessionId: 's', among: 'all', windows: [{ first: 10 }] },
    ]);
    expect(agent?.pages[0]?.messages.map(({ content }) => content[0]?.text)).toEqual(['one', 'two', 'three']);
  });

  it('gives what was appended as it is stored, whatever its owner makes of what was given meanwhile', async () => {
    const { sessions } = await file.open();
    const given = append('s', 'a', ['as it was']);
    const appending = sessions.appendMessages(given);
    Object.assign(given.messages[0]?.content[0] as object, { text: 'changed since' });
    expect((await appending)[0]?.content).toEqual([{ text: 'as it was' }]);
    const unsendable = append('s', 'a', ['x']);
    Object.assign(unsendable.messages[0] as object, { content: [() => {}] });
    await expect(sessions.appendMessages(unsendable)).rejects.toThrow('could not be cloned');
  });

  it('goes on after a value that cannot be sent to it', async () => {
    const data = () => ({ path: file.path, synchronous: 'FULL', metadataIndexes: [], files: null });
    const thread = await startThread({ module: 'writer-thread', data });
    await expect(thread.call('secret', { name: () => {} })).rejects.toThrow('could not be cloned');
    expect(await thread.call('secret', { name: 'n' })).toHaveLength(32);
    await thread.close();
    await expect(thread.call('secret', { name: 'n' })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});

describe('a scan past its time', () => {
  it('is TIMEOUT, and disturbs nothing else', async () => {
    const { sessions } = await file.open({ scanLimitMs: -1 });
    await sessions.appendMessages(append('s', 'a', ['x']));
    await expect(
      sessions.countSessions({ metadata: [{ path: 'topic', equals: 'x' }] }),
    ).rejects.toMatchObject({ code: 'TIMEOUT' });
    const page = await sessions.findSessions({
      filter: {},
      orderBy: { field: 'updatedAt', direction: 'desc' },
      limit: 5,
      backward: false,
      after: null,
      before: null,
    });
    expect(page.sessions).toHaveLength(1);
  });
});

describe('a scan that has waited past its time', () => {
  it('is TIMEOUT too, however fast it would be', async () => {
    const { sessions } = await file.open();
    await sessions.appendMessages(append('s', 'a', ['x']));
    const filter = { metadata: [{ path: 'topic', equals: 'x' }] };
    // Asked for eleven seconds ago, as its thread sees it.
    const clock = vi
      .spyOn(process.hrtime, 'bigint')
      .mockReturnValue(process.hrtime.bigint() - 11_000_000_000n);
    onTestFinished(() => clock.mockRestore());
    await expect(sessions.countSessions(filter)).rejects.toMatchObject({ code: 'TIMEOUT' });
    clock.mockRestore();
    expect(await sessions.countSessions(filter)).toBe(0);
  });
});

it('a scan has its time, wherever the time of day is set to', async () => {
  const { sessions } = await file.open();
  await sessions.appendMessages(append('s', 'a', ['text']));
  vi.useFakeTimers({ toFake: ['Date'], now: NOW });
  onTestFinished(() => void vi.useRealTimers());
  expect(await sessions.countSessions({ metadata: [{ path: 'topic', equals: 'x' }] })).toBe(0);
});

describe('another process on the file', () => {
  it('reaches this one with its changes, and shares its numbering', async () => {
    const { sessions } = await file.open();
    const script = `${file.folder}/writer.mjs`;
    const dist = pathToFileURL(`${process.cwd()}/dist/stores/sqlite/open.js`).href;
    writeFileSync(
      script,
      `import { openSqliteStore } from ${JSON.stringify(dist)};
       const { sessions, close } = await openSqliteStore({ path: ${JSON.stringify(file.path)}, synchronous: 'FULL' }, { metadataIndexes: [], log: console });
       const now = new Date(${NOW.getTime()});
       await Promise.all(Array.from({ length: 100 }, (_, index) => sessions.appendMessages({
         sessionId: 's', agentId: 'a', now,
         messages: [{ storageId: 'child-' + index, role: 'user', content: [{ text: 'child ' + index }] }],
         createIfMissing: { sessionId: 's', sessionType: 'AGENT', applicationName: null, viewerPassword: 'p', metadata: {} },
       })));
       await close();`,
    );
    const ending = new AbortController();
    const seen: Change[] = [];
    const reading = (async () => {
      for await (const batch of sessions.changes({ after: null, signal: ending.signal })) {
        seen.push(...batch.changes);
        if (seen.filter(({ kind }) => kind === 'message-added').length === 200) break;
      }
    })();
    const child = fork(script);
    const exited = once(child, 'exit');
    await Promise.all(
      Array.from({ length: 100 }, (_, index) => sessions.appendMessages(append('s', 'a', [`mine ${index}`]))),
    );
    expect((await exited)[0]).toBe(0);
    await reading;
    ending.abort();
    const indexes = seen.flatMap((change) => (change.kind === 'message-added' ? [change.index] : []));
    expect(indexes).toEqual(Array.from({ length: 200 }, (_, index) => index));
    expect(seen.filter(({ kind }) => kind === 'session-created')).toHaveLength(1);
  });
});
