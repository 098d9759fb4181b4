import { once } from 'node:events';
import type { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { append, useFile } from './stage.js';

const DIED = { code: 'STORE_UNAVAILABLE', message: 'A database thread has died. Try again.' };

let file: Awaited<ReturnType<typeof useFile>>;
let threads: Worker[];
const note = (thread: Worker) => void threads.push(thread);

beforeEach(async () => {
  file = await useFile();
  threads = [];
  process.on('worker', note);
});
afterEach(async () => {
  process.off('worker', note);
  await file.remove();
});

const open = async () => {
  const { sessions } = await file.open();
  const writer = threads[0] as Worker;
  await sessions.appendMessages(append('s', 'a', ['first']));
  return { sessions, writer };
};

it('a writer that has died is started again by the next write, and what is written then is behind what was acknowledged', async () => {
  const { sessions, writer } = await open();
  await writer.terminate();
  const [second] = await sessions.appendMessages(append('s', 'a', ['second']));
  expect(second?.position).toBe(1);
});

it('what a thread had not answered as it died is told so, also where it dies at its start', async () => {
  const { sessions, writer } = await open();
  const under = sessions.appendMessages(append('s', 'a', ['second']));
  void writer.terminate();
  await expect(under).rejects.toMatchObject(DIED);
  process.once('worker', (thread: Worker) => void thread.terminate());
  await expect(sessions.appendMessages(append('s', 'a', ['third']))).rejects.toMatchObject(DIED);
  expect(await sessions.appendMessages(append('s', 'a', ['fourth']))).toHaveLength(1);
});

it('a thread that scans is started again by the next scan', async () => {
  const { sessions } = await open();
  expect(await sessions.countSessions({})).toBe(1);
  for (const thread of threads.slice(1)) {
    const gone = once(thread, 'exit');
    void thread.terminate();
    await gone;
  }
  expect(await sessions.countSessions({})).toBe(1);
});
