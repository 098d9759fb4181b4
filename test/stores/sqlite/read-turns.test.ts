import { beforeEach, expect, it } from 'vitest';
import { madeBy } from '../../../src/domain/shares.js';
import { createReadTurns, type ReadTurns } from '../../../src/stores/sqlite/read-turns.js';

let scheduled: (() => void)[];
let turns: ReadTurns;
let read: string[];
beforeEach(() => {
  scheduled = [];
  read = [];
  turns = createReadTurns({ sliceMs: 10, nextTurn: (run) => scheduled.push(run) });
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
  await Promise.resolve();
}

it('what takes no time is read at once, however much it is', () => {
  for (let n = 0; n < 1_000; n++) ask('key a', 'short', 0.1);
  expect(read.length).toBe(1_000);
  expect(scheduled).toEqual([]);
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
