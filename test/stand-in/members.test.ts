import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { doc } from '../support/mongo-stand-in/bson/values.js';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { connected } from './client.js';
import { openRawClient } from './replay/raw-client.js';

const mark = (n: number) => [{ _id: 's1' }, { $set: { n } }] as const;

describe.concurrent('members', () => {
  test('after a step-down the old primary refuses writes and the driver writes to the new one', async () => {
    await using server = await startMongoStandIn({ members: 3 });
    await using mongo = await connected(server);
    await mongo.sessions.insertOne({ _id: 's1' });
    server.stepDown();
    const old = await openRawClient(server.hosts[0] as string);
    const reply = await old.run(
      doc({ insert: 'sessions', documents: [new Map([['_id', 's2']])], $db: 'parley' }),
    );
    expect([reply?.get('codeName'), server.primary]).toEqual(['NotMaster', 1]);
    old.close();
    await mongo.sessions.updateOne(...mark(1));
    expect(await mongo.sessions.findOne()).toEqual({ _id: 's1', n: 1 });
    expect(server.commands.filter(({ name }) => name === 'update').at(-1)?.member).toBe(1);
  });

  test('a step-down does not end a stream', async () => {
    await using server = await startMongoStandIn({ members: 3 });
    await using mongo = await connected(server);
    await mongo.sessions.insertOne({ _id: 's1' });
    const stream = mongo.sessions.watch([], { maxAwaitTimeMS: 50 });
    await stream.tryNext();
    server.commands.length = 0;
    server.stepDown();
    await mongo.sessions.updateOne(...mark(1));
    expect(await stream.next()).toMatchObject({ updateDescription: { updatedFields: { n: 1 } } });
    expect(server.commands.some(({ name }) => name === 'aggregate')).toBe(false);
    await stream.close();
  });

  test('after the primary was killed another one takes over, and a stream can be opened again without a gap', async () => {
    await using server = await startMongoStandIn({ members: 3 });
    await using mongo = await connected(server);
    await using watching = await connected(server, { serverSelectionTimeoutMS: 1500 });
    await mongo.sessions.insertOne({ _id: 's1' });
    const stream = watching.sessions.watch([], { maxAwaitTimeMS: 50 });
    await stream.tryNext();
    await mongo.sessions.updateOne(...mark(1));
    await stream.next();
    const token = stream.resumeToken;
    const killed = await server.killPrimary();
    // The driver does not repeat a write whose connection it takes for an old one: that is thrown, and left to the caller.
    await eventually(() => mongo.sessions.updateOne(...mark(2)));
    expect(server.primary).not.toBe(killed);
    const again = mongo.sessions.watch([], { resumeAfter: token, maxAwaitTimeMS: 50 });
    expect(await again.next()).toMatchObject({ updateDescription: { updatedFields: { n: 2 } } });
    await again.close();
    await stream.close();
    await server.startMember(killed);
    await eventually(async () => {
      const { members } = await mongo.client.db('admin').command({ replSetGetStatus: 1 });
      expect(members.map(({ stateStr }: { stateStr: string }) => stateStr).sort()).toEqual([
        'PRIMARY',
        'SECONDARY',
        'SECONDARY',
      ]);
    });
  });

  test('the only member of a set is primary again after it was killed and started', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    await mongo.sessions.insertOne({ _id: 's1' });
    await server.startMember(await server.killPrimary());
    expect(await mongo.sessions.findOne()).toEqual({ _id: 's1' });
  });

  test('what the primary alone had was read, was told to no stream, and is gone with it', async () => {
    await using server = await startMongoStandIn({ members: 3 });
    await using mongo = await connected(server, { retryWrites: false });
    await mongo.sessions.insertOne({ _id: 's1', n: 0 }, { writeConcern: { w: 'majority' } });
    server.isolatePrimary();
    const unmet = mongo.sessions.updateOne(...mark(1), { writeConcern: { w: 'majority', wtimeoutMS: 1 } });
    await expect(unmet).rejects.toMatchObject({ code: 64 });
    await mongo.sessions.insertOne({ _id: 's2' });
    expect(await mongo.sessions.find().toArray()).toEqual([{ _id: 's1', n: 1 }, { _id: 's2' }]);
    await server.killPrimary();
    await eventually(() => expect(server.primary).toBe(1));
    expect(await eventually(() => mongo.sessions.find().toArray())).toEqual([{ _id: 's1', n: 0 }]);
  });
});
