import type { ChangeStreamUpdateDocument, Document } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { connected } from './client.js';

/** What one update looks like in a stream of a newer server, keys in the order in which they came. */
async function eventOf(before: Document, update: Document): Promise<ChangeStreamUpdateDocument> {
  await using server = await startMongoStandIn({ dialect: '8.0' });
  await using mongo = await connected(server);
  await mongo.sessions.insertOne({ _id: 's1', ...before });
  const stream = mongo.sessions.watch([], { maxAwaitTimeMS: 50 });
  await stream.tryNext();
  await mongo.sessions.updateOne({ _id: 's1' }, update);
  const event = await stream.next();
  await stream.close();
  return event as ChangeStreamUpdateDocument;
}

const updatedOf = async (before: Document, update: Document): Promise<[string, unknown][]> =>
  Object.entries((await eventOf(before, update)).updateDescription.updatedFields ?? {});

describe.concurrent('the newer dialect', () => {
  test('a path whose parents were missing is named at its first new component', async () => {
    expect(await updatedOf({ agents: {} }, { $push: { 'agents.b.messages': 1 } })).toEqual([
      ['agents.b', { messages: [1] }],
    ]);
    expect(await updatedOf({ metadata: {} }, { $set: { 'metadata.x.y.z': 1, 'metadata.x.y.w': 2 } })).toEqual(
      [['metadata.x', { y: { w: 2, z: 1 } }]],
    );
  });

  test('an append is named by its index, and a first message by the whole array', async () => {
    expect(await updatedOf({ list: [1] }, { $push: { list: { $each: [2, 3] } } })).toEqual([
      ['list.1', 2],
      ['list.2', 3],
    ]);
    expect(await updatedOf({ list: [] }, { $push: { list: 1 } })).toEqual([['list', [1]]]);
  });

  test('what was there comes before what is new, and both before what is deeper', async () => {
    const updated = await updatedOf({ a: { x: 1 }, z: 1 }, { $set: { 'a.x': 2, m: 1, z: 2 } });
    expect(updated.map(([path]) => path)).toEqual(['z', 'm', 'a.x']);
  });

  test('a pipeline update is a difference, and a shortened array is named with its new size', async () => {
    const text = 'x'.repeat(100);
    const list = [text, text, text];
    const event = await eventOf({ list, k: 1 }, [
      { $set: { list: { $slice: ['$list', 2] }, k: 2 } },
    ] as Document);
    expect(event.operationType).toBe('update');
    expect(event.updateDescription).toEqual({
      updatedFields: { k: 2 },
      removedFields: [],
      truncatedArrays: [{ field: 'list', newSize: 2 }],
    });
  });

  test('events carry the time of the wall, and the server says hello', async () => {
    expect((await eventOf({}, { $set: { k: 1 } })).wallTime).toBeInstanceOf(Date);
    await using server = await startMongoStandIn({ dialect: '8.0' });
    await using mongo = await connected(server);
    expect(await mongo.client.db('admin').command({ hello: 1 })).toMatchObject({
      isWritablePrimary: true,
      maxWireVersion: 25,
    });
  });

  test('resuming after an event that has left the oplog is refused at once', async () => {
    await using server = await startMongoStandIn({ dialect: '8.0' });
    await using mongo = await connected(server);
    const stream = mongo.sessions.watch([], { maxAwaitTimeMS: 50 });
    await stream.tryNext();
    await mongo.sessions.insertOne({ _id: 's1' });
    const { _id: token } = await stream.next();
    await stream.close();
    server.loseOplog();
    await expect(mongo.sessions.watch([], { resumeAfter: token }).tryNext()).rejects.toMatchObject({
      code: 286,
    });
  });

  test('keys that begin with a dollar are stored below the root', async () => {
    expect(await updatedOf({ metadata: {} }, { $set: { 'metadata.schema': { $ref: '#/x' } } })).toEqual([
      ['metadata.schema', { $ref: '#/x' }],
    ]);
  });
});
