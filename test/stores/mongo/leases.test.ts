import { afterAll, beforeAll, expect, it } from 'vitest';
import { LONGEST_LEASE_MS } from '../../../src/domain/leases.js';
import { openTestDatabase, startTestServer, type TestServer } from './server.js';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

it('a lease that a wrong clock has given for years ends at once; one of hours does not', async () => {
  const database = await openTestDatabase(server);
  const opened = await database.open();
  const { leases } = opened;
  await leases.take({ name: 'work', holder: 'one', ms: 60_000 });
  const stored = database.client.db(database.name).collection('parley_leases');
  const takenIn = (ms: number) => stored.updateOne({}, { $set: { taken_at: new Date(Date.now() + ms) } });
  await takenIn(LONGEST_LEASE_MS / 2);
  expect(await leases.take({ name: 'work', holder: 'two', ms: 60_000 })).toBeNull();
  await takenIn(1_000 * LONGEST_LEASE_MS);
  expect(await leases.take({ name: 'work', holder: 'two', ms: 60_000 })).not.toBeNull();
  await database.drop();
});

it('a lease whose answer was lost is had all the same', async () => {
  if (!server.standIn) return;
  const database = await openTestDatabase(server);
  const opened = await database.open();
  for (const command of ['findAndModify', 'insert']) {
    const lease = { name: command, holder: 'one', ms: 60_000 };
    server.standIn.failOnce({ command, afterApply: true });
    expect(await opened.leases.take(lease)).toBeInstanceOf(Date);
    // Where there is one to be prolonged.
    server.standIn.failOnce({ command: 'findAndModify', afterApply: true });
    expect(await opened.leases.take(lease)).toBeInstanceOf(Date);
    expect(await opened.leases.take({ ...lease, holder: 'two' })).toBeNull();
  }
  await database.drop();
});
