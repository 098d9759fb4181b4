import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { ArrivingBody, createLargeBodies } from '../../../src/transport/bounds/large-bodies.js';
import { createWaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';

const none = () => 0;
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('of one caller four are answered at once, and of others as many beside them', async () => {
  const bodies = createLargeBodies({ hasOthers: () => false });
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const answer = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => ends.push(() => resolve(name)));
  };
  const all = [1, 2, 3, 4, 5].map((n) => bodies.run('a', answer(`a${n}`), none));
  all.push(bodies.run('b', answer('b'), none));
  await settled();
  expect(started).toEqual(['a1', 'a2', 'a3', 'a4', 'b']);
  ends[0]?.();
  expect(await all[0]).toBe('a1');
  await settled();
  expect(started.at(-1)).toBe('a5');
});

it('while there are others its place rests behind it, as long as it was large, and the answer does not wait for that', async () => {
  let others = true;
  const rests: { ms: number; end: () => void }[] = [];
  const bodies = createLargeBodies({
    hasOthers: () => others,
    after: (ms, end) => void rests.push({ ms, end }),
  });
  const megabytes = (count: number) => () => count * 1024 * 1024;
  const answers = ['one', 'two', 'three', 'four'].map((name, n) =>
    bodies.run('a', async () => name, megabytes(n + 2)),
  );
  expect(await Promise.all(answers)).toEqual(['one', 'two', 'three', 'four']);
  let begun = false;
  const fifth = bodies.run('a', async () => (begun = true), megabytes(8));
  expect(await bodies.run('b', async () => 'of another', none)).toBe('of another');
  await settled();
  expect(rests.map(({ ms }) => ms)).toEqual([120, 180, 240, 300]);
  expect(begun).toBe(false);
  others = false;
  rests[2]?.end();
  expect(await fifth).toBe(true);
  // Alone it rests no more.
  await settled();
  expect(rests).toHaveLength(4);
});

it('one that fails makes room for the next', async () => {
  const bodies = createLargeBodies({ hasOthers: () => false });
  await expect(bodies.run('a', () => Promise.reject(new Error('no')), none)).rejects.toThrow('no');
  expect(await bodies.run('a', async () => 'yes', none)).toBe('yes');
});

it('one that waits for its place counts as what is read of it meanwhile, and where its client goes nothing of it is kept', async () => {
  const bodies = createLargeBodies({ hasOthers: () => false });
  const ends: (() => void)[] = [];
  for (let index = 0; index < 4; index++)
    void bodies.run('a', () => new Promise<void>((resolve) => ends.push(resolve)), none);
  const arriving = createWaitingBytes({ together: 1_000_000, ofCaller: 1_000_000 });
  const res = new EventEmitter();
  const context = { share: 'a', hold: async () => {} };
  const body = new ArrivingBody(res as ServerResponse, context, arriving, expect.unreachable, () => {});
  const req = { headers: { 'content-length': '8000000' } } as IncomingMessage;
  const waits = body.inPlace(req, bodies, () => expect.unreachable());
  expect(arriving.bytes).toBe(128 * 1024);
  res.emit('close');
  await expect(waits).rejects.toThrow('the client went away');
  body.end();
  expect(arriving.bytes).toBe(0);
  ends[0]?.();
  await settled();
});
