import { describe, expect, it } from 'vitest';
import { afterThis } from '../../../src/domain/async/next-turn.js';
import { createEventTurns } from '../../../src/graphql/subscriptions/event-turns.js';

function stage() {
  let clock = 0;
  const order: string[] = [];
  const turns = createEventTurns({ now: () => clock, sliceMs: 5, restAboveMs: 20, restFactor: 3, afterThis });
  return {
    order,
    pass(ms: number) {
      clock += ms;
    },
    run: (caller: string, name: string, ms: number) =>
      turns.run(caller, async () => {
        order.push(name);
        clock += ms;
        return name;
      }),
  };
}
const loop = () => new Promise((resolve) => setImmediate(resolve));

describe('the turns of events', () => {
  it('come at once where nobody waits, and give what the task gives', async () => {
    const { run, order } = stage();
    const first = run('a', 'one', 0);
    expect(order).toEqual(['one']);
    expect(await first).toBe('one');
  });

  it('reject with what the task rejects with', async () => {
    const turns = createEventTurns({ now: () => 0, sliceMs: 5, restAboveMs: 20, restFactor: 3, afterThis });
    await expect(turns.run('a', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await turns.run('a', async () => 'yes')).toBe('yes');
  });

  it('let everything else have the event loop between events that take long', async () => {
    const { run, order } = stage();
    const all = Promise.all(['one', 'two', 'three'].map((name) => run('a', name, 10)));
    expect(order).toEqual(['one']);
    await loop();
    expect(order).toEqual(['one', 'two']);
    await all;
    expect(order).toEqual(['one', 'two', 'three']);
  });

  it('have a caller rest whose events take very long', async () => {
    const { run, order, pass } = stage();
    const both = Promise.all(['one', 'two'].map((name) => run('a', name, 100)));
    for (let turn = 0; turn < 5; turn++) await loop();
    expect(order).toEqual(['one']);
    await run('b', 'other', 1);
    expect(order).toEqual(['one', 'other']);
    pass(300);
    await both;
    expect(order).toEqual(['one', 'other', 'two']);
  });

  it('go from caller to caller, whatever one of them asks for', async () => {
    const { run, order } = stage();
    const hostile = Array.from({ length: 20 }, (_, index) => run('a', `a${index}`, 50));
    const honest = run('b', 'b', 1);
    await honest;
    expect(order.indexOf('b')).toBeLessThanOrEqual(2);
    for (const one of hostile) Promise.resolve(one).catch(() => {});
  });

  it('come next for who has taken least lately', async () => {
    const { run, order } = stage();
    const others = ['a', 'b', 'c'].flatMap((caller) => ['1', '2'].map((n) => run(caller, caller + n, 10)));
    await loop();
    await loop();
    await loop();
    expect(order).toEqual(['a1', 'b1', 'c1', 'a2']);
    const honest = run('d', 'd', 1);
    await loop();
    expect(order.at(-1)).toBe('d');
    await Promise.all([honest, ...others]);
  });

  it('count what is sent of them, to however many', async () => {
    const { run, order, pass } = stage();
    const send = (name: string) => run('a', name, 1);
    const all = ['one', 'two', 'three'].map((name) =>
      Promise.resolve(send(name)).then(() => {
        order.push(`${name} sent`);
        pass(10);
      }),
    );
    await loop();
    expect(order).toEqual(['one', 'two', 'three', 'one sent', 'two sent', 'three sent']);
    const further = ['four', 'five'].map((name) =>
      Promise.resolve(send(name)).then(() => {
        order.push(`${name} sent`);
        pass(10);
      }),
    );
    expect(order.slice(6)).toEqual([]);
    await loop();
    expect(order.slice(6)).toEqual([]);
    pass(100);
    await Promise.all([...all, ...further]);
    expect(order.slice(6)).toEqual(['four', 'four sent', 'five', 'five sent']);
  });

  it('are many in a slice where they are short', async () => {
    const { run, order } = stage();
    const all = Array.from({ length: 50 }, (_, index) => run('a', `${index}`, 0));
    expect(order).toHaveLength(50);
    await Promise.all(all);
  });
});
