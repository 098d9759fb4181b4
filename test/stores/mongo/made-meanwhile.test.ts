import { MongoNetworkError } from 'mongodb';
import { expect, it, onTestFinished } from 'vitest';
import type { WriteContext } from '../../../src/stores/mongo/writes/write-context.js';
import {
  addFeedback,
  changeMetadata,
  deleteSession,
} from '../../../src/stores/mongo/writes/write-sessions.js';
import { aFeedback, aReply, aSession, at, setting } from '../contract/inputs.js';
import { startTestDatabase } from './server.js';
import { interrupted } from './write-context.js';

async function stage() {
  const database = await startTestDatabase();
  onTestFinished(() => database.drop());
  return { database, ...(await database.open()) };
}

it('a deletion whose answer was lost leaves the session alone that was made anew since, with its snapshots and replies', async () => {
  const { database, sessions, replies, snapshots } = await stage();
  await sessions.createSession(aSession('s', { now: at(0) }));
  await replies.start(aReply('s', 'a', 'before', { createIfMissing: 'agent', now: at(1) }));
  const later = new Date(Date.now() + 60_000);
  const context = interrupted(database, 'deleteOne', async () => {
    await sessions.createSession(aSession('s', { now: later }));
    await replies.start(aReply('s', 'a', 'since', { createIfMissing: 'agent', now: later }));
    await snapshots.write({ key: 's/k', data: new Uint8Array(1), now: later });
    throw new MongoNetworkError('the answer was lost');
  });

  expect(await deleteSession(context, 's')).toBe(true);
  expect((await sessions.loadSessions(['s']))[0]?.createdAt).toEqual(later);
  expect(await snapshots.list('s/')).toEqual(['s/k']);
  const ids = (await replies.load(['before', 'since'])).map((reply) => reply?.replyId);
  expect(ids).toEqual([undefined, 'since']);
});

it.each<[string, (context: WriteContext) => Promise<unknown>, object]>([
  ['metadata are', (context) => changeMetadata(context, setting('s', { a: 1 })), { metadata: { a: 1 } }],
  ['feedback is', (context) => addFeedback(context, aFeedback('s', 'up')), { feedback: [{ rating: 'up' }] }],
])(
  '%s kept in a session that is made between the update and the look why that found none',
  async (_what, write, kept) => {
    const { database, sessions } = await stage();
    const context = interrupted(database, 'updateOne', async (answer) => {
      await sessions.createSession(aSession('s'));
      return answer;
    });
    await write(context);
    expect(await sessions.loadSessions(['s'])).toMatchObject([kept]);
  },
);
