import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { type Logger, pino } from 'pino';
import { openMongoStore } from '../../../src/stores/mongo/open.js';
import type { OpenedStore } from '../../../src/stores/open-store.js';
import {
  type MongoStandIn,
  type MongoStandInOptions,
  startMongoStandIn,
} from '../../support/mongo-stand-in/start.js';

/** A server for one test file: the one that MONGODB_TEST_URI names, else a stand-in that is started for it. */
export interface TestServer {
  readonly uri: string;
  /** Null where the tests run on a server of their own, which takes no faults. */
  readonly standIn: MongoStandIn | null;
  close(): Promise<void>;
}

export async function startTestServer(options: MongoStandInOptions = {}): Promise<TestServer> {
  const uri = process.env.MONGODB_TEST_URI;
  const standIn = uri ? null : await startMongoStandIn(options);
  const server = { uri: uri ?? standIn?.uri ?? '', standIn, close: async () => standIn?.close() };
  const what = standIn
    ? `stand-in, dialect ${options.dialect ?? '4.4'}`
    : `MONGODB_TEST_URI, ${await versionOf(server.uri)}`;
  process.stdout.write(`MongoDB tests run on: ${what}\n`);
  return server;
}

/** A database of its own, with raw access beside the store. */
export interface TestDatabase {
  readonly server: TestServer;
  readonly name: string;
  readonly client: MongoClient;
  // biome-ignore lint/suspicious/noExplicitAny: raw documents are looked at field by field
  sessions: import('mongodb').Collection<any>;
  open(options?: {
    metadataIndexes?: string[];
    log?: Logger;
    indexes?: 'create' | 'check' | 'off';
  }): Promise<OpenedStore>;
  /** Closes what was opened on it before. */
  drop(): Promise<void>;
}

/** One on a server of its own, which ends with it. */
export async function startTestDatabase(options: MongoStandInOptions = {}): Promise<TestDatabase> {
  const server = await startTestServer(options);
  const database = await openTestDatabase(server);
  return {
    ...database,
    async drop() {
      await database.drop();
      await server.close();
    },
  };
}

export async function openTestDatabase(server: TestServer): Promise<TestDatabase> {
  const name = `parley_${randomUUID().slice(0, 8)}`;
  const client = await new MongoClient(server.uri, { minPoolSize: 0 }).connect();
  const opened: OpenedStore[] = [];
  return {
    server,
    name,
    client,
    sessions: client.db(name).collection('sessions'),
    async open({ metadataIndexes = [], log = pino({ level: 'silent' }), indexes = 'create' } = {}) {
      const store = await openMongoStore(
        { uri: server.uri, database: name, collection: 'sessions', indexes },
        { metadataIndexes, log },
      );
      opened.push(store);
      return store;
    },
    async drop() {
      await Promise.all(opened.map((store) => store.close()));
      await client.db(name).dropDatabase();
      await client.close();
    },
  };
}

async function versionOf(uri: string): Promise<string> {
  const client = await new MongoClient(uri).connect();
  try {
    return String((await client.db('admin').command({ buildInfo: 1 })).version);
  } finally {
    await client.close();
  }
}
