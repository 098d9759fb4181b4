import type { MongoClient } from 'mongodb';
import { ParleyError } from '../../../domain/errors.js';
import { createPool } from './client.js';
import { toParleyError } from './errors.js';

/** Connections of all members of a deployment together. */
export interface PoolStats {
  /** Open now. */
  connections: number;
  /** Of these, in the middle of a command. */
  inUse: number;
  /** Commands that wait for a connection. */
  waiting: number;
  maxPoolSize: number;
}

export interface Pool {
  readonly client: MongoClient;
  stats(): PoolStats;
  /** STORE_UNAVAILABLE. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/** Counts a client's connections. Before its first command: those that are open already would be missing. */
export function countConnections(client: MongoClient): () => PoolStats {
  let [connections, inUse, waiting] = [0, 0, 0];
  client.on('connectionCreated', () => connections++);
  client.on('connectionClosed', () => connections--);
  client.on('connectionCheckOutStarted', () => waiting++);
  client.on('connectionCheckOutFailed', () => waiting--);
  client.on('connectionCheckedOut', () => {
    waiting--;
    inUse++;
  });
  client.on('connectionCheckedIn', () => inUse--);
  return () => ({ connections, inUse, waiting, maxPoolSize: client.options.maxPoolSize });
}

/**
 * Connects, with the Python pool's defaults for what neither `sizes` nor the URI names. STORE_UNAVAILABLE where nothing answers,
 * BAD_USER_INPUT where the options of the URI cannot be used.
 */
export async function openPool(uri: string, sizes: { maxPoolSize?: number } = {}): Promise<Pool> {
  const client = usable(() => createPool(uri, sizes));
  const pool: Pool = {
    client,
    stats: countConnections(client),
    async ping() {
      try {
        await client.db('admin').command({ ping: 1, maxTimeMS: 5_000 });
      } catch (error) {
        throw toParleyError(error);
      }
    },
    close: () => client.close(),
  };
  try {
    await pool.ping();
  } catch (error) {
    await client.close();
    throw error;
  }
  return pool;
}

/** The driver's text on an option that it does not know stays in the cause: the string itself may hold a password. */
function usable(create: () => MongoClient): MongoClient {
  try {
    return create();
  } catch (error) {
    if (error instanceof ParleyError) throw error;
    throw new ParleyError('BAD_USER_INPUT', 'connectionString has an option that cannot be used.', {
      cause: error,
    });
  }
}
