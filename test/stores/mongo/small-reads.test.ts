import { BSON, type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { sessionsOf } from '../../../src/stores/mongo/driver/collection.js';
import { loadFeedbackOf } from '../../../src/stores/mongo/reads/read-sessions.js';
import { readAppendState } from '../../../src/stores/mongo/writes/append-state.js';
import { aFeedback, anAppend, aSession, at } from '../contract/inputs.js';
import { startTestDatabase, type TestDatabase } from './server.js';

let database: TestDatabase;
let store: SessionStore;
let client: MongoClient;
let answers: Document[] = [];
beforeAll(async () => {
  database = await startTestDatabase();
  store = (await database.open()).sessions;
  client = await new MongoClient(database.server.uri, { monitorCommands: true }).connect();
  client.on('commandSucceeded', ({ reply }) => void answers.push(reply as Document));
});
afterAll(async () => {
  await client.close();
  await database.drop();
});

const LARGE = 'x'.repeat(300_000);
const own = () => sessionsOf(client, database.name, database.sessions.collectionName);
async function bytesRead(read: () => Promise<unknown>): Promise<number> {
  answers = [];
  await read();
  return answers.reduce((sum, answer) => sum + BSON.calculateObjectSize(answer), 0);
}

it('where an agent stands is told without the message that it said last', async () => {
  await store.appendMessages(anAppend('s', 'a', ['first', LARGE], { createIfMissing: {}, now: at(3) }));
  const asked = { storageIds: [], marks: [] };
  expect(await bytesRead(() => readAppendState(own(), 's', 'a', asked))).toBeLessThan(2_000);
  const { end } = await readAppendState(own(), 's', 'a', asked);
  expect(end).toMatchObject({ length: 2, nextId: 2, lastCreatedAt: at(3) });
});

it('feedback that is repeated is found without what else the session has', async () => {
  await store.createSession(aSession('t', { metadata: { large: LARGE } }));
  for (let minute = 1; minute < 4; minute++) {
    await store.addFeedback(aFeedback('t', 'up', { comment: LARGE.slice(0, 60_000), now: at(minute) }));
  }
  const again = aFeedback('t', 'down', { comment: 'mine', now: at(9) });
  await store.addFeedback(again);
  expect(await bytesRead(() => loadFeedbackOf(own(), 't', at(9)))).toBeLessThan(2_000);
  expect(await store.addFeedback(again)).toMatchObject({ comment: 'mine', createdAt: at(9) });
});
