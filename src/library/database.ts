import { type Logger, pino } from 'pino';
import {
  mongoCollection,
  mongoDatabase,
  mongoUri,
  type Parse,
  sqlitePath,
  WrongValue,
} from '../config-values.js';
import { badInput, ParleyError } from '../domain/errors.js';
import { checkMetadataPath } from '../domain/sessions/names.js';
import { type MongoClient, type OpenedStore, openStore } from '../stores/open-store.js';
import { checkObject, DATABASE_PLACES } from './check-arguments.js';
import { closeReplies } from './shared-replies.js';

/**
 * Where the sessions are: a SQLite file, a MongoDB, or a connection that is open already and stays open. The file or the
 * database may be those of a running server.
 */
export type DatabaseOptions = {
  /** Takes warnings of the database; nothing is logged where absent. */
  log?: Logger;
  /** Metadata paths to index, as the server's METADATA_INDEXES. Absent: those that are indexed stay as they are. */
  metadataIndexes?: readonly string[];
} & (
  | { path: string }
  | ({ connectionString: string } & MongoNames)
  | ({ client: MongoClient } & MongoNames)
  | { store: OpenedStore }
);

export interface MongoNames {
  /** `parley` where absent. */
  databaseName?: string;
  /** That of the sessions: `sessions` where absent. */
  collectionName?: string;
}

/** Opens it, for any number of sessions; `close` leaves open what was handed in. STORE_UNAVAILABLE says what is wrong and what to do. */
export async function openDatabase(options: DatabaseOptions): Promise<OpenedStore> {
  checkObject(options, 'What names a database');
  const given = DATABASE_PLACES.filter((place) => Object.hasOwn(options, place));
  if (given.length !== 1) {
    throw badInput(
      `A database is needed: exactly one of ${DATABASE_PLACES.join(', ')}${given.length > 1 ? `, not ${given.join(' and ')}` : ''}.`,
    );
  }
  const { metadataIndexes: indexes } = options;
  if (
    indexes !== undefined &&
    !(Array.isArray(indexes) && indexes.every((path) => typeof path === 'string'))
  ) {
    throw badInput('metadataIndexes must be a list of metadata paths.');
  }
  for (const path of indexes ?? []) checkMetadataPath(path);
  if ('store' in options && typeof options.store?.sessions !== 'object')
    throw badInput('store must be what openStore gives, once it is awaited.');
  if ('client' in options && typeof options.client?.db !== 'function')
    throw badInput('client must be a MongoClient; ConnectionPool.initialize gives one, once it is awaited.');
  if ('store' in options) return { ...options.store, close: async () => {} };
  const metadataIndexes = options.metadataIndexes ?? null;
  const shared = { metadataIndexes, log: options.log ?? pino({ level: 'silent' }) };
  if ('path' in options) {
    const path = checked('path', sqlitePath, options.path);
    return closable(await openStore({ ...shared, sqlite: { path, synchronous: 'FULL' } }));
  }
  if ('connectionString' in options || 'client' in options) {
    const server =
      'client' in options
        ? { client: options.client }
        : { uri: checked('connectionString', mongoUri, options.connectionString) };
    const database = checked('databaseName', mongoDatabase, options.databaseName ?? 'parley');
    const collection = checked('collectionName', mongoCollection, options.collectionName ?? 'sessions');
    const mongodb = { ...server, database, collection, indexes: 'create' } as const;
    const opened = await openStore({ ...shared, mongodb }).catch((error: unknown) => {
      if (error instanceof ParleyError) throw error;
      // What the driver says of an option that it does not know; the string itself may hold a password.
      throw new ParleyError('BAD_USER_INPUT', 'connectionString has an option that cannot be used.', {
        cause: error,
      });
    });
    return closable(opened);
  }
  throw badInput('A database is needed.');
}

const closable = (opened: OpenedStore): OpenedStore => ({
  ...opened,
  async close() {
    await closeReplies(opened);
    await opened.close();
  },
});

/** The value, which may hold a password, is not in the error. */
export function checked(option: string, parse: Parse<string>, value: string): string {
  if (typeof value !== 'string') throw badInput(`${option} must be a string.`);
  try {
    return parse(value);
  } catch (error) {
    if (!(error instanceof WrongValue)) throw error;
    throw new ParleyError('BAD_USER_INPUT', `${option} cannot be used: ${error.message}.`);
  }
}
