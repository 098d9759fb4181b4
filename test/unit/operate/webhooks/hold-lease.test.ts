import { expect, it } from 'vitest';
import { pause } from '../../../../src/domain/async/pause.js';
import { ParleyError } from '../../../../src/domain/errors.js';
import type { Leases } from '../../../../src/domain/leases.js';
import { holdLease } from '../../../../src/operate/webhooks/hold-lease.js';
import { emptyDatabase } from '../../../stores/memory/database.js';
import { openMemoryStore } from '../../../stores/memory/open-memory-store.js';
import { eventually } from '../../../support/eventually.js';

const NAME = 'webhook crm';

/** Prolonged every few ms, of a lease that is long enough for any machine; `elapsed` moves where a test lets it. */
function stage(times = { lease: 3_600_000, prolongAfter: 2, margin: 1_000 }) {
  const { leases } = openMemoryStore(emptyDatabase());
  const state = { elapsed: 0, taken: 0, away: false };
  const watched: Leases = {
    ...leases,
    async take(lease) {
      if (state.away) throw new ParleyError('STORE_UNAVAILABLE', 'The database cannot be reached.');
      state.taken += 1;
      return leases.take(lease);
    },
  };
  const hold = (holder: string) =>
    holdLease({ leases: watched, name: NAME, holder, times, pause, elapsed: () => state.elapsed });
  return { leases, state, hold };
}

it('a lease is prolonged while it is held, and had by another once it is released', async () => {
  const { state, hold } = stage();
  const one = await hold('one');
  expect(await hold('two')).toBeNull();
  await eventually(() => expect(state.taken).toBeGreaterThan(5));
  expect(one?.mayGoOn()).toBe(true);
  expect(one?.lost.aborted).toBe(false);
  await one?.release();
  const two = await hold('two');
  expect(two).not.toBeNull();
  await two?.release();
});

it('a lease is lost where another has it', async () => {
  const { leases, hold } = stage();
  const one = await hold('one');
  await leases.release({ name: NAME, holder: 'one' });
  await leases.take({ name: NAME, holder: 'two', ms: 3_600_000 });
  await eventually(() => expect(one?.lost.aborted).toBe(true));
  expect(one?.mayGoOn()).toBe(false);
  await one?.release();
  expect(await hold('three')).toBeNull();
});

it('a lease lasts for as long as it was given while the database is away, and no longer', async () => {
  const { state, hold } = stage({ lease: 60, prolongAfter: 1, margin: 10 });
  const one = await hold('one');
  state.away = true;
  await eventually(() => expect(one?.lost.aborted).toBe(true));
  await one?.release();
});

it('a lease is not relied on by a process that has stood still, before it has looked', async () => {
  const { state, hold } = stage({ lease: 3_600_000, prolongAfter: 3_000_000, margin: 1_000 });
  const one = await hold('one');
  expect(one?.mayGoOn()).toBe(true);
  state.elapsed = 3_599_000;
  expect(one?.mayGoOn()).toBe(false);
  expect(one?.lost.aborted).toBe(false);
  await one?.release();
});
