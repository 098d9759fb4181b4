import { type CommandStartedEvent, MongoClient } from 'mongodb';
import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { indexesOf, prepareIndexes, wantedIndexes } from '../../../src/stores/mongo/indexes.js';
import { openMongoStore } from '../../../src/stores/mongo/open.js';
import type { MongoStandInOptions } from '../../support/mongo-stand-in/start.js';
import { follow } from '../contract/feed.js';
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
import { expectCode, readSession } from '../contract/reads.js';
import { startTestDatabase, startTestServer } from './server.js';

type Line = { level: number; msg: string; [key: string]: unknown };

async function stage(options: MongoStandInOptions = {}) {
  const database = await startTestDatabase(options);
  onTestFinished(() => database.drop());
  const lines: Line[] = [];
  const log = pino({ level: 'info' }, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const open = (more: Parameters<typeof database.open>[0] = {}) => database.open({ log, ...more });
  return { server: database.server, database, open, log, lines };
}

/** Everything the store sends, by the driver's own monitoring, on a client that was handed in. */
async function watched(uri: string, database: string, indexes: 'create' | 'check' | 'off' = 'off') {
  const client = await new MongoClient(uri, { monitorCommands: true }).connect();
  const sent: CommandStartedEvent[] = [];
  client.on('commandStarted', (event) => void sent.push(event));
  const log = pino({ level: 'silent' });
  const opened = await openMongoStore(
    { client, database, collection: 'sessions', indexes },
    { metadataIndexes: [], log },
  );
  onTestFinished(async () => {
    await opened.close();
    await client.close();
  });
  return { client, opened, sent };
}

describe('at the start', () => {
  it('says what server it is and that changes are live', async () => {
    const { open, lines, database } = await stage();
    const opened = await open();
    expect(opened.describe).toContain(`${database.name}.sessions at `);
    expect(opened.describe).not.toContain('mongodb://');
    expect(lines).toMatchObject([
      { level: 30, live: true, version: expect.stringMatching(/^\d+\./), retryableWrites: true },
    ]);
  });

  it('takes fewer connections than are kept ready by default', async () => {
    const { server, database, log } = await stage();
    const uri = new URL(server.uri);
    uri.searchParams.set('maxPoolSize', '1');
    const options = {
      uri: uri.href,
      database: database.name,
      collection: 'sessions',
      indexes: 'off',
    } as const;
    const opened = await openMongoStore(options, { metadataIndexes: [], log });
    onTestFinished(() => opened.close());
    const ids = Array.from({ length: 5 }, (_, n) => `s${n}`);
    await Promise.all(ids.map((id) => opened.sessions.createSession(aSession(id))));
    expect(await opened.sessions.loadSessions(ids)).toHaveLength(5);
  });

  it.skipIf(process.env.MONGODB_TEST_URI)('goes on where its connections are cut meanwhile', async () => {
    const { open, server } = await stage();
    server.standIn?.fail({ command: 'hello', closeConnection: true }, 3);
    const { sessions } = await open();
    await sessions.createSession(aSession('s'));
    expect(await readSession(sessions, 's')).toMatchObject({ sessionId: 's' });
  });

  it('creates every index on its own, and says which one failed', async () => {
    const { log, database, server, lines } = await stage();
    server.standIn?.fail({ command: 'createIndexes', code: 67, errmsg: 'no' }, 1);
    const wanted = wantedIndexes(['user.id', 'topic']);
    await prepareIndexes(
      [{ collection: database.sessions, wanted }],
      'create',
      log,
      new AbortController().signal,
    );
    const failed = server.standIn ? 1 : 0;
    expect(lines.filter(({ level }) => level === 40)).toHaveLength(failed);
    const indexes = await database.sessions.listIndexes().toArray();
    expect(indexes.map(({ key }) => Object.keys(key).join())).toEqual(
      [
        '_id',
        'created_at,_id',
        'updated_at,_id',
        'application_name,created_at,_id',
        'feedbacks.rating',
        'metadata.user.id',
        'metadata.topic',
      ].filter((keys) => failed === 0 || keys !== 'created_at,_id'),
    );
  });

  it.skipIf(process.env.MONGODB_TEST_URI)(
    'says of an index that takes long that it is being made',
    async () => {
      const { log, database, server, lines } = await stage();
      server.standIn?.fail({ command: 'createIndexes', delayMs: 300 }, 1);
      const client = await new MongoClient(server.uri, { socketTimeoutMS: 50 }).connect();
      onTestFinished(() => client.close());
      const collection = client.db(database.name).collection('sessions');
      const wanted = [{ created_at: 1 }] as const;
      await prepareIndexes([{ collection, wanted }], 'create', log, new AbortController().signal);
      expect(lines).toMatchObject([{ level: 40, msg: expect.stringContaining('still being made') }]);
    },
  );

  it('checks the indexes without creating any', async () => {
    const { log, database, lines } = await stage();
    await database.sessions.createIndex({ updated_at: 1, _id: 1 });
    const wanted = indexesOf([database.client, database.name, 'sessions'], ['topic']);
    await prepareIndexes(wanted, 'check', log, new AbortController().signal);
    const missing = lines
      .filter(({ msg }) => msg.includes('missing'))
      .map(({ keys }) => Object.keys(keys as object).join());
    expect(missing).toEqual([
      'created_at,_id',
      'application_name,created_at,_id',
      'feedbacks.rating',
      'metadata.topic',
    ]);
    expect(await database.sessions.listIndexes().toArray()).toHaveLength(2);
  });
});

describe.skipIf(process.env.MONGODB_TEST_URI)('on a server that cannot do everything', () => {
  it('reads and writes on a standalone server, and says why nothing is live and what to do', async () => {
    const { open, lines } = await stage({ standalone: true });
    const { sessions } = await open();
    await sessions.appendMessages(anAppend('s', 'a', ['x'], { createIfMissing: {} }));
    expect((await readSession(sessions, 's')).messageCount).toBe(1);
    const error = await follow(sessions).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'LIVE_UNAVAILABLE',
      message: expect.stringContaining('rs.initiate()'),
    });
    expect(lines).toMatchObject([
      { level: 30, live: false, topology: 'standalone' },
      { level: 40, msg: expect.stringContaining('reads and writes work, subscriptions do not') },
    ]);
    const after = '6554A1E800000001.29.000001';
    await expectCode(follow(sessions, after), 'LIVE_UNAVAILABLE');
    const until = '6554A1E800000002.29.000001';
    await expectCode(sessions.history({ sessionId: null, after, until, limit: 1 }), 'LIVE_UNAVAILABLE');
  });

  it.each([
    ['which right is missing', { code: 13 }, 'changeStream'],
    ['that the server has none', { code: 40324 }, 'has no change streams'],
    [
      'how to enable them on Amazon DocumentDB',
      { code: 136, errmsg: 'modifyChangeStreams has not been run' },
      'enable: true',
    ],
  ])(
    'says %s where change streams cannot be opened, and opens them when they can be',
    async (_, failure, reason) => {
      const { open, server, lines } = await stage();
      server.standIn?.fail({ command: 'aggregate', appName: 'parley-feed', ...failure }, 2);
      const { sessions } = await open();
      expect(lines.at(-1)?.msg).toContain(reason);
      await expectCode(follow(sessions), 'LIVE_UNAVAILABLE');
      await follow(sessions);
    },
  );

  it.each([
    [{ neverInitiated: true }, 'rs.initiate()'],
    [{}, 'MONGODB_URI'],
  ])('refuses to start where nothing works, and says what to do: %j', async (options, advice) => {
    const server = await startTestServer(options);
    const { hosts } = server.standIn as { hosts: readonly string[] };
    const initiated = Object.keys(options).length === 0;
    if (initiated) await server.close();
    const uri = `mongodb://${hosts[0]}/?replicaSet=rs0&serverSelectionTimeoutMS=300`;
    const shared = { metadataIndexes: [], log: pino({ level: 'silent' }) };
    const opening = openMongoStore({ uri, database: 'd', collection: 'c', indexes: 'off' }, shared);
    const error = await opening.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(advice) });
    expect((error as Error).message).not.toContain(hosts[0]);
    if (!initiated) await server.close();
  });
});

describe.skipIf(process.env.MONGODB_TEST_URI)('on a server that only speaks the protocol', () => {
  it.each([
    { code: 168, errmsg: "Unrecognized expression '$bsonSize'" },
    { code: 304, errmsg: 'Aggregation operator not supported: $bsonSize' },
  ])('refuses to start where it has not the operators that everything needs: %j', async (failure) => {
    const { open, server } = await stage();
    server.standIn?.failOnce({ command: 'aggregate', ...failure });
    const error = await open().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringContaining('$bsonSize'),
    });
    await open();
  });
});

describe('a client that is handed in', () => {
  it('serves everything and is not closed', async () => {
    const { server, database } = await stage();
    const { client, opened } = await watched(server.uri, database.name);
    const feed = await follow(opened.sessions);
    await opened.sessions.createSession(aSession('s'));
    await feed.until(({ kind }) => kind === 'session-created');
    feed.abort();
    await opened.close();
    await expectCode(opened.sessions.ping(), 'STORE_UNAVAILABLE');
    expect(await client.db(database.name).command({ ping: 1 })).toMatchObject({ ok: 1 });
  });

  it('has a time limit in every command and a majority behind every write, whatever it does', async () => {
    const { server, database } = await stage();
    const { opened, sent } = await watched(server.uri, database.name);
    const { sessions: store, secrets, snapshots } = opened;
    sent.length = 0;
    const address = { sessionId: 's', agentId: 'a', position: 0 };
    const query = { filter: {}, limit: 1, backward: false, after: null, before: null };
    await store.createSession(aSession('s'));
    await store.appendMessages(anAppend('s', 'a', ['x'], { createIfMissing: {} }));
    await store.appendMessages(anAppend('s', 'a', ['y']));
    await store.upsertAgent(anAgent('s', 'b', { model: 'm' }));
    await store.recordMetrics(someMetrics(address, {}));
    await store.redactMessage(aRedaction(address, '-'));
    await store.changeMetadata(setting('s', { a: 1 }));
    await store.addFeedback(aFeedback('s', 'up'));
    await store.findSessions({ ...query, orderBy: { field: 'createdAt', direction: 'asc' } });
    await store.countSessions({});
    await store.loadSessions(['s']);
    await store.loadAgents([{ sessionId: 's', among: 'all', windows: [{ last: 1 }] }]);
    await store.loadMessages([address]);
    await snapshots.write({ key: 'k', data: new Uint8Array([1]), now: at(0) });
    await snapshots.read('k');
    await snapshots.list('');
    await snapshots.delete('k');
    await store.deleteSession('s', at(0));
    await store.ping();
    await secrets.secret('x');
    for (const { commandName, command } of sent) {
      expect(command.maxTimeMS, commandName).toBeGreaterThan(0);
      if (['insert', 'update', 'delete'].includes(commandName)) {
        expect(command.writeConcern, commandName).toMatchObject({ w: 'majority', j: true });
      }
    }
  });
});

describe('reads', () => {
  it('of a dashboard’s page take two commands, whatever the number of sessions and agents', async () => {
    const { server, database } = await stage();
    const { opened, sent } = await watched(server.uri, database.name);
    const { sessions: store } = opened;
    const ids = Array.from({ length: 30 }, (_, index) => `s${index}`);
    const append = (sessionId: string, agentId: string) =>
      store.appendMessages(
        anAppend(sessionId, agentId, ['x', 'y'.repeat(1000), 'z'], { createIfMissing: {} }),
      );
    await Promise.all(ids.flatMap((id) => ['a', 'b', '10'].map((agentId) => append(id, agentId))));
    sent.length = 0;
    const { sessions } = await store.findSessions({
      filter: {},
      orderBy: { field: 'updatedAt', direction: 'desc' },
      limit: 30,
      backward: false,
      after: null,
      before: null,
    });
    const windows = [{ last: 1 }];
    const agents = await store.loadAgents(
      sessions.map(({ sessionId }) => ({ sessionId, among: 'all', windows })),
    );
    expect(agents.flat().map(({ pages }) => pages[0]?.messages[0]?.content[0]?.text)).toEqual(
      Array(90).fill('z'),
    );
    expect(sent.map(({ commandName }) => commandName)).toEqual(['aggregate', 'aggregate']);
  });
});

describe('the secrets of the server', () => {
  it('are the same for two instances that start at once, and the same later', async () => {
    const { open, database } = await stage();
    const [one, other] = [await open(), await open()];
    const made = await Promise.all([one, other, one, other].map(({ secrets }) => secrets.secret('cursor')));
    for (const secret of made) {
      expect(secret).toHaveLength(32);
      expect(Buffer.from(secret).equals(Buffer.from(made[0] as Uint8Array))).toBe(true);
    }
    expect(Buffer.from(await one.secrets.secret('other')).equals(Buffer.from(made[0] as Uint8Array))).toBe(
      false,
    );
    expect(await database.client.db(database.name).collection('parley_secrets').countDocuments()).toBe(2);
  });
});
