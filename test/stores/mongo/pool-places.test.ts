import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import type { Later } from '../../../src/domain/async/later.js';
import { type ReadBudget, unbounded } from '../../../src/domain/read-budget.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { openMongoStore } from '../../../src/stores/mongo/open.js';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import {
  aFeedback,
  anAgent,
  anAppend,
  aRedaction,
  aSession,
  at,
  setting,
  someMetrics,
} from '../contract/inputs.js';
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
  return { opened, store: opened.sessions, underWay };
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

/** Those that send one command after the other, each on a session of its own. */
const WRITES: [name: string, write: (store: OpenedStore, n: number, caller?: string) => Promise<unknown>][] =
  [
    ['createSession', ({ sessions }, n, caller) => sessions.createSession(aSession(`new ${n}`), caller)],
    ['upsertAgent', ({ sessions }, n, caller) => sessions.upsertAgent(anAgent(`s${n}`, 'b'), caller)],
    [
      'appendMessages',
      ({ sessions }, n, caller) => sessions.appendMessages(anAppend(`s${n}`, 'a', ['x']), caller),
    ],
    ['recordMetrics', ({ sessions }, n, caller) => sessions.recordMetrics(someMetrics(first(n), {}), caller)],
    ['redactMessage', ({ sessions }, n, caller) => sessions.redactMessage(aRedaction(first(n), '-'), caller)],
    [
      'changeMetadata',
      ({ sessions }, n, caller) => sessions.changeMetadata(setting(`s${n}`, { a: 1 }), caller),
    ],
    ['addFeedback', ({ sessions }, n, caller) => sessions.addFeedback(aFeedback(`s${n}`, 'up'), caller)],
    [
      'write',
      ({ snapshots }, n, caller) =>
        snapshots.write({ key: `k${n}`, data: new Uint8Array(1), now: at(0) }, caller),
    ],
    ['delete', ({ snapshots }, n, caller) => snapshots.delete(`k${n}`, caller)],
  ];
const first = (n: number) => ({ sessionId: `s${n}`, agentId: 'a', messageId: 0 });

it.each(WRITES)(
  '%s of one caller takes half of the pool at the most, and that of all three quarters',
  async (_name, write) => {
    const { opened, underWay } = await stage();
    await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        opened.sessions.appendMessages(anAppend(`s${n}`, 'a', ['one'], { createIfMissing })),
      ),
    );
    const all = (numbers: number[], callers: string[]) =>
      Promise.all(numbers.map((n) => write(opened, n, callers[n % callers.length])));
    underWay.most = 0;
    await all([0, 1, 2, 3, 4, 5, 6, 7], ['key k']);
    expect(underWay.most).toBe(2);
    underWay.most = 0;
    await all([8, 9, 10, 11, 12, 13, 14, 15, 16], ['key k', 'key l', 'key m']);
    expect(underWay.most).toBe(3);
  },
);
