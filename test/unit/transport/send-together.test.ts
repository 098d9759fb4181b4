import { expect, it } from 'vitest';
import { sendTogether } from '../../../src/transport/send-together.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

it('what is ready in one turn of the event loop is sent at its end, in its order', async () => {
  const sent: number[] = [];
  for (const n of [1, 2, 3]) sendTogether(() => sent.push(n));
  await Promise.resolve();
  expect(sent).toEqual([]);
  await turn();
  expect(sent).toEqual([1, 2, 3]);
});

it('no more than 16 wait for each other', async () => {
  const sent: number[] = [];
  for (let n = 0; n < 40; n++) sendTogether(() => sent.push(n));
  expect(sent).toEqual(Array.from({ length: 32 }, (_, n) => n));
  await turn();
  expect(sent).toHaveLength(40);
});

it('none waits longer than it takes to make the next one, where that takes more than a millisecond', async () => {
  const sent: string[] = [];
  sendTogether(() => sent.push('first'));
  const since = performance.now();
  while (performance.now() - since < 2);
  sendTogether(() => sent.push('second'));
  expect(sent).toEqual(['first', 'second']);
});
