import { Binary, Double, Int32, Long } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { connected } from './client.js';

describe.concurrent('the real driver', () => {
  test('inserts many, writes in bulk, counts, and finds in batches', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    const { sessions } = mongo;
    await sessions.insertMany(Array.from({ length: 5 }, (_, n) => ({ _id: `s${n}`, n })));
    const written = await sessions.bulkWrite([
      { updateOne: { filter: { _id: 's0' }, update: { $set: { n: 10 } } } },
      { insertOne: { document: { _id: 's5', n: 5 } } },
      { deleteOne: { filter: { _id: 's4' } } },
    ]);
    expect([written.modifiedCount, written.insertedCount, written.deletedCount]).toEqual([1, 1, 1]);
    expect(await sessions.countDocuments({ n: { $gte: 3 } })).toBe(3);
    expect(await sessions.estimatedDocumentCount()).toBe(5);
    const found = await sessions.find({}, { sort: { n: -1 }, batchSize: 2 }).toArray();
    expect(found.map(({ _id }) => _id)).toEqual(['s0', 's5', 's3', 's2', 's1']);
    expect(server.openCursors).toBe(0);
  });

  test('finds and modifies, and writes without being answered', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    const { client, sessions } = mongo;
    await sessions.insertOne({ _id: 's1', list: [1] });
    const after = await sessions.findOneAndUpdate({ _id: 's1' }, { $push: { list: 2 } } as object, {
      returnDocument: 'after',
    });
    expect(after).toEqual({ _id: 's1', list: [1, 2] });
    await client
      .db('parley')
      .collection('others')
      .insertOne({ a: 1 }, { writeConcern: { w: 0 } });
    await eventually(async () =>
      expect(await client.db('parley').listCollections().toArray()).toHaveLength(2),
    );
  });

  test('gets values back in the BSON types in which they were stored', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    const values = {
      int: new Int32(1),
      long: Long.fromNumber(5),
      double: new Double(0),
      bytes: new Binary(Buffer.from('xyz'), 0),
      date: new Date('2026-01-01T00:00:00.123Z'),
      pattern: /a.b/i,
      nothing: null,
    };
    await mongo.sessions.insertOne({ _id: 's1', ...values });
    const [found] = await mongo.sessions.find({}, { promoteValues: false }).toArray();
    expect(found).toMatchObject(values);
  });

  test('keeps agents named by numbers in the order in which they were stored', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    await mongo.sessions.insertOne({
      _id: 's1',
      agents: new Map([
        ['10', {}],
        ['2', {}],
        ['a', {}],
      ]) as object,
    });
    const [found] = await mongo.sessions
      .aggregate([
        { $project: { names: { $map: { input: { $objectToArray: '$agents' }, in: '$$this.k' } } } },
      ])
      .toArray();
    expect(found?.names).toEqual(['10', '2', 'a']);
  });

  test('resumes a stream where another one stopped', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    const { sessions } = mongo;
    await sessions.insertOne({ _id: 's1' });
    const stream = sessions.watch([], { maxAwaitTimeMS: 50 });
    await stream.tryNext();
    await sessions.updateOne({ _id: 's1' }, { $set: { n: 1 } });
    expect(await stream.next()).toMatchObject({ updateDescription: { updatedFields: { n: 1 } } });
    const token = stream.resumeToken;
    await stream.close();
    await sessions.updateOne({ _id: 's1' }, { $set: { n: 2 } });
    const again = sessions.watch([], { resumeAfter: token, maxAwaitTimeMS: 50 });
    expect(await again.next()).toMatchObject({ updateDescription: { updatedFields: { n: 2 } } });
    await again.close();
  });

  test('hears of an event at once, not when the patience of its getMore is over', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    const stream = mongo.sessions.watch([], { maxAwaitTimeMS: 60_000 });
    const next = stream.next();
    await eventually(() => expect(server.commands.map(({ name }) => name)).toContain('getMore'));
    await mongo.sessions.insertOne({ _id: 's1' });
    expect(await next).toMatchObject({ operationType: 'insert', fullDocument: { _id: 's1' } });
    await stream.close();
  });

  test('is told by a server without a replica set that there are no change streams', async () => {
    await using server = await startMongoStandIn({ standalone: true });
    await using mongo = await connected(server, { retryWrites: false });
    await mongo.sessions.insertOne({ _id: 's1' });
    await expect(mongo.sessions.watch().next()).rejects.toMatchObject({ code: 40573 });
  });
});
