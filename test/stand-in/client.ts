import { type Collection, type Document, MongoClient, type MongoClientOptions } from 'mongodb';
import type { MongoStandIn } from '../support/mongo-stand-in/start.js';

export type Sessions = Collection<{ _id: string } & Document>;

/** A client of the stand-in that is closed with the test. */
export async function connected(
  server: MongoStandIn,
  options: MongoClientOptions = {},
): Promise<{ client: MongoClient; sessions: Sessions } & AsyncDisposable> {
  const client = new MongoClient(server.uri, { serverSelectionTimeoutMS: 3000, ...options });
  await client.connect();
  return {
    client,
    sessions: client.db('parley').collection('sessions'),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
