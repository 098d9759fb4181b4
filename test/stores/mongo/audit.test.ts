import { ObjectId } from 'mongodb';
import { expect, it, onTestFinished } from 'vitest';
import { createAuditLog } from '../../../src/stores/mongo/access.js';
import { createCallGate } from '../../../src/stores/mongo/driver/call-gate.js';
import { createPoolPlaces } from '../../../src/stores/mongo/driver/pool-places.js';
import { startTestDatabase } from './server.js';

const NOW = Date.UTC(2026, 0, 5);

async function stage(entries: number) {
  const database = await startTestDatabase();
  onTestFinished(() => database.drop());
  const collection = database.client.db(database.name).collection('parley_audit');
  const documents = Array.from({ length: entries }, (_, index) => ({
    _id: ObjectId.createFromTime(NOW / 1_000 + index),
    action: `${index}`,
  }));
  await collection.insertMany(documents);
  const gate = createCallGate();
  const audit = createAuditLog(database.client, database.name, gate, createPoolPlaces(10), 10);
  return { audit, gate, left: () => collection.countDocuments(), standIn: database.server.standIn };
}

it.each([0, 9, 10, 11, 25, 30])(
  'of the audit everything that is too old is removed: %i entries, ten at a time',
  async (old) => {
    const { audit, left, standIn } = await stage(40);
    const before = standIn?.commands.length ?? 0;
    await audit.prune(new Date(NOW + old * 1_000));
    expect(await left()).toBe(40 - old);
    const deletions = standIn?.commands.slice(before).filter(({ name }) => name === 'delete') ?? [];
    if (standIn) expect(deletions).toHaveLength(Math.floor(old / 10) + 1);
  },
);

it('the removal ends where the store closes', async () => {
  const { audit, gate, left } = await stage(40);
  const pruning = audit.prune(new Date(NOW + 40_000));
  await gate.close();
  await pruning.catch(() => {});
  expect(await left()).toBeGreaterThan(0);
});
