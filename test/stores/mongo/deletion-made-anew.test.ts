import { MongoNetworkError } from 'mongodb';
import { pino } from 'pino';
import { expect, it, onTestFinished } from 'vitest';
import { replyCollectionsOf } from '../../../src/stores/mongo/documents/reply-document.js';
import { type Sessions, sessionsOf } from '../../../src/stores/mongo/driver/collection.js';
import { snapshotsOf } from '../../../src/stores/mongo/snapshots.js';
import { createDocumentSizes } from '../../../src/stores/mongo/writes/document-sizes.js';
import { createReceiptSweep } from '../../../src/stores/mongo/writes/receipt-sweep.js';
import { createSpentReceipts } from '../../../src/stores/mongo/writes/spent-receipts.js';
import { deleteSession } from '../../../src/stores/mongo/writes/write-sessions.js';
import { aReply, aSession, at } from '../contract/inputs.js';
import { startTestDatabase } from './server.js';

/** The collection, whose first deletion is made and has no answer; `meanwhile` comes to be before it is tried again. */
function losing(sessions: Sessions, meanwhile: () => Promise<unknown>): Sessions {
  let lost = false;
  return new Proxy(sessions, {
    get(target, name) {
      if (name !== 'deleteOne' || lost) {
        const value = Reflect.get(target, name, target);
        return typeof value === 'function' ? value.bind(target) : value;
      }
      lost = true;
      return async (...given: Parameters<Sessions['deleteOne']>) => {
        await target.deleteOne(...given);
        await meanwhile();
        throw new MongoNetworkError('the answer was lost');
      };
    },
  });
}

it('a deletion whose answer was lost leaves the session alone that was made anew since, with its snapshots and replies', async () => {
  const database = await startTestDatabase();
  onTestFinished(() => database.drop());
  const { sessions: store, snapshots, replies } = await database.open();
  const names = [database.client, database.name, 'sessions'] as const;
  const all = sessionsOf(...names);
  await store.createSession(aSession('s', { now: at(0) }));
  await replies.start(aReply('s', 'a', 'before', { createIfMissing: 'agent', now: at(1) }));
  const later = new Date(Date.now() + 60_000);
  const again = async () => {
    await store.createSession(aSession('s', { now: later }));
    await replies.start(aReply('s', 'a', 'since', { createIfMissing: 'agent', now: later }));
    await snapshots.write({ key: 's/k', data: new Uint8Array(1), now: later });
  };
  const context = {
    sessions: losing(all, again),
    snapshots: snapshotsOf(...names),
    replies: replyCollectionsOf(...names),
    sweep: createReceiptSweep(all),
    spent: createSpentReceipts(),
    sizes: createDocumentSizes(pino({ level: 'silent' })),
  };

  expect(await deleteSession(context, 's')).toBe(true);
  expect((await store.loadSessions(['s']))[0]?.createdAt).toEqual(later);
  expect(await snapshots.list('s/')).toEqual(['s/k']);
  expect((await replies.load(['before', 'since'])).map((reply) => reply?.replyId)).toEqual([
    undefined,
    'since',
  ]);
});
