import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReadBudget } from '../../../src/domain/read-budget.js';
import {
  AT_ONCE_BYTES,
  type Found,
  HERE_BYTES,
  readWithin,
} from '../../../src/stores/sqlite/reads/budgeted-read.js';
import { append, useFile } from './stage.js';

/** A value of so many bytes, or of as many as each attempt finds; notes what happens. */
function stage(...sizes: number[]) {
  const log: string[] = [];
  const founds: Found<string>[] = [];
  const attempt = (most: number): Found<string> => {
    const bytes = sizes[Math.min(founds.length, sizes.length - 1)] as number;
    const found: Found<string> = bytes <= most ? { bytes, value: `value of ${bytes}` } : { bytes };
    founds.push(found);
    log.push('value' in found ? `loads ${bytes}` : `measures ${bytes}`);
    return found;
  };
  const budget = (now: (bytes: number) => boolean): ReadBudget => ({
    takeNow(bytes) {
      log.push(`asks for ${bytes}`);
      return now(bytes);
    },
    async take(bytes) {
      log.push(`waits for ${bytes}`);
    },
  });
  return { log, founds, attempt, budget };
}
const LARGE = AT_ONCE_BYTES + 1;

describe('a read within a budget', () => {
  it('loads what is small along with its size, and asks before it hands it on', async () => {
    const { log, attempt, budget } = stage(AT_ONCE_BYTES);
    const value = await readWithin(
      budget(() => true),
      attempt,
    );
    expect(value).toBe(`value of ${AT_ONCE_BYTES}`);
    expect(log).toEqual([`loads ${AT_ONCE_BYTES}`, `asks for ${AT_ONCE_BYTES}`]);
  });

  it('loads what is large once it is let through, in the same turn', async () => {
    const { log, attempt, budget } = stage(LARGE);
    const reading = readWithin(
      budget(() => true),
      attempt,
    );
    expect(log).toEqual([`measures ${LARGE}`, `asks for ${LARGE}`, `loads ${LARGE}`]);
    expect(await reading).toBe(`value of ${LARGE}`);
  });

  it('is one attempt where what takes more is parsed, and its rows are small', async () => {
    const { log, budget } = stage();
    const attempt = () => {
      log.push('loads');
      return { bytes: LARGE, value: 'small' };
    };
    const letting = budget(() => true);
    expect(readWithin(letting, attempt)).toBe('small');
    expect(log.splice(0)).toEqual(['loads', `asks for ${LARGE}`]);
    expect(
      await readWithin(
        budget(() => false),
        attempt,
      ),
    ).toBe('small');
    expect(log).toEqual(['loads', `asks for ${LARGE}`, `waits for ${LARGE}`, 'loads']);
  });

  it('asks again for what has grown while it waited, and for no more than that', async () => {
    const { log, attempt, budget } = stage(LARGE, LARGE + 5);
    const value = await readWithin(
      budget((bytes) => bytes < LARGE),
      attempt,
    );
    expect(value).toBe(`value of ${LARGE + 5}`);
    expect(log).toEqual([
      ...[`measures ${LARGE}`, `asks for ${LARGE}`, `waits for ${LARGE}`],
      ...[`measures ${LARGE + 5}`, 'asks for 5', `loads ${LARGE + 5}`],
    ]);
  });

  it('holds nothing while it waits, and gives what is there afterwards', async () => {
    const { founds, attempt, budget } = stage(10, 7);
    const held: unknown[] = [];
    const waiting: ReadBudget = {
      ...budget(() => false),
      take: async () => void held.push(...founds.map(({ value }) => value)),
    };
    expect(await readWithin(waiting, attempt)).toBe('value of 7');
    expect(held).toEqual([undefined]);
  });

  it('fails with what the budget refuses, small or large', async () => {
    for (const size of [10, LARGE]) {
      const { attempt, budget } = stage(size);
      const refusing = budget(() => {
        throw new Error('too much');
      });
      await expect(async () => readWithin(refusing, attempt)).rejects.toThrow('too much');
    }
  });

  it('is asked for before the next that begins with it is loaded', () => {
    const { log, attempt, budget } = stage(1, 2);
    void readWithin(
      budget(() => true),
      attempt,
    );
    void readWithin(
      budget(() => true),
      attempt,
    );
    expect(log).toEqual(['loads 1', 'asks for 1', 'loads 2', 'asks for 2']);
  });

  it('is left to a thread where it is very large and bounded, or lies far, and then goes on there', async () => {
    const apart = async (budget: ReadBudget | undefined, bytes: number, far: boolean) => {
      const attempts: boolean[] = [];
      await readWithin(budget, (most, isApart) => {
        attempts.push(isApart);
        if (far && !isApart) return { bytes, far: true };
        return bytes <= most ? { bytes, value: '' } : { bytes };
      });
      return attempts;
    };
    const letting = stage().budget(() => true);
    expect(await apart(letting, 10, false)).toEqual([false]);
    expect(await apart(letting, LARGE, false)).toEqual([false, false]);
    expect(await apart(letting, HERE_BYTES + 1, false)).toEqual([false, true]);
    expect(await apart(letting, 10, true)).toEqual([false, true]);
    expect(await apart(letting, HERE_BYTES + 1, true)).toEqual([false, true, true]);
    expect(await apart(undefined, HERE_BYTES + 1, false)).toEqual([false]);
    expect(await apart(undefined, HERE_BYTES + 1, true)).toEqual([false, true]);
  });

  it('without a bound is one attempt, however large', async () => {
    const { log, attempt } = stage(2 ** 40);
    expect(await readWithin(undefined, attempt)).toBe(`value of ${2 ** 40}`);
    expect(log).toEqual([`loads ${2 ** 40}`]);
  });
});

describe('a small page', () => {
  let file: Awaited<ReturnType<typeof useFile>>;
  let sessions: Awaited<ReturnType<typeof file.open>>['sessions'];
  beforeAll(async () => {
    file = await useFile();
    ({ sessions } = await file.open());
    await sessions.appendMessages(append('s', 'a', ['one']));
  });
  afterAll(() => file.remove());

  it.each([
    ['an index gives', {}],
    ['a scan finds', { metadata: [{ path: 'user.id', equals: 'u' }] }],
  ])('that %s counts too', async (_what, filter) => {
    const { log, budget } = stage(0);
    const page = await sessions.findSessions(
      {
        filter,
        orderBy: { field: 'createdAt', direction: 'asc' },
        limit: 5,
        backward: false,
        after: null,
        before: null,
      },
      budget(() => true),
    );
    expect(page.sessions).toHaveLength(1);
    expect(log).toEqual([expect.stringMatching(/^asks for \d{3}$/)]);
  });
});
