import { expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import type { LiveBatch, SessionStore } from '../../../src/domain/sessions/session-store.js';
import { runningHub } from '../../support/running-hub.js';

const batch = (position: string): LiveBatch => ({ changes: [], position, committedAt: null });

/** A hub on a store in which everything up to `2` can be read, and what comes next cannot. */
async function hubAt(failure: Error) {
  const openedAt: (string | null)[] = [];
  const store = {
    async *changes({ after, signal }: { after: string | null; signal: AbortSignal }) {
      openedAt.push(after);
      yield batch(after ?? (openedAt.length === 1 ? '1' : '9'));
      if (after === null && openedAt.length > 1)
        return new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      if (openedAt.length === 1) yield batch('2');
      throw failure;
    },
  } as unknown as SessionStore;
  let pauses = 0;
  const hub = await runningHub(store, {
    random: () => 1,
    silenceMs: Number.MAX_SAFE_INTEGER,
    pause: async (ms, signal) => {
      if (ms < 60_000 && ++pauses < 20) return;
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
    },
  });
  return { hub, following: hub.follow(null, () => {}), openedAt };
}

it('a change that cannot be read three times is passed over, and every follower is told', async () => {
  const { hub, following, openedAt } = await hubAt(new TypeError('a defect'));
  const told: string[] = [];
  while (!told.includes('lost')) told.push(...(await following.take()).map(({ type }) => type));
  expect(openedAt.slice(1)).toEqual(['2', '2', null]);
  expect(hub.position()).toBe('9');
  await hub.close();
});

it('nothing is passed over because the database is away', async () => {
  const { hub, following, openedAt } = await hubAt(new ParleyError('STORE_UNAVAILABLE', 'away'));
  while (openedAt.length < 15) await Promise.resolve();
  expect(openedAt.slice(1)).not.toContain(null);
  expect(following.takeQueued().map(({ type }) => type)).not.toContain('lost');
  await hub.close();
});
