import { expect, it } from 'vitest';
import { createTogether } from '../../../src/transport/send-together.js';

function stage() {
  const sent: number[] = [];
  const ends: (() => void)[] = [];
  const time = { now: 0 };
  const together = createTogether({ now: () => time.now, atEnd: (run) => ends.push(run) });
  return {
    sent,
    time,
    send: (n: number) => together.send(() => sent.push(n)),
    sendAll: together.sendAll,
    endTurn: () => {
      for (const end of ends.splice(0)) end();
    },
  };
}

it('what is ready in one turn of the event loop is sent at its end, in its order', () => {
  const { sent, send, endTurn } = stage();
  for (const n of [1, 2, 3]) send(n);
  expect(sent).toEqual([]);
  endTurn();
  expect(sent).toEqual([1, 2, 3]);
});

it('no more than 16 wait for each other', () => {
  const { sent, send, endTurn } = stage();
  const all = Array.from({ length: 40 }, (_, n) => n);
  for (const n of all) send(n);
  expect(sent).toEqual(all.slice(0, 32));
  endTurn();
  expect(sent).toEqual(all);
});

it('none waits longer than it takes to make the next one, where that takes a millisecond', () => {
  const { sent, time, send } = stage();
  send(1);
  time.now = 0.9;
  send(2);
  expect(sent).toEqual([]);
  time.now = 1;
  send(3);
  expect(sent).toEqual([1, 2, 3]);
});

it('all of it is sent at once where something else has to come behind it', () => {
  const { sent, send, sendAll, endTurn } = stage();
  for (const n of [1, 2]) send(n);
  sendAll();
  expect(sent).toEqual([1, 2]);
  send(3);
  endTurn();
  expect(sent).toEqual([1, 2, 3]);
});
