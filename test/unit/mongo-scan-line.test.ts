import { expect, it } from 'vitest';
import { createScanLine, mayScan } from '../../src/stores/mongo/scan-line.js';

const settled = () => new Promise((resolve) => setImmediate(resolve));

function line() {
  const scans = createScanLine();
  const started: string[] = [];
  const ends = new Map<string, () => void>();
  const scan = (caller: string | undefined, name: string) =>
    scans(caller, () => {
      started.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    });
  return { scan, started, end: (name: string) => ends.get(name)?.() };
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

it('a page in the order of an index, and one of a few sessions, is no scan', () => {
  expect(mayScan({ filter: {} })).toBe(false);
  expect(mayScan({ filter: { sessionIds: ['a'], applicationName: 'x' } })).toBe(false);
  expect(mayScan({ filter: { applicationName: 'x' }, within: { and: [{ sessionIds: ['a'] }, {}] } })).toBe(
    false,
  );
  expect(mayScan({ filter: { applicationName: 'x' } })).toBe(true);
  expect(mayScan({ filter: {}, within: { applicationName: 'x' } })).toBe(true);
});
