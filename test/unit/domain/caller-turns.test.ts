import { describe, expect, it } from 'vitest';
import { afterThis } from '../../../src/domain/async/next-turn.js';
import { createCallerTurns } from '../../../src/domain/fairness/caller-turns.js';

/** Each thing that begins takes 1 ms; a turn of the event loop comes when it is told to. */
function stage() {
  let time = 0;
  let next: (() => void) | null = null;
  const begun: string[] = [];
  const { turn: turnOf } = createCallerTurns({
    now: () => time,
    sliceMs: 2,
    aloneMs: 10,
    nextTurn: (run) => {
      next = run;
    },
    afterThis,
  });
  const begin = (name: string) => {
    begun.push(name);
    time++;
  };
  return {
    begun,
    ask(caller: string, name: string) {
      const turn = turnOf(caller);
      if (turn === null) begin(name);
      else void turn.then(() => begin(name));
    },
    async turn() {
      const run = next;
      next = null;
      run?.();
      await new Promise((resolve) => setImmediate(resolve));
      return begun.splice(0);
    },
    pass: (ms: number) => {
      time += ms;
    },
  };
}

describe('the turns of the event loop', () => {
  it('are all for one caller where there is no other', async () => {
    const { ask, begun } = stage();
    for (let n = 0; n < 10; n++) ask('a', `a${n}`);
    expect(begun).toHaveLength(10);
  });

  it('are shared where there are others: each begins something, and what waits begins caller by caller', async () => {
    const { ask, turn, begun } = stage();
    ask('b', 'b0');
    for (let n = 0; n < 6; n++) ask('a', `a${n}`);
    expect(begun.splice(0)).toEqual(['b0', 'a0', 'a1']);
    for (let n = 1; n < 4; n++) ask('b', `b${n}`);
    expect(begun.splice(0)).toEqual(['b1', 'b2']);
    expect(await turn()).toEqual(['a2']);
    ask('c', 'c0');
    expect(begun.splice(0)).toEqual(['c0']);
    expect(await turn()).toEqual(['b3']);
    for (const name of ['a3', 'a4', 'a5']) expect(await turn()).toEqual([name]);
    expect(await turn()).toEqual([]);
  });

  it('begin with the one who has taken least of those who wait, so that who asks for little waits for nobody', async () => {
    const { ask, turn, begun } = stage();
    for (const caller of ['b', 'c', 'd']) for (let n = 0; n < 10; n++) ask(caller, `${caller}${n}`);
    for (let n = 0; n < 6; n++) await turn();
    ask('a', 'a0');
    ask('a', 'a1');
    ask('a', 'a2');
    begun.length = 0;
    expect(await turn()).toEqual(['a2']);
  });

  it('count what a caller takes itself, and not what passes meanwhile', async () => {
    const { ask, pass, begun } = stage();
    ask('b', 'b0');
    ask('a', 'a0');
    await Promise.resolve();
    await new Promise((resolve) => process.nextTick(resolve));
    pass(50);
    ask('a', 'a1');
    expect(begun).toEqual(['b0', 'a0', 'a1']);
  });

  it('let a caller begin at once who has begun nothing in one, whoever waits', async () => {
    const { ask, turn, begun } = stage();
    ask('b', 'b0');
    for (let n = 0; n < 1_000; n++) ask('a', `a${n}`);
    await turn();
    begun.length = 0;
    ask('b', 'b1');
    expect(begun).toEqual(['b1']);
  });

  it('are left by one who is alone once it has begun what takes its slice, for whoever comes meanwhile', async () => {
    const { ask, turn, begun } = stage();
    for (let n = 0; n < 25; n++) ask('a', `a${n}`);
    expect(begun.splice(0)).toHaveLength(10);
    expect(await turn()).toHaveLength(10);
    ask('b', 'b0');
    expect(begun.splice(0)).toEqual(['b0']);
    expect(await turn()).toEqual(['a20']);
  });

  it('are for one alone again when the others have gone', async () => {
    const { ask, turn, pass, begun } = stage();
    ask('b', 'b0');
    ask('a', 'a0');
    await turn();
    pass(2_000);
    begun.length = 0;
    for (let n = 0; n < 10; n++) ask('a', `a${n}`);
    expect(begun).toHaveLength(10);
  });
});
