import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { TransferPart } from '../../../src/domain/sessions/transfer.js';
import { indexesOf, prepareIndexes } from '../../../src/stores/mongo/indexes.js';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import { anAppend, aReply, aSession } from '../contract/inputs.js';
import { expectCode, readSession } from '../contract/reads.js';
import { startTestDatabase, type TestDatabase } from './server.js';

let database: TestDatabase;
let store: OpenedStore;

/** As `strands-session-mongodb` makes it in its collection, which is named `sessions` too: to it all sessions are one, without a key. */
const THEIRS = { pk: 1, sk: 1 } as const;

beforeEach(async () => {
  database = await startTestDatabase();
  await database.sessions.createIndex(THEIRS, { unique: true });
  store = await database.open();
  await store.sessions.createSession(aSession('first'));
});
afterEach(() => database.drop());

const refused = (write: Promise<unknown>) =>
  expect(write).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('unique index pk_1_sk_1'),
  });

/** A session without agents, as it moves from another database. */
const moved = (sessionId: string): TransferPart => ({
  session: {
    kind: 'session',
    sessionId,
    sessionType: 'AGENT',
    applicationName: null,
    createdAt: '2026-01-05T10:00:00.000Z',
    updatedAt: '2026-01-05T10:00:00.000Z',
    metadata: {},
    feedback: [],
    guardrailEvents: [],
    receipts: [],
  },
  continues: false,
  agents: [],
});

describe("beside another program's unique index", () => {
  it('names the index to whoever makes a session, in each way that makes one', async () => {
    await refused(store.sessions.createSession(aSession('second')));
    await refused(store.sessions.appendMessages(anAppend('second', 'a', ['Hi'], { createIfMissing: {} })));
    await refused(store.replies.start(aReply('second', 'a', 'r', { createIfMissing: {} })));
    expect(await store.sessions.loadSessions(['second'])).toEqual([null]);
  });

  it('goes on with sessions that are there, and knows an id that is taken', async () => {
    await store.sessions.appendMessages(anAppend('first', 'a', ['Hi'], { createIfMissing: {} }));
    await expectCode(store.sessions.createSession(aSession('first')), 'SESSION_EXISTS');
    expect(await readSession(store.sessions, 'first')).toMatchObject({ messageCount: 1 });
  });

  it('does not count sessions that it refused as moved before', async () => {
    await refused(store.transfer.write([moved('second'), moved('third')], new Date()));
    await refused(store.transfer.write([moved('first'), moved('second')], new Date()));
    expect(await store.transfer.write([moved('first')], new Date())).toMatchObject({ sessions: 0, there: 1 });
  });

  it.each(['create', 'check'] as const)(
    'says so at the start (%s), and nothing of indexes that refuse nothing',
    async (mode) => {
      await database.sessions.createIndex({ session_id: 1 }, { unique: true });
      await database.sessions.createIndex({ theirs: 1 }, { unique: true, sparse: true });
      await database.sessions.createIndex({ created_at: 1 }, { expireAfterSeconds: 3_600 });
      const told: unknown[] = [];
      const write = (line: string) => {
        const { level, name, seconds } = JSON.parse(line);
        if (name) told.push([level, name, seconds]);
      };
      const log = pino({ level: 'warn' }, { write });
      await prepareIndexes(
        indexesOf([database.client, database.name, 'sessions'], []),
        mode,
        log,
        new AbortController().signal,
      );
      expect(told).toEqual([
        [50, 'pk_1_sk_1', undefined],
        [40, 'created_at_1', 3_600],
      ]);
    },
  );
});
