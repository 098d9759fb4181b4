import { randomBytes, randomUUID } from 'node:crypto';
import { type Logger, pino } from 'pino';
import {
  mongoCollection,
  mongoDatabase,
  mongoUri,
  type Parse,
  sqlitePath,
  WrongValue,
} from '../config-values.js';
import { ParleyError } from '../domain/errors.js';
import { createSessionService } from '../domain/session-service.js';
import { checkSnapshotKey, checkSnapshotPrefix } from '../domain/snapshot-key.js';
import { type OpenedStore, openStore } from '../stores/open-store.js';
import { createStrandsMirror } from './strands-mirror.js';
import { agentOfLatest, messagesIn } from './strands-snapshot.js';

/**
 * The `Storage` of the Strands TypeScript SDK (`@strands-agents/sdk` 1.19): give it to a `SessionManager`, or to an
 * `Agent` for everything that it keeps. Each method rejects with a `ParleyError`, which the SDK's own errors carry as
 * their cause.
 */
export interface StrandsStorage {
  /** Overwrites what stands under the key. DOCUMENT_TOO_LARGE, INVALID_NAME, STORE_UNAVAILABLE. */
  write(key: string, data: Uint8Array): Promise<void>;
  /** Null where there is nothing. */
  read(key: string): Promise<Uint8Array | null>;
  /** Nothing happens where there is nothing. */
  delete(key: string): Promise<void>;
  /** The keys that begin with `prefix` (empty: all), by code point. */
  list(prefix: string): Promise<string[]>;
  /** Closes the database, where `createStrandsStorage` has opened it. */
  close(): Promise<void>;
}

/** Where to: a SQLite file, a MongoDB, or a store that is open already and stays open. */
export type StrandsStorageOptions = {
  /** Also shows each message that a snapshot adds in its session. Off where absent. */
  mirror?: boolean;
  /** Takes warnings of the database; nothing is logged where absent. */
  log?: Logger;
} & (
  | { sqlitePath: string }
  | {
      connectionString: string;
      /** `parley` where absent. */
      database?: string;
      /** That of the sessions, `sessions` where absent; snapshots go to `<collection>_snapshots`. */
      collection?: string;
    }
  | { store: Pick<OpenedStore, 'sessions' | 'snapshots'> }
);

/** Opens the database. STORE_UNAVAILABLE says what is wrong with it and what to do. */
export async function createStrandsStorage(options: StrandsStorageOptions): Promise<StrandsStorage> {
  const { sessions, snapshots, close } = await storeOf(options);
  const now = () => new Date();
  const service = createSessionService({ store: sessions, now, randomBytes, newId: randomUUID });
  const mirror = options.mirror ? createStrandsMirror(service) : null;

  return {
    async write(key, data) {
      checkSnapshotKey(key);
      const agent = mirror && agentOfLatest(key);
      // Read before anything is stored, shown after: what is shown can be restored.
      const messages = agent && messagesIn(data);
      await snapshots.write({ key, data, now: now() });
      if (agent && messages) await mirror.show(agent, messages);
    },
    async read(key) {
      checkSnapshotKey(key);
      return snapshots.read(key);
    },
    async delete(key) {
      checkSnapshotKey(key);
      await snapshots.delete(key);
    },
    async list(prefix) {
      checkSnapshotPrefix(prefix);
      return snapshots.list(prefix);
    },
    close,
  };
}

async function storeOf(
  options: StrandsStorageOptions,
): Promise<Pick<OpenedStore, 'sessions' | 'snapshots' | 'close'>> {
  // Another process, such as the server, says which metadata is indexed.
  const shared = { metadataIndexes: null, log: options.log ?? pino({ level: 'silent' }) };
  if ('store' in options) return { ...options.store, close: async () => {} };
  if ('sqlitePath' in options) {
    const path = checked('sqlitePath', sqlitePath, options.sqlitePath);
    return openStore({ ...shared, sqlite: { path, synchronous: 'FULL' } });
  }
  if ('connectionString' in options) {
    const uri = checked('connectionString', mongoUri, options.connectionString);
    const database = checked('database', mongoDatabase, options.database ?? 'parley');
    const collection = checked('collection', mongoCollection, options.collection ?? 'sessions');
    return openStore({ ...shared, mongodb: { uri, database, collection, indexes: 'create' } });
  }
  throw new ParleyError(
    'BAD_USER_INPUT',
    'createStrandsStorage needs one of sqlitePath, connectionString and store.',
  );
}

/** The value, which may hold a password, is not in the error. */
function checked(option: string, parse: Parse<string>, value: string): string {
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    throw new ParleyError('BAD_USER_INPUT', `${option} cannot be used: ${error.message}.`);
  }
}
