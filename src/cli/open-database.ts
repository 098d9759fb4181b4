import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pino } from 'pino';
import type { Config } from '../config.js';
import { storeOptions } from '../store-options.js';
import { type OpenedStore, openStore } from '../stores/open-store.js';

/** The SQLite file that is meant, whether or not it is there; null where it is a MongoDB. */
export const sqliteFile = ({ mongodbUri, sqlitePath }: Config): string | null =>
  mongodbUri === null ? resolve(sqlitePath) : null;

/** What to say where the file is not there, which opening would make; else null. */
export function noDatabase(file: string | null): { failure: string } | null {
  if (file === null || existsSync(file)) return null;
  return {
    failure: `there is no database ${file}. Run this in the folder of the server, or name its file in SQLITE_PATH`,
  };
}

/** Opens it without a log. The server that uses the database says which metadata is indexed. */
export const openQuietly = (config: Config): Promise<OpenedStore> =>
  openStore({ ...storeOptions(config), metadataIndexes: null, log: pino({ level: 'silent' }) });
