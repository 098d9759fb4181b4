import { MongoNetworkError, MongoServerError } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { eventually } from '../support/eventually.js';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { connected } from './client.js';

const append = { $push: { list: 1 } } as object;

describe.concurrent('faults', () => {
  test('every command is logged with its size', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    server.commands.length = 0;
    await mongo.sessions.insertOne({ _id: 's1', text: 'x'.repeat(1000) });
    await mongo.sessions.findOne({ _id: 's1' });
    const [insert, find] = server.commands.filter(({ name }) => name === 'insert' || name === 'find');
    expect(insert).toMatchObject({ name: 'insert', database: 'parley', member: 0 });
    expect(insert?.bytesIn).toBeGreaterThan(1000);
    expect(find?.bytesOut).toBeGreaterThan(1000);
  });

  test('a command fails once with the code and labels that were asked for', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    server.failOnce({ command: 'find', code: 8000, codeName: 'AtlasError', errorLabels: ['Odd'] });
    const error = await mongo.sessions.findOne().catch((thrown) => thrown);
    expect(error).toBeInstanceOf(MongoServerError);
    expect([error.code, error.codeName, error.hasErrorLabel('Odd')]).toEqual([8000, 'AtlasError', true]);
    expect(await mongo.sessions.findOne()).toBeNull();
  });

  test('a write whose reply is lost is stored, and the driver gets its result by asking again', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    await mongo.sessions.insertOne({ _id: 's1' });
    server.failOnce({ command: 'update', afterApply: true });
    expect(await mongo.sessions.updateOne({ _id: 's1' }, append)).toMatchObject({ modifiedCount: 1 });
    expect(await mongo.sessions.findOne()).toEqual({ _id: 's1', list: [1] });
    expect(server.commands.filter(({ name }) => name === 'update')).toHaveLength(2);
  });

  test('a write whose reply is lost is stored and thrown where nothing asks again', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server, { retryWrites: false });
    await mongo.sessions.insertOne({ _id: 's1' });
    server.failOnce({ command: 'update', closeConnection: true, afterApply: true });
    await expect(mongo.sessions.updateOne({ _id: 's1' }, append)).rejects.toBeInstanceOf(MongoNetworkError);
    expect(await mongo.sessions.findOne()).toEqual({ _id: 's1', list: [1] });
  });

  test('a connection closed before the write leaves nothing stored', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server, { retryWrites: false });
    server.failOnce({ command: 'insert', closeConnection: true });
    await expect(mongo.sessions.insertOne({ _id: 's1' })).rejects.toBeInstanceOf(MongoNetworkError);
    expect(await mongo.sessions.countDocuments()).toBe(0);
  });

  test('a write that a step-down interrupts while a majority is waited for is asked for again, and stored once', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    await mongo.sessions.insertOne({ _id: 's1' });
    const interrupted = {
      code: 11602,
      codeName: 'InterruptedDueToReplStateChange',
      errmsg: 'operation was interrupted',
    };
    server.failOnce({ command: 'update', writeConcernError: interrupted });
    expect(await mongo.sessions.updateOne({ _id: 's1' }, append)).toMatchObject({ modifiedCount: 1 });
    expect(await mongo.sessions.findOne()).toEqual({ _id: 's1', list: [1] });
    expect(server.commands.filter(({ name }) => name === 'update')).toHaveLength(2);
  });

  test('a write of which no majority is sure is stored, and the driver says what is missing', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server, { retryWrites: false });
    const writeConcernError = {
      code: 189,
      codeName: 'PrimarySteppedDown',
      errmsg: 'operation was interrupted',
    };
    server.failOnce({ command: 'insert', writeConcernError });
    await expect(mongo.sessions.insertOne({ _id: 's1' })).rejects.toMatchObject({
      name: 'MongoWriteConcernError',
      code: 189,
    });
    expect(await mongo.sessions.countDocuments()).toBe(1);
  });

  test('the cursor of a client that has gone is closed', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    const stream = mongo.sessions.watch([], { maxAwaitTimeMS: 60_000 });
    const next = stream.next();
    await eventually(() => expect(server.commands.map(({ name }) => name)).toContain('getMore'));
    expect(server.openCursors).toBe(1);
    server.failOnce({ command: 'aggregate', code: 286 });
    server.dropConnections();
    await expect(next).rejects.toMatchObject({ code: 286 });
    expect(server.openCursors).toBe(0);
  });

  test('a stream goes on after every connection was dropped', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    const stream = mongo.sessions.watch([], { maxAwaitTimeMS: 50 });
    await stream.tryNext();
    const next = stream.next();
    server.dropConnections();
    await mongo.sessions.insertOne({ _id: 's1' });
    expect(await next).toMatchObject({ documentKey: { _id: 's1' } });
    await stream.close();
  });

  test('with the history lost a stream that was up to date goes on, and none can be resumed', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    const stream = mongo.sessions.watch([], { maxAwaitTimeMS: 50 });
    await stream.tryNext();
    const before = stream.resumeToken;
    server.loseOplog();
    await mongo.sessions.insertOne({ _id: 's1' });
    expect(await stream.next()).toMatchObject({ documentKey: { _id: 's1' } });
    await expect(mongo.sessions.watch([], { resumeAfter: before }).next()).rejects.toMatchObject({
      code: 286,
    });
    await stream.close();
  });

  test('a server that hangs answers nothing, and everything once it has resumed', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server, { socketTimeoutMS: 100, retryReads: false });
    await mongo.sessions.insertOne({ _id: 's1' });
    server.hang();
    await expect(mongo.sessions.findOne()).rejects.toThrow(/timed out/);
    server.resume();
    expect(await mongo.sessions.findOne()).toEqual({ _id: 's1' });
  });

  test('a reply that takes longer than maxTimeMS is an error', async () => {
    await using server = await startMongoStandIn();
    await using mongo = await connected(server);
    server.delayReplies(100);
    await expect(mongo.sessions.findOne({}, { maxTimeMS: 20 })).rejects.toMatchObject({ code: 50 });
    server.delayReplies(0);
  });

  test('the clock of the server is what it is told', async () => {
    await using server = await startMongoStandIn({ now: () => 1_000_000_000 });
    server.setClock(() => 4_000_000_000_000);
    await using mongo = await connected(server);
    const stream = mongo.sessions.watch([], { maxAwaitTimeMS: 50 });
    await stream.tryNext();
    await mongo.sessions.insertOne({ _id: 's1' });
    const event = (await stream.next()) as { clusterTime?: { t: number } };
    expect(event.clusterTime?.t).toBe(4_000_000_000);
    await stream.close();
  });
});
