import Database from 'better-sqlite3';
import { afterEach, expect, it } from 'vitest';
import { LONGEST_LEASE_MS } from '../../../src/domain/leases.js';
import { useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>> | undefined;
afterEach(() => file?.remove());

it('a lease that a wrong clock has given for years ends at once; one of hours does not', async () => {
  file = await useFile();
  const { leases } = await file.open();
  await leases.take({ name: 'work', holder: 'one', ms: 60_000 });
  const foreign = new Database(file.path);
  const until = foreign.prepare('UPDATE leases SET expires_at = ?');
  until.run(Date.now() + LONGEST_LEASE_MS / 2);
  expect(await leases.take({ name: 'work', holder: 'two', ms: 60_000 })).toBeNull();
  until.run(Date.now() + 1_000 * LONGEST_LEASE_MS);
  expect(await leases.take({ name: 'work', holder: 'two', ms: 60_000 })).not.toBeNull();
  foreign.close();
});
