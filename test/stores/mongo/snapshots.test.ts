import { describe, expect, it, onTestFinished } from 'vitest';
import type { MongoStandIn } from '../../support/mongo-stand-in/start.js';
import { aSession, at } from '../contract/inputs.js';
import { expectCode } from '../contract/reads.js';
import { startTestDatabase } from './server.js';

const KEY = 'session/s/scopes/agent/a/snapshots/snapshot_latest.json';
const MAX_BYTES = 16 * 1024 * 1024;
const one = (key = KEY) => ({ key, data: new Uint8Array([1, 2, 3]), now: at(0) });

async function stage() {
  const database = await startTestDatabase();
  onTestFinished(() => database.drop());
  const opened = await database.open();
  return { database, opened, snapshots: opened.snapshots, standIn: database.server.standIn as MongoStandIn };
}

it('snapshots have a collection of their own, with the key as the id and the bytes as bytes', async () => {
  const { database, snapshots } = await stage();
  await snapshots.write(one());
  await snapshots.write({ ...one(), now: at(1) });
  const documents = await database.client.db(database.name).collection('sessions_snapshots').find().toArray();
  expect(documents).toEqual([{ _id: KEY, data: expect.anything(), written_at: at(1) }]);
  expect(documents[0]?.data).toMatchObject({ _bsontype: 'Binary', sub_type: 0, position: 3 });
  expect(await database.sessions.countDocuments()).toBe(0);
});

it('a snapshot of more than 16 MB is refused with its size, and the last one stays', async () => {
  const { snapshots } = await stage();
  await snapshots.write(one());
  // The document around the bytes: its length, _id, data and written_at with their names, and the end.
  const around = 4 + (1 + 4 + 4 + KEY.length + 1) + (1 + 5 + 4 + 1) + (1 + 11 + 8) + 1;
  const largest = new Uint8Array(MAX_BYTES - around);
  await snapshots.write({ ...one('largest'.padEnd(KEY.length, '-')), data: largest });
  await expect(
    snapshots.write({ ...one(), data: new Uint8Array(MAX_BYTES - around + 1) }),
  ).rejects.toMatchObject({
    code: 'DOCUMENT_TOO_LARGE',
    message: expect.stringContaining(`${MAX_BYTES + 1} bytes`),
    details: { bytes: MAX_BYTES + 1, maxBytes: MAX_BYTES },
  });
  expect((await snapshots.read(KEY))?.data).toEqual(one().data);
});

describe.skipIf(process.env.MONGODB_TEST_URI)('where the connection breaks', () => {
  it.each([true, false])(
    'each call has its effect and is answered (carried out before: %s)',
    async (afterApply) => {
      const { snapshots, standIn } = await stage();
      const lose = (command: string) => standIn.fail({ command, closeConnection: true, afterApply }, 2);
      lose('update');
      await snapshots.write(one());
      lose('aggregate');
      expect((await snapshots.read(KEY))?.data).toEqual(one().data);
      lose('delete');
      await snapshots.delete(KEY);
      expect(await snapshots.read(KEY)).toBeNull();
    },
  );

  it('between the snapshots and their session, the session is left to be deleted again, without them', async () => {
    const { opened, snapshots, standIn } = await stage();
    await opened.sessions.createSession(aSession('s'));
    await snapshots.write(one());
    // The first of the two is carried out, the second refused.
    standIn.fail({ command: 'delete', delayMs: 1 }, 1);
    standIn.fail({ command: 'delete', code: 13, errmsg: 'not authorized' }, 1);
    await expectCode(opened.sessions.deleteSession('s', at(1)), 'STORE_UNAVAILABLE');
    expect(await snapshots.read(KEY)).toBeNull();
    expect(await opened.sessions.loadSessions(['s'])).toMatchObject([{ sessionId: 's' }]);
    expect(await opened.sessions.deleteSession('s', at(1))).toBe(true);
    await opened.sessions.createSession(aSession('s'));
    expect(await snapshots.read(KEY)).toBeNull();
  });
});
