import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import type { Later } from '../../../src/domain/later.js';
import { type ReadBudget, unbounded } from '../../../src/domain/read-budget.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { openMongoStore } from '../../../src/stores/mongo/open.js';
import { aFeedback, anAppend } from '../contract/inputs.js';
import { startTestDatabase } from './server.js';

const createIfMissing = {};

/** A store with a pool of four connections, of which one caller has one, and how many commands were under way at once. */
async function stage() {
  const database = await startTestDatabase();
  onTestFinished(() => database.drop());
  const client = await new MongoClient(database.server.uri, {
    monitorCommands: true,
    maxPoolSize: 4,
    minPoolSize: 0,
  }).connect();
  const opened = await openMongoStore(
    { client, database: database.name, collection: 'sessions', indexes: 'off' },
    { metadataIndexes: [], log: pino({ level: 'silent' }) },
  );
  onTestFinished(async () => {
    await opened.close();
    await client.close();
  });
  const underWay = { now: 0, most: 0 };
  client.on('commandStarted', () => {
    underWay.now++;
    underWay.most = Math.max(underWay.most, underWay.now);
  });
  for (const ended of ['commandSucceeded', 'commandFailed'] as const) client.on(ended, () => underWay.now--);
  return { store: opened.sessions, underWay };
}

const PAGE = {
  orderBy: { field: 'createdAt', direction: 'desc' },
  limit: 5,
  backward: false,
  after: null,
  before: null,
} as const;
const address = { sessionId: 's', agentId: 'a' };
const READS: [name: string, read: (store: SessionStore, budget: ReadBudget) => Later<unknown>][] = [
  [
    'findSessions',
    (store, budget) => store.findSessions({ ...PAGE, filter: { applicationName: 'x' } }, budget),
  ],
  ['countSessions', (store, budget) => store.countSessions({ applicationName: 'x' }, undefined, budget)],
  ['loadSessions', (store, budget) => store.loadSessions(['s'], undefined, budget)],
  [
    'loadAgents',
    (store, budget) => store.loadAgents([{ sessionId: 's', among: 'all', windows: [{ first: 5 }] }], budget),
  ],
  ['loadSuperseding', (store, budget) => store.loadSuperseding([{ sessionId: 's', among: 'all' }], budget)],
  ['loadMessages', (store, budget) => store.loadMessages([{ ...address, position: 0 }], undefined, budget)],
  ['loadUsage', (store, budget) => store.loadUsage([address], budget)],
  ['loadFeedback', (store, budget) => store.loadFeedback([{ sessionId: 's', index: 0 }], budget)],
];

it.each(READS)(
  '%s of one caller leaves connections of the pool to others, however often it is asked',
  async (_name, read) => {
    const { store, underWay } = await stage();
    await store.appendMessages(anAppend('s', 'a', ['one'], { createIfMissing }));
    await store.addFeedback(aFeedback('s', 'up'));
    const all = (budget: ReadBudget) => Promise.all(Array.from({ length: 12 }, () => read(store, budget)));
    // Whatever has no caller may have every connection, and opens them all.
    await all(unbounded);
    underWay.most = 0;
    await all({ ...unbounded, caller: 'key k' });
    expect(underWay.most).toBe(1);
  },
);
