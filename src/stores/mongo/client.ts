import { MongoClient, type MongoClientOptions } from 'mongodb';
import { failOnClosedSockets } from './closed-sockets.js';

failOnClosedSockets();

/** The Python pool's defaults; each applies only where the URI does not name it. */
const POOL: MongoClientOptions = {
  appName: 'parley',
  maxPoolSize: 100,
  minPoolSize: 10,
  maxIdleTimeMS: 300_000,
  waitQueueTimeoutMS: 5_000,
  serverSelectionTimeoutMS: 5_000,
  connectTimeoutMS: 10_000,
  socketTimeoutMS: 30_000,
  retryWrites: true,
  retryReads: true,
};

/**
 * The feed's own pool, whatever the URI names: one stream and the short ones of the history. Its sockets outlast the
 * server's awaiting, and it waits for a new primary through an election (10 to 12 s with default settings), to take it
 * as soon as the monitor sees one.
 */
const FEED: MongoClientOptions = {
  appName: 'parley-feed',
  maxPoolSize: 8,
  minPoolSize: 0,
  serverSelectionTimeoutMS: 15_000,
  socketTimeoutMS: 30_000,
};

export const createPool = (uri: string): MongoClient => new MongoClient(uri, unnamed(uri, POOL));

export const createFeedPool = (uri: string): MongoClient =>
  new MongoClient(uri, { ...unnamed(uri, POOL), ...FEED });

/** What the URI itself names wins: Amazon DocumentDB needs `retryWrites=false`. */
function unnamed(uri: string, defaults: MongoClientOptions): MongoClientOptions {
  const query = uri.split('?')[1] ?? '';
  const named = new Set(query.split('&').map((pair) => pair.split('=')[0]?.toLowerCase()));
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !named.has(name.toLowerCase())));
}
