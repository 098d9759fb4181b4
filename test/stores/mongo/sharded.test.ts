import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openMongoStore } from '../../../src/stores/mongo/open.js';
import { type MongoStandIn, startMongoStandIn } from '../../support/mongo-stand-in/start.js';
import { appendingSentences } from '../contract/appending.js';
import { expirySentences } from '../contract/expiry.js';
import { type Feed, follow } from '../contract/feed.js';
import { historySentences } from '../contract/history.js';
import { aSession } from '../contract/inputs.js';
import { leaseSentences } from '../contract/leases.js';
import { liveChangeSentences } from '../contract/live-changes.js';
import { liveResumeSentences } from '../contract/live-resume.js';
import { replySentences } from '../contract/replies.js';
import { replyFeedSentences } from '../contract/reply-feed.js';
import { webhookSentences } from '../contract/webhooks.js';
import { openTestDatabase, type TestServer } from './server.js';

/** What a server that is no cluster of several `mongos` cannot show. */
describe.skipIf(process.env.MONGODB_TEST_URI)('behind three mongos', () => {
  let standIn: MongoStandIn;
  let server: TestServer;
  beforeAll(async () => {
    standIn = await startMongoStandIn({ sharded: true, members: 3, dialect: '8.0' });
    server = { uri: standIn.uri, standIn, close: () => standIn.close() };
  });
  afterAll(() => server.close());

  const setup = async () => {
    const database = await openTestDatabase(server);
    return {
      open: () => database.open(),
      putAgents: async () => {},
      teardown: () => database.drop(),
    };
  };
  for (const sentences of [
    appendingSentences,
    expirySentences,
    leaseSentences,
    webhookSentences,
    replySentences,
    replyFeedSentences,
    liveChangeSentences,
    liveResumeSentences,
    historySentences,
  ])
    sentences(setup);

  /** On a client that was handed in, as a pool of its own would be. */
  async function opened() {
    const client = await new MongoClient(standIn.uri).connect();
    const store = await openMongoStore(
      {
        client,
        database: 'own',
        collection: 'sessions',
        indexes: 'off',
        feedLimits: { awaitMs: 5, hungMs: 5_000 },
      },
      { metadataIndexes: [], log: pino({ level: 'silent' }) },
    );
    onTestFinished(async () => {
      await store.close();
      await client.close();
    });
    return store.sessions;
  }

  /** Answers to its reads, which are empty but for the last. */
  const readOn = async (feed: Feed, times: number) => {
    for (let n = 0; n < times; n++) await feed.next();
  };

  it('reads a change stream on where it was opened: the others do not know its cursor', async () => {
    const sessions = await opened();
    standIn.commands.length = 0;
    const feed = await follow(sessions);
    await readOn(feed, 20);
    await sessions.createSession(aSession('s'));
    await feed.until(({ sessionId }) => sessionId === 's');
    const ofStream = standIn.commands.filter(({ name }) => name === 'getMore');
    expect(ofStream.length).toBeGreaterThanOrEqual(20);
    expect(new Set(ofStream.map(({ member }) => member)).size).toBe(1);
  });

  it('opens it through another one where that has gone', async () => {
    const sessions = await opened();
    standIn.commands.length = 0;
    const first = await follow(sessions);
    await readOn(first, 2);
    const used = standIn.commands.findLast(({ name }) => name === 'getMore')?.member as number;
    await standIn.killMember(used);
    onTestFinished(() => standIn.startMember(used));
    const lost = async () => {
      for (;;) await first.next();
    };
    await expect(lost()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    const second = await follow(sessions, first.batches.at(-1) ?? null);
    await sessions.createSession(aSession('t'));
    await second.until(({ sessionId }) => sessionId === 't');
  });
});
