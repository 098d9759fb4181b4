import { pino } from 'pino';
import { describe, expect, it, onTestFinished } from 'vitest';
import { attempt } from '../../../src/domain/async/later.js';
import { type Pause, pause } from '../../../src/domain/async/pause.js';
import type { ChangeHub } from '../../../src/domain/live/change-hub.js';
import { createSlowReader, type FollowDeps } from '../../../src/domain/live/follow.js';
import { followSession } from '../../../src/domain/live/follow-session.js';
import { createLiveLoads } from '../../../src/domain/live/live-loads.js';
import type { Change, SessionStore } from '../../../src/domain/sessions/session-store.js';
import { watchWrites } from '../../../src/domain/sessions/write-health.js';
import { createCursorCodec } from '../../../src/graphql/cursor.js';
import { openMongoStore } from '../../../src/stores/mongo/open.js';
import { eventually } from '../../support/eventually.js';
import type { MongoStandIn, MongoStandInOptions } from '../../support/mongo-stand-in/start.js';
import { noReplies } from '../../support/no-replies.js';
import { oneByOne } from '../../support/one-by-one.js';
import { runningHub } from '../../support/running-hub.js';
import { brief } from '../contract/feed.js';
import {
  aFeedback,
  anAgent,
  anAppend,
  aRedaction,
  aSession,
  setting,
  someMetrics,
} from '../contract/inputs.js';
import { expectCode, readMessages, readSession, textOf } from '../contract/reads.js';
import { later, pythonAgent, pythonAppend, pythonMessage } from './python-documents.js';
import { startTestDatabase, startTestServer } from './server.js';

const createIfMissing = {};
const numbers = (count: number) => Array.from({ length: count }, (_, index) => index);

/** Faults are made by switches of the stand-in. */
async function stage(options: MongoStandInOptions = {}) {
  const database = await startTestDatabase(options);
  onTestFinished(() => database.drop());
  const standIn = database.server.standIn as MongoStandIn;
  const opened = await database.open();
  return { standIn, database, opened, store: opened.sessions };
}

/** What the process's one feed hands on, while it opens its stream again and again. */
async function listen(store: SessionStore, special: { pause?: Pause; random?: () => number } = {}) {
  const hub = await runningHub(store, { queueLimit: 10_000, ringSize: 100, silenceMs: 5_000, ...special });
  const following = hub.follow(null, () => {});
  const told: string[] = [];
  const changes: Change[] = [];
  onTestFinished(() => hub.close());
  const until = async (arrived: (change: string) => boolean) => {
    while (!told.some(arrived)) {
      const items = await following.take();
      // Without end it would be asked again, and no time limit of the test be reached.
      if (items.length === 0) throw new Error('the feed ended before it came');
      for (const item of items) {
        if (item.type === 'change') changes.push(item.change);
        told.push(item.type === 'change' ? `${item.change.sessionId} ${brief(item.change)}` : item.type);
      }
    }
    return told;
  };
  return { until, changes, told };
}

/** The indices in `session agent`, in the order in which they were told. */
const addedTo = (told: string[], [sessionId, agentId]: [string, string]) =>
  told
    .filter((text) => text.startsWith(`${sessionId} message-added ${agentId} `))
    .map((text) => Number(text.split(' ').at(-1)));

describe.skipIf(process.env.MONGODB_TEST_URI)('a write whose answer is lost', () => {
  /** Lost so often that the driver's own retry is not enough. */
  const loseAnswers = (standIn: MongoStandIn, command: string) =>
    standIn.fail({ command, closeConnection: true, afterApply: true }, 2);
  const loseCommands = (standIn: MongoStandIn, command: string) =>
    standIn.fail({ command, closeConnection: true }, 3);

  it.each([
    ['carried out', loseAnswers],
    ['not carried out', loseCommands],
  ])('has one effect and is answered, where it was %s', async (_, lose) => {
    const { standIn, store } = await stage();
    lose(standIn, 'insert');
    await store.createSession(aSession('s'));
    lose(standIn, 'update');
    const made = await store.appendMessages(anAppend('s', 'a', ['0', '1'], { createIfMissing }));
    lose(standIn, 'update');
    const [appended] = await store.appendMessages(anAppend('s', 'a', ['2']));
    expect([...made, appended].map((message) => message?.messageId)).toEqual([0, 1, 2]);
    lose(standIn, 'update');
    await store.upsertAgent(anAgent('s', 'b', { model: 'm' }));
    lose(standIn, 'update');
    await store.addFeedback(aFeedback('s', 'up'));
    lose(standIn, 'update');
    await store.changeMetadata(setting('s', { a: 1 }));
    lose(standIn, 'update');
    await store.recordMetrics(someMetrics({ sessionId: 's', agentId: 'a', position: 0 }, { custom: 1 }));
    lose(standIn, 'update');
    await store.redactMessage(aRedaction({ sessionId: 's', agentId: 'a', position: 1 }, '-'));
    expect((await readMessages(store, 's', 'a')).map(textOf)).toEqual(['0', '-', '2']);
    expect(await readSession(store, 's')).toMatchObject({ metadata: { a: 1 }, feedback: [{ rating: 'up' }] });
    lose(standIn, 'delete');
    expect(await store.deleteSession('s', new Date())).toBe(true);
  });

  it('is STORE_UNAVAILABLE where it goes on, and has one effect when it is repeated', async () => {
    const { standIn, store } = await stage();
    await store.appendMessages(anAppend('s', 'a', ['0'], { createIfMissing }));
    const append = anAppend('s', 'a', ['1']);
    // Each try is one update and, by the driver, the same again.
    standIn.fail({ command: 'update', closeConnection: true, afterApply: true }, 2);
    standIn.fail({ command: 'aggregate', closeConnection: true }, 8);
    await expectCode(store.appendMessages(append), 'STORE_UNAVAILABLE');
    const [message] = await store.appendMessages(append);
    expect(message).toMatchObject({ messageId: 1, position: 1 });
    expect((await readMessages(store, 's', 'a')).map(textOf)).toEqual(['0', '1']);
  });
});

describe.skipIf(process.env.MONGODB_TEST_URI)('errors of the server', () => {
  it.each([
    [50, 'TIMEOUT'],
    [262, 'TIMEOUT'],
    [13, 'STORE_UNAVAILABLE'],
    [371, 'STORE_UNAVAILABLE'],
    [14031, 'STORE_UNAVAILABLE'],
    [10334, 'QUERY_TOO_COMPLEX'],
    [121, 'BAD_USER_INPUT'],
    [8000, 'INTERNAL_SERVER_ERROR'],
    // A shard without a primary; a sort beyond the memory; a server that has given up for now.
    [133, 'STORE_UNAVAILABLE'],
    [292, 'QUERY_TOO_COMPLEX'],
    [365, 'STORE_UNAVAILABLE'],
  ])('%i is %s, without the driver’s text', async (code, expected) => {
    const { standIn, store } = await stage();
    // Some of them the driver tries once more by itself.
    standIn.fail({ command: 'aggregate', code, errmsg: 'driver text with a secret' }, 2);
    const error = await attempt(
      () => store.loadSessions(['s']),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: expected });
    expect((error as Error).message).not.toContain('secret');
    expect((error as Error).cause).toBeDefined();
  });

  it.each([
    ['user is not allowed to do action [find] on [parley.sessions]', 'rights of the user'],
    ['bad auth : Authentication failed.', 'rights of the user'],
    ['you are over your space quota, using 513 MB of 512 MB', 'disk of the database is full'],
  ])('of Atlas that says “%s” is STORE_UNAVAILABLE with the reason', async (errmsg, reason) => {
    const { standIn, store } = await stage();
    standIn.failOnce({ command: 'aggregate', code: 8000, codeName: 'AtlasError', errmsg });
    const error = await attempt(
      () => store.loadSessions(['s']),
      (thrown) => thrown,
    );
    expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining(reason) });
  });

  it.each([
    ['for the moment', { code: 365, codeName: 'TemporarilyUnavailable' }],
    [
      'because it has too much to do',
      { code: 462, errorLabels: ['SystemOverloadedError', 'RetryableError'] },
    ],
    ['because a shard has no primary', { code: 133 }],
  ])('that has given a write up %s is asked again', async (_, failure) => {
    const { standIn, store } = await stage();
    await store.createSession(aSession('s'));
    standIn.failOnce({ command: 'update', ...failure });
    await store.appendMessages(anAppend('s', 'a', ['0'], { createIfMissing }));
    expect((await readMessages(store, 's', 'a')).map(textOf)).toEqual(['0']);
  });
});

describe.skipIf(process.env.MONGODB_TEST_URI)('reads', () => {
  it('go on through one change of primary after the other', async () => {
    const { standIn, store } = await stage({ members: 3, electionMs: 50 });
    await store.createSession(aSession('s'));
    const codes: string[] = [];
    for (const _ of numbers(4)) {
      standIn.stepDown();
      const reads = await Promise.allSettled(numbers(20).map(() => store.loadSessions(['s'])));
      for (const read of reads) if (read.status === 'rejected') codes.push(read.reason.code);
    }
    // Who meets two in a row tries again.
    expect(codes.filter((code) => code !== 'STORE_UNAVAILABLE')).toEqual([]);
    expect(await readSession(store, 's')).toMatchObject({ sessionId: 's' });
  });
});

describe.skipIf(process.env.MONGODB_TEST_URI)('writes that the server has no room for', () => {
  it('show in what is said of it, until one succeeds', async () => {
    const { standIn, store } = await stage();
    const onChange = () => {};
    const watched = watchWrites(store, { now: () => performance.now(), pause, onChange });
    expect(await watched.writes.check()).toBe(null);
    standIn.fail({ command: 'update', code: 14031, errmsg: 'driver text' }, 100);
    const append = () => watched.store.appendMessages(anAppend('s', 'a', ['0'], { createIfMissing }));
    await expectCode(append(), 'STORE_UNAVAILABLE');
    expect(await watched.writes.check()).toBe('The disk of the database is full.');
    standIn.clearFaults();
    await append();
    expect(await watched.writes.check()).toBe(null);
  });
});

describe.skipIf(process.env.MONGODB_TEST_URI)('a subscriber', () => {
  it('is told once that the feed is broken where its stream opens and fails at every read, and once that it works', async () => {
    const { standIn, store } = await stage();
    const failures = 12;
    const pauses: number[] = [];
    const feed = await listen(store, {
      pause(ms, signal) {
        // The watch over the feed's silence waits as well, for longer.
        if (ms >= 5_000) return pause(ms, signal);
        pauses.push(ms);
        return pause(1, signal);
      },
      random: () => 0,
    });
    standIn.fail(
      { command: 'getMore', code: 43, codeName: 'CursorNotFound', appName: 'parley-feed' },
      failures,
    );
    const told = await feed.until((text) => text === 'restored');
    expect(told.filter((text) => text === 'degraded' || text === 'restored')).toEqual([
      'degraded',
      'restored',
    ]);
    expect(pauses.length).toBeGreaterThanOrEqual(failures - 1);
    expect(pauses).toEqual(pauses.toSorted((a, b) => a - b));
    await store.createSession(aSession('s'));
    await feed.until((text) => text === 's session-created');
  });

  it('misses nothing and sees nothing twice while connections are cut in the middle of it', async () => {
    const { standIn, store } = await stage();
    const feed = await listen(store);
    for (const n of numbers(60)) {
      if (n % 10 === 5) standIn.dropConnections();
      if (n % 10 === 8)
        standIn.failOnce({
          command: 'getMore',
          closeConnection: true,
          afterApply: true,
          appName: 'parley-feed',
        });
      await store.appendMessages(anAppend('s', 'a', [`${n}`], { createIfMissing }));
    }
    const told = await feed.until((text) => text === 's message-added a 59');
    expect(addedTo(told, ['s', 'a'])).toEqual(numbers(60));
    expect(told).not.toContain('lost');
  });

  it.each([
    ['is killed', async (standIn: MongoStandIn) => void (await standIn.killPrimary())],
    ['steps down', async (standIn: MongoStandIn) => standIn.stepDown()],
  ])('and writers go on where the primary %s', async (_, end) => {
    const { standIn, store } = await stage({ members: 3, electionMs: 400 });
    const feed = await listen(store);
    await store.appendMessages(anAppend('s', 'a', ['first'], { createIfMissing }));
    let acknowledged = 1;
    const writer = async () => {
      for (const n of numbers(15)) {
        await store.appendMessages(anAppend('s', 'a', [`${n}`]));
        acknowledged++;
        if (n === 5) await end(standIn);
      }
    };
    await Promise.all([writer(), writer()].map((writing) => writing.catch(() => {})));
    await store.appendMessages(anAppend('s', 'a', ['last']));
    const messages = await readMessages(store, 's', 'a');
    expect(messages.map(({ messageId }) => messageId)).toEqual(numbers(messages.length));
    expect(messages.length).toBeGreaterThanOrEqual(acknowledged + 1);
    const told = await feed.until((text) => text === `s message-added a ${messages.length - 1}`);
    expect(addedTo(told, ['s', 'a'])).toEqual(numbers(messages.length));
    expect(told).not.toContain('lost');
  });

  it('sees each message of Parley and of Python once, in order, through one fault after the other', async () => {
    const { standIn, database, store } = await stage({ members: 3, electionMs: 150 });
    const other = await database.open();
    onTestFinished(() => other.close());
    const [feed, neighbour] = [await listen(store), await listen(other.sessions)];
    await store.appendMessages(anAppend('s', 'a', ['first'], { createIfMissing }));
    await database.sessions.updateOne({ _id: 's' }, { $set: { 'agents.p': pythonAgent('p') } });
    const patiently = async <T>(attempt: () => Promise<T>): Promise<T> => {
      for (let failures = 0; ; failures++) {
        try {
          return await attempt();
        } catch (error) {
          if (failures === 30) throw error;
          await pause(50, new AbortController().signal);
        }
      }
    };
    const parley = [store, other.sessions].map(async (writer, instance) => {
      for (const n of numbers(60)) {
        // As a caller does: again with the same key until it is answered.
        const append = anAppend('s', 'a', [`${instance}.${n}`]);
        await patiently(() => writer.appendMessages(append));
      }
    });
    const python = async () => {
      for (const n of numbers(20)) {
        const parts = [0, 1, 2].map((part) => `${n}-${part}`);
        const turn = parts.map((id, part) => pythonMessage(n * 3 + part, id, { storage_id: id }));
        const filter = { _id: 's', 'agents.p.messages': { $size: n * 3 } };
        await patiently(() => database.sessions.updateOne(filter, pythonAppend('p', turn, later(n))));
      }
    };
    const faults = async () => {
      for (const turn of numbers(12)) {
        await pause(50, new AbortController().signal);
        if (turn % 4 === 0) standIn.dropConnections();
        else if (turn % 4 === 1) standIn.stepDown();
        else if (turn % 4 === 2) {
          standIn.fail({ command: ['update', 'getMore'], closeConnection: true, afterApply: true }, 2);
        } else if (turn === 3) await standIn.killPrimary();
      }
    };
    await Promise.all([...parley, python(), faults()]);
    await store.appendMessages(anAppend('s', 'a', ['last']));
    expect((await readMessages(store, 's', 'a')).map(({ messageId }) => messageId)).toEqual(numbers(122));
    for (const { until } of [feed, neighbour]) {
      const told = await until((text) => text === 's message-added a 121');
      expect(addedTo(told, ['s', 'a'])).toEqual(numbers(122));
      expect(addedTo(told, ['s', 'p'])).toEqual(numbers(60));
      expect(told).not.toContain('lost');
    }
  });

  it('is told that it may have missed something where the oplog was lost meanwhile, and goes on', async () => {
    const { standIn, store } = await stage();
    const feed = await listen(store);
    await store.createSession(aSession('before'));
    await feed.until((text) => text === 'before session-created');
    standIn.fail(
      { command: 'getMore', code: 136, codeName: 'CappedPositionLost', appName: 'parley-feed' },
      1,
    );
    await feed.until((text) => text === 'lost');
    await store.createSession(aSession('after'));
    await feed.until((text) => text === 'after session-created');
  });

  it('goes on where the collection was dropped and made again', async () => {
    const { database, store } = await stage();
    const feed = await listen(store);
    await store.createSession(aSession('before'));
    await feed.until((text) => text === 'before session-created');
    await database.sessions.drop();
    await feed.until((text) => text === 'lost');
    await store.createSession(aSession('after'));
    await feed.until((text) => text === 'after session-created');
  });

  it('is told when the server hangs, and gets what it missed', async () => {
    const server = await startTestServer();
    const standIn = server.standIn as MongoStandIn;
    const options = { uri: server.uri, database: 'hanging', collection: 'sessions', indexes: 'off' as const };
    const limits = { awaitMs: 100, hungMs: 1_000 };
    const shared = { metadataIndexes: [], log: pino({ level: 'silent' }) };
    const opened = await openMongoStore({ ...options, feedLimits: limits }, shared);
    onTestFinished(async () => {
      await opened.close();
      await server.close();
    });
    const feed = await listen(opened.sessions);
    standIn.hang();
    const write = opened.sessions.createSession(aSession('hung'));
    await feed.until((text) => text === 'degraded');
    standIn.resume();
    await write;
    const told = await feed.until((text) => text === 'hung session-created');
    expect(told).toContain('restored');
    expect(told.filter((text) => text === 'hung session-created')).toHaveLength(1);
  });
});

describe.skipIf(process.env.MONGODB_TEST_URI)(
  'a message that was read and then lost with the server that alone had it',
  () => {
    it.each([1, 3])('is told to its reader where others have taken its place: %i messages', async (lost) => {
      const { standIn, database, store } = await stage({ members: 3, electionMs: 50 });
      await store.appendMessages(anAppend('s', 'a', ['0'], { createIfMissing }));
      const hub = await runningHub(store);
      onTestFinished(() => hub.close());
      standIn.isolatePrimary();
      const unconfirmed = pythonAppend(
        'a',
        numbers(lost).map((n) => pythonMessage(n + 1, 'lost')),
        later(1),
      );
      await database.sessions.updateOne({ _id: 's' }, unconfirmed, { writeConcern: { w: 1 } });
      const events = followed(store, hub);
      const next = async (): ReturnType<typeof events.next> => {
        const found = await events.next();
        return /Degraded|Restored/.test(found.value?.type) ? next() : found;
      };
      expect(await events.next()).toMatchObject({ value: { type: 'Ready' } });
      await standIn.killPrimary();
      await eventually(() => store.appendMessages(anAppend('s', 'a', ['kept'])));
      const { value } = await next();
      expect(value).toMatchObject({ type: 'Resync', reason: 'AGENT_REWRITTEN' });
      expect((await readMessages(store, 's', 'a')).map(textOf)).toEqual(['0', 'kept']);
      await store.appendMessages(anAppend('s', 'a', ['next']));
      expect(await next()).toMatchObject({ value: { type: 'MessageAdded', message: { position: 2 } } });
      await events.return(undefined);
    });
  },
);

function followed(store: SessionStore, hub: ChangeHub) {
  const deps: FollowDeps = {
    store,
    hub,
    loads: createLiveLoads(store),
    replies: noReplies(),
    pause,
    random: Math.random,
    cursors: createCursorCodec(Buffer.alloc(32, 7)),
  };
  return oneByOne(
    followSession(deps, {
      sessionId: 's',
      agentId: null,
      only: 'messages',
      replies: false,
      reach: {},
      share: 'someone',
      after: null,
      reader: createSlowReader(),
      handOver: null,
    }),
  );
}
