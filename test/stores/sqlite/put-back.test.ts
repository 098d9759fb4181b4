import { copyFile, rm } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { HistoryLost, type SessionStore } from '../../../src/domain/sessions/session-store.js';
import { append, NOW, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>> | undefined;
afterEach(() => file?.remove());

const DAY_MS = 24 * 60 * 60 * 1000;
const END = '9999999999999999';
const texts = (count: number) => Array.from({ length: count }, (_, index) => `${index}`);
const positionsOf = async (sessions: SessionStore, after: string) =>
  (await sessions.history({ sessionId: null, after, until: END, limit: 1_000 })).changes.map(
    ({ position }) => position,
  );
const positionNow = async (sessions: SessionStore) => {
  const over = new AbortController();
  for await (const { position } of sessions.changes({ after: null, signal: over.signal })) return position;
  throw new Error('the feed has ended');
};

/** A file of a server, its copy, and what has been written behind that until it was put back. */
async function putBack(written: number) {
  const used = await useFile();
  file = used;
  const first = await used.open({ serves: true });
  await first.sessions.appendMessages(append('s', 'a', ['before']));
  const before = await positionNow(first.sessions);
  await first.close();
  const copy = `${used.path}.copy`;
  await copyFile(used.path, copy);
  const second = await used.open({ serves: true });
  await second.sessions.appendMessages(append('s', 'a', texts(written)));
  const lost = await positionsOf(second.sessions, before);
  await second.close();
  for (const end of ['', '-wal', '-shm']) await rm(used.path + end, { force: true });
  await copyFile(copy, used.path);
  const third = await used.open({ serves: true });
  return { before, lost, third };
}

describe('a file that is put back to a copy, and has written more than was lost', () => {
  it("knows each position of what was lost for another history's", async () => {
    const { lost, third } = await putBack(20);
    await third.sessions.appendMessages(append('s', 'a', texts(50)));
    expect(lost).toHaveLength(20);
    for (const after of lost) {
      expect(await third.sessions.hasGiven?.(after)).toBe(false);
      await expect(positionsOf(third.sessions, after)).rejects.toBeInstanceOf(HistoryLost);
    }
  });

  it('goes on from each position of before', async () => {
    const { before, third } = await putBack(20);
    await third.sessions.appendMessages(append('s', 'a', texts(50)));
    expect(await third.sessions.hasGiven?.(before)).toBe(true);
    expect(await positionsOf(third.sessions, before)).toHaveLength(50);
  });
});

it('a position that was given is known after a restart, and once its changes are removed', async () => {
  file = await useFile();
  const first = await file.open({ serves: true });
  await first.sessions.appendMessages(append('s', 'a', texts(5)));
  const given = [await positionNow(first.sessions)];
  await first.close();
  const second = await file.open({ serves: true });
  await second.sessions.appendMessages(append('s', 'a', texts(5), new Date(NOW.getTime() + 8 * DAY_MS)));
  given.push(await positionNow(second.sessions));
  for (const position of given) expect(await second.sessions.hasGiven?.(position)).toBe(true);
});
