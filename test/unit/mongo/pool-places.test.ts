import { expect, it } from 'vitest';
import { type ReadBudget, unbounded } from '../../../src/domain/read-budget.js';
import { createPoolPlaces, mayScan } from '../../../src/stores/mongo/driver/pool-places.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function line(poolSize = 100) {
  const places = createPoolPlaces(poolSize);
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const running = (name: string) => {
    started.push(name);
    return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
  };
  const budgetOf = (caller: string | undefined): ReadBudget => ({ ...unbounded, caller });
  return {
    places,
    started,
    budgetOf,
    scan: (caller: string | undefined, name: string) => places.scan(budgetOf(caller), () => running(name)),
    read: (caller: string | undefined, name: string) => places.read(budgetOf(caller), () => running(name)),
    write: (caller: string | undefined, name: string) => places.write(caller, () => running(name)),
    end: (name: string) => ends.get(name)?.(),
  };
}

it('a caller that scans much waits for itself, and others do not', async () => {
  const { scan, started, end } = line();
  const first = scan('a', 'a1');
  for (const n of [2, 3, 4, 5, 6]) void scan('a', `a${n}`);
  void scan('b', 'b1');
  void scan(undefined, 'library');
  await settled();
  expect(started.toSorted()).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'library']);
  end('a1');
  expect(await first).toBe('a1');
  await settled();
  expect(started).toContain('a5');
  expect(started).not.toContain('a6');
});

it('all callers together have a bound, and take turns', async () => {
  const { scan, started, end } = line();
  for (const caller of ['a', 'b', 'c', 'd']) for (const n of [1, 2, 3, 4, 5]) void scan(caller, caller + n);
  void scan('e', 'e1');
  await settled();
  expect(started).toHaveLength(16);
  end('a1');
  await settled();
  // Before the next one of who has had its turns.
  expect(started.at(-1)).toBe('e1');
});

it('what waits of one caller has a bound', async () => {
  const { scan } = line();
  for (let n = 0; n < 204; n++) void scan('a', `a${n}`);
  await expect(scan('a', 'more')).rejects.toMatchObject({ code: 'RATE_LIMITED' });
  void scan('b', 'b');
});

it('a caller has a quarter of the pool for all that it reads, so that others find a connection', async () => {
  const { scan, read, started, end } = line(20);
  for (const n of [1, 2, 3]) void scan('a', `scan${n}`);
  for (const n of [1, 2, 3, 4]) void read('a', `a${n}`);
  void read('b', 'b1');
  void read(undefined, 'library');
  await settled();
  expect(started.toSorted()).toEqual(['a1', 'a2', 'b1', 'library', 'scan1', 'scan2', 'scan3']);
  end('a1');
  await settled();
  expect(started).toContain('a3');
  const small = line(1);
  void small.read('a', 'one');
  void small.read('a', 'two');
  await settled();
  expect(small.started).toEqual(['one']);
});

it('the reads of many callers leave connections to everything else, and who has none is next', async () => {
  const { read, write, started, end } = line(8);
  for (const caller of ['a', 'b', 'c', 'd']) for (const n of [1, 2, 3]) void read(caller, caller + n);
  void write('w', 'write');
  void read(undefined, 'library');
  await settled();
  expect(started.toSorted()).toEqual(['a1', 'a2', 'b1', 'b2', 'c1', 'c2', 'library', 'write']);
  void read('e', 'e1');
  end('a1');
  await settled();
  end('b1');
  await settled();
  expect(started.slice(-2)).toEqual(['d1', 'e1']);
});

it('what waits to be let through by its budget has no place: who is let through may need it', async () => {
  const { places, scan, started } = line(4);
  let letThrough = () => {};
  const waits: ReadBudget = {
    caller: 'a',
    takeNow: () => false,
    take: () =>
      new Promise((resolve) => {
        letThrough = resolve;
      }),
  };
  const order: string[] = [];
  const waiting = places.scan(waits, async (budget) => {
    await budget?.take(1_000);
    order.push('went on');
  });
  await settled();
  void scan('a', 'other');
  await settled();
  expect(started).toEqual(['other']);
  letThrough();
  await settled();
  // Of a pool of four it has one place, which the other one has now.
  expect(order).toEqual([]);
  void waiting.catch(() => {});
});

it('a page in the order of an index, and one of a few sessions, is no scan', () => {
  expect(mayScan({ filter: {} })).toBe(false);
  expect(mayScan({ filter: { sessionIds: ['a'], applicationName: 'x' } })).toBe(false);
  expect(mayScan({ filter: { applicationName: 'x' }, within: { and: [{ sessionIds: ['a'] }, {}] } })).toBe(
    false,
  );
  expect(mayScan({ filter: { applicationName: 'x' } })).toBe(true);
  expect(mayScan({ filter: {}, within: { applicationName: 'x' } })).toBe(true);
});

it('a caller that writes much leaves room for others, which have their turn before its next', async () => {
  const { write, started, end } = line(8);
  for (const n of [1, 2, 3, 4, 5, 6]) void write('a', `a${n}`);
  for (const n of [1, 2, 3]) void write('b', `b${n}`);
  void write(undefined, 'library');
  await settled();
  expect(started).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'b2', 'library']);
  void write('c', 'c1');
  end('a1');
  await settled();
  expect(started.at(-1)).toBe('c1');
});
