import { MongoClient } from 'mongodb';
import { describe, expect, test } from 'vitest';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { uriFor } from '../support/mongo-stand-in/uri-for.js';

const users = [
  { name: 'app,=', password: 'päss/word', roles: ['readWrite'] },
  { name: 'watcher', password: 'w', roles: ['read', 'clusterMonitor'], without: ['changeStream'] },
] as const;

describe.concurrent('users', () => {
  test.each(['4.4', '5.0', '8.0'] as const)(
    'the driver shows %s who it is, and does what it may',
    async (dialect) => {
      await using server = await startMongoStandIn({ dialect, users });
      const app = new MongoClient(uriFor(server, users[0]));
      const sessions = app.db('parley').collection<{ _id: string }>('sessions');
      await sessions.insertOne({ _id: 's1' });
      const stream = sessions.watch();
      expect(await stream.tryNext()).toBeNull();
      await stream.close();
      await expect(app.db('admin').command({ serverStatus: 1 })).rejects.toMatchObject({ code: 13 });
      await expect(app.db('local').collection('oplog.rs').findOne()).rejects.toMatchObject({ code: 13 });
      await app.close();

      const watcher = new MongoClient(uriFor(server, users[1]));
      const seen = watcher.db('parley').collection<{ _id: string }>('sessions');
      expect(await seen.findOne()).toEqual({ _id: 's1' });
      expect(await watcher.db('admin').command({ serverStatus: 1 })).toMatchObject({ ok: 1 });
      await expect(seen.insertOne({ _id: 's2' })).rejects.toMatchObject({ code: 13 });
      await expect(seen.watch().next()).rejects.toMatchObject({ code: 13 });
      await watcher.close();
    },
  );

  test.each([
    ['a wrong password', { name: 'watcher', password: 'W' }, 18],
    ['an unknown user', { name: 'nobody', password: 'w' }, 18],
    ['nobody', null, 13],
  ])('refuses %s', async (_, user, code) => {
    await using server = await startMongoStandIn({ users });
    const client = new MongoClient(uriFor(server, user));
    await expect(client.db('parley').collection('sessions').findOne()).rejects.toMatchObject({ code });
    await client.close();
  });
});
