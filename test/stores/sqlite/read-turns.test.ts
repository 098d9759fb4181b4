import { beforeEach, expect, it } from 'vitest';
import { afterThis } from '../../../src/domain/async/next-turn.js';
import { madeBy } from '../../../src/domain/fairness/shares.js';
import { createReadTurns, type ReadTurns } from '../../../src/stores/sqlite/reads/read-turns.js';

let scheduled: (() => void)[];
let time: number;
let turns: ReadTurns;
let read: string[];
beforeEach(() => {
  scheduled = [];
  time = 0;
  read = [];
  turns = createReadTurns({
    sliceMs: 10,
    now: () => time,
    nextTurn: (run) => scheduled.push(run),
    afterThis,
  });
});

/** Reads when it may, for so many ms. */
function ask(caller: string, name: string, ms: number): void {
  const go = () => {
    read.push(name);
    turns.took(caller, ms);
  };
  const turn = turns.room(caller);
  if (turn) void turn.then(go);
  else go();
}
async function nextTurn(): Promise<void> {
  for (const run of scheduled.splice(0)) run();
  await new Promise((resolve) => setImmediate(resolve));
}

it('what takes no time is read at once', () => {
  for (let n = 0; n < 7; n++) ask('key a', 'short', 0.125);
  ask('key b', 'short', 0.125);
  expect(read.length).toBe(8);
  expect(scheduled).toEqual([]);
});

it('of many short reads of one caller a turn has no more than of long ones', async () => {
  for (let n = 0; n < 200; n++) ask('key a', 'short', 0.125);
  for (const many of [80, 160, 200]) {
    expect(read).toHaveLength(many);
    await nextTurn();
  }
});

it('what takes long is read once in a turn, and others read meanwhile', async () => {
  for (let n = 0; n < 3; n++) ask('key a', `a${n}`, 90);
  ask('key b', 'b', 0.1);
  expect(read).toEqual(['a0', 'b']);
  await nextTurn();
  ask('key b', 'b', 0.1);
  expect(read).toEqual(['a0', 'b', 'a1', 'b']);
  await nextTurn();
  expect(read).toEqual(['a0', 'b', 'a1', 'b', 'a2']);
  await nextTurn();
  expect(scheduled).toEqual([]);
});

it('of what waits the callers have their turns one after the other, and the session tokens of one share its', async () => {
  for (const name of ['a0', 'a1', 'a2']) ask(madeBy(name, 'key a'), name, 90);
  for (const name of ['b0', 'b1']) ask('key b', name, 90);
  expect(read).toEqual(['a0', 'b0']);
  for (let n = 0; n < 3; n++) await nextTurn();
  expect(read).toEqual(['a0', 'b0', 'a1', 'b1', 'a2']);
});

it('short reads that wait are read in one turn, as many as take no longer than a slice', async () => {
  ask('key a', 'long', 90);
  for (let n = 0; n < 25; n++) ask('key a', `short ${n}`, 1);
  expect(read).toEqual(['long']);
  for (const many of [11, 21, 26]) {
    await nextTurn();
    expect(read).toHaveLength(many);
  }
});

it('of those who wait the one who has read least lately is first, however much the others wait for', async () => {
  for (let n = 0; n < 5; n++) ask('key a', `a${n}`, 90);
  for (let n = 0; n < 5; n++) ask('key b', `b${n}`, 90);
  for (let n = 0; n < 3; n++) ask('key c', `c${n}`, 11);
  expect(read).toEqual(['a0', 'b0', 'c0']);
  for (let n = 0; n < 3; n++) await nextTurn();
  expect(read).toEqual(['a0', 'b0', 'c0', 'c1', 'c2', 'a1']);
});
