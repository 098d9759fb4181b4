import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { ArrivingBody, createLargeBodies } from '../../../src/transport/bounds/large-bodies.js';
import { createWaitingBytes } from '../../../src/transport/bounds/waiting-bytes.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('of one caller four are answered at once, and of others as many beside them', async () => {
  const bodies = createLargeBodies();
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const answer = (name: string) => () => {
    started.push(name);
    return new Promise<string>((resolve) => ends.push(() => resolve(name)));
  };
  const all = [1, 2, 3, 4, 5].map((n) => bodies.run('a', answer(`a${n}`)));
  all.push(bodies.run('b', answer('b')));
  await settled();
  expect(started).toEqual(['a1', 'a2', 'a3', 'a4', 'b']);
  ends[0]?.();
  expect(await all[0]).toBe('a1');
  await settled();
  expect(started.at(-1)).toBe('a5');
});

it('one that fails makes room for the next', async () => {
  const bodies = createLargeBodies();
  await expect(bodies.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(await bodies.run('a', async () => 'yes')).toBe('yes');
});

it('one that waits for its place counts as what is read of it meanwhile, and where its client goes nothing of it is kept', async () => {
  const bodies = createLargeBodies();
  const ends: (() => void)[] = [];
  for (let index = 0; index < 4; index++)
    void bodies.run('a', () => new Promise<void>((resolve) => ends.push(resolve)));
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
