import { createHash } from 'node:crypto';
import { mongoUri } from '../config-values.js';
import { badInput, ParleyError } from '../domain/errors.js';
import { type MongoClient, openPool, type Pool, type PoolStats } from '../stores/open-store.js';

import { checkObject } from './check-arguments.js';
import { checked } from './database.js';

export interface PoolHealth {
  ok: boolean;
  /** What the answer took, in ms; null where there was none. */
  latencyMs: number | null;
  /** Why it is not ok; null where it is. Never a secret. */
  reason: string | null;
}

export interface PoolOptions {
  connectionString: string;
  /** Connections to each member of the deployment at most; over that of the connectionString. 100 where neither names it. */
  maxPoolSize?: number;
}

let current: { settings: string; opening: Promise<Pool>; pool: Pool | null } | null = null;

/** One MongoDB connection pool for a whole process. Give `getClient()` to managers and factories: they never close it. */
export const ConnectionPool = {
  /**
   * Connects. Repeated with the same settings it gives the same client; with others it is BAD_USER_INPUT: close the pool first.
   * STORE_UNAVAILABLE where nothing answers.
   */
  async initialize(options: PoolOptions): Promise<MongoClient> {
    checkObject(options, 'What the pool is made with');
    const uri = checked('connectionString', mongoUri, options.connectionString);
    const sizes = sizesOf(options);
    const settings = createHash('sha256')
      .update(JSON.stringify([uri, sizes]))
      .digest('hex');
    if (current && current.settings !== settings) {
      throw badInput(
        'The pool is initialized with another connectionString or maxPoolSize. Close it first, or open a client of your own.',
      );
    }
    const mine = current ?? { settings, opening: openPool(uri, sizes), pool: null };
    current = mine;
    try {
      mine.pool = await mine.opening;
      return mine.pool.client;
    } catch (error) {
      if (current === mine) current = null;
      throw error;
    }
  },

  /** BAD_USER_INPUT before `initialize` and after `close`. */
  getClient(): MongoClient {
    if (current?.pool) return current.pool.client;
    throw badInput('There is no pool. Call ConnectionPool.initialize first, and await it.');
  },

  /** Null where there is no pool. */
  stats: (): PoolStats | null => current?.pool?.stats() ?? null,

  /** Asks the server. Never throws. */
  async health(): Promise<PoolHealth> {
    const begin = performance.now();
    try {
      if (!current?.pool) throw badInput('There is no pool.');
      await current.pool.ping();
      return { ok: true, latencyMs: performance.now() - begin, reason: null };
    } catch (error) {
      const reason = error instanceof ParleyError ? error.message : 'The pool could not be asked.';
      return { ok: false, latencyMs: null, reason };
    }
  },

  /** Safe to call twice. Whatever still uses the client is refused from now on. */
  async close(): Promise<void> {
    const closing = current;
    current = null;
    await closing?.opening.then((pool) => pool.close()).catch(() => {});
  },
};

function sizesOf({ connectionString: _, maxPoolSize, ...rest }: PoolOptions): { maxPoolSize?: number } {
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) {
    throw badInput(
      `The pool has no option ${unknown}: it takes connectionString and maxPoolSize. What else the driver knows goes into the connectionString, as in mongodb://host/?maxIdleTimeMS=60000.`,
    );
  }
  if (maxPoolSize === undefined) return {};
  if (Number.isSafeInteger(maxPoolSize) && maxPoolSize > 0) return { maxPoolSize };
  throw badInput('maxPoolSize must be a whole number from 1 on.');
}
