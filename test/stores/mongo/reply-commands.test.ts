import { type CommandStartedEvent, type CommandSucceededEvent, type Document, MongoClient } from 'mongodb';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import type { ListReplies } from '../../../src/domain/replies/reply-store.js';
import { indexesOf } from '../../../src/stores/mongo/indexes.js';
import { openMongoStore } from '../../../src/stores/mongo/open.js';
import { anAppend, aRedaction, aReply, at } from '../contract/inputs.js';
import { startTestDatabase } from './server.js';

/** A store, what it asks of its replies, and how many come. */
async function stage() {
  const database = await startTestDatabase();
  onTestFinished(() => database.drop());
  const options = { monitorCommands: true, maxPoolSize: 4, minPoolSize: 0 };
  const client = await new MongoClient(database.server.uri, options).connect();
  onTestFinished(() => client.close());
  const opened = await openMongoStore(
    { client, database: database.name, collection: 'sessions', indexes: 'off' },
    { metadataIndexes: [], log: pino({ level: 'silent' }) },
  );
  onTestFinished(() => opened.close());
  const seen = { finds: [] as Document[], documents: 0, now: 0, most: 0 };
  client.on('commandStarted', ({ command }: CommandStartedEvent) => {
    if (command.find === 'sessions_replies') seen.finds.push(command);
    seen.most = Math.max(seen.most, ++seen.now);
  });
  client.on('commandSucceeded', ({ reply }: CommandSucceededEvent) => {
    seen.now--;
    const { ns, firstBatch = [], nextBatch = [] } = (reply as Document).cursor ?? {};
    if (ns?.endsWith('.sessions_replies')) seen.documents += firstBatch.length + nextBatch.length;
  });
  return { database, client, replies: opened.replies, sessions: opened.sessions, seen };
}

/** What is asked of all replies, and not of some that are named. */
const searches = ({ filter }: Document): Document[] =>
  (filter.$or ?? [filter]).filter((part: Document) => !('_id' in part));

it('a start finds what it looks for among all replies by indexes that know all that is asked: it costs the same behind any number', async () => {
  const { database, client, replies, seen } = await stage();
  await replies.start(aReply('s', 'a', 'r', { createIfMissing: {}, now: at(0) }));
  const asked = seen.finds.flatMap(searches).map((part) => Object.keys(part).sort());
  expect(asked).toEqual(
    expect.arrayContaining([
      ['ended_at', 'parts_gone'],
      ['ended_at'],
      ['heard_at', 'state'],
      ['session_id', 'starts.key'],
    ]),
  );
  for (const fields of asked) expect(indexed(client, database.name)).toContainEqual(fields);
});

const indexed = (client: MongoClient, database: string) =>
  indexesOf([client, database, 'sessions'], [])
    .filter(({ collection }) => collection.collectionName === 'sessions_replies')
    .flatMap((index) => index.wanted.map((keys) => Object.keys(keys).sort()));

it('a redaction finds the reply that has become its message by an index, and looks through no others of its session', async () => {
  const { database, client, sessions, seen } = await stage();
  await sessions.appendMessages(anAppend('s', 'a', ['x'], { createIfMissing: {} }));
  await sessions.redactMessage(aRedaction({ sessionId: 's', agentId: 'a', position: 0 }, '-'));
  const asked = seen.finds.flatMap(searches).map((part) => Object.keys(part).sort());
  expect(asked).toEqual([['agent_id', 'position', 'session_id']]);
  expect(indexed(client, database.name)).toContainEqual(asked[0]);
});

/** A session with many replies that are over, of two agents in turn, and three that go on. */
async function many() {
  const staged = await stage();
  const { client, database, replies } = staged;
  const goOn = ['w0', 'w1', 'w2'];
  for (const id of goOn) await replies.start(aReply('s', 'a', id, { createIfMissing: {}, now: at(900) }));
  const documents = client.db(database.name).collection<{ _id: string }>('sessions_replies');
  const { _id, ...doc } = (await documents.findOne({ _id: 'w0' })) as Document;
  const over = Array.from({ length: 300 }, (_, n) => n);
  await documents.insertMany(
    over.map((n) => {
      const started_at = at(n);
      return {
        ...doc,
        _id: `r${n}`,
        agent_id: n % 2 === 0 ? 'a' : 'b',
        state: 'finished',
        started_at,
        ended_at: at(n),
      };
    }),
  );
  staged.seen.documents = 0;
  staged.seen.most = 0;
  return { ...staged, goOn };
}
const asked = { sessionId: 's', agentId: null, states: ['finished'], limit: 5 } satisfies ListReplies;

it('of replies that are over no more are read than each request asks for, however many a session has', async () => {
  const { replies, seen, goOn } = await many();
  const requests: ListReplies[] = [
    { ...asked, agentId: 'b' },
    { ...asked, states: ['writing', 'finished'], agentId: 'a', limit: 2 },
    { ...asked, states: ['writing', 'abandoned'] },
    { ...asked, states: ['writing'], agentId: 'a', limit: 1 },
    { ...asked, sessionId: 'none' },
  ];
  const found = await replies.list(requests);
  expect(found.map((list) => list.map(({ replyId }) => replyId))).toEqual([
    ['r1', 'r3', 'r5', 'r7', 'r9'],
    ['r0', 'r2'],
    goOn,
    ['w0'],
    [],
  ]);
  expect(seen.documents).toBe(5 + 2 + 3);
});

it('listings of one caller leave connections of the pool to others', async () => {
  const { replies, seen } = await many();
  const all = (caller?: string) =>
    Promise.all(Array.from({ length: 12 }, () => replies.list([asked, { ...asked, limit: 6 }], caller)));
  // Whatever has no caller may have every connection, and opens them all.
  await all();
  expect(seen.most).toBeGreaterThan(1);
  seen.most = 0;
  await all('key k');
  expect(seen.most).toBe(1);
});
