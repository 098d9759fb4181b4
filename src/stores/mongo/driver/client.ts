import { MongoClient, type MongoClientOptions } from 'mongodb';
import { ParleyError } from '../../../domain/errors.js';
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

/** What is given here wins over the URI. BAD_USER_INPUT where the smallest number of connections is above the largest. */
export function createPool(uri: string, given: { maxPoolSize?: number } = {}): MongoClient {
  const options = { ...unnamed(uri, POOL), ...given };
  const client = new MongoClient(uri, options);
  const { minPoolSize, maxPoolSize } = client.options;
  // 0 is the driver's word for no limit.
  if (minPoolSize <= maxPoolSize || maxPoolSize === 0) return client;
  if (options.minPoolSize !== undefined)
    return new MongoClient(uri, { ...options, minPoolSize: maxPoolSize });
  throw new ParleyError(
    'BAD_USER_INPUT',
    `minPoolSize ${minPoolSize} of the MongoDB URI is above maxPoolSize ${maxPoolSize}. Name a smaller minPoolSize, or leave it out.`,
  );
}

export const createFeedPool = (uri: string): MongoClient =>
  new MongoClient(uri, { ...unnamed(uri, POOL), ...FEED });

/** What the URI itself names wins: Amazon DocumentDB needs `retryWrites=false`. */
function unnamed(uri: string, defaults: MongoClientOptions): MongoClientOptions {
  const query = uri.split('?')[1] ?? '';
  const named = new Set(query.split('&').map((pair) => pair.split('=')[0]?.toLowerCase()));
  return Object.fromEntries(Object.entries(defaults).filter(([name]) => !named.has(name.toLowerCase())));
}
