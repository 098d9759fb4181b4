import type { MongoClient } from 'mongodb';
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

/** Connects, with the Python pool's defaults for what the URI does not name. STORE_UNAVAILABLE where nothing answers. */
export async function openPool(uri: string): Promise<Pool> {
  const client = createPool(uri);
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
  const pool: Pool = {
    client,
    stats: () => ({ connections, inUse, waiting, maxPoolSize: client.options.maxPoolSize }),
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
