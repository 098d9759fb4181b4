import { join } from 'node:path';
import type { Config } from '../../src/config.js';
import type { DatabaseOptions } from '../../src/index.js';
import { startTestDatabase } from '../stores/mongo/server.js';
import { bytesOnDisk } from './bytes-on-disk.js';
import { makeTempFolder } from './temp-folder.js';

/** Where a test keeps its sessions: a database of its own. */
export interface TestLocation {
  /** It to the library, by path or connection string. */
  options: DatabaseOptions;
  /** It to a server. */
  config: Partial<Config>;
  /** It to a command. */
  env: Record<string, string>;
  /** Everything that it holds, as text. */
  contents(): Promise<string>;
  remove(): Promise<void>;
}

export const LOCATIONS: Record<string, () => Promise<TestLocation>> = {
  async SQLite() {
    const folder = await makeTempFolder();
    const path = join(folder.path, 'parley.db');
    return {
      options: { path },
      config: { sqlitePath: path },
      env: { SQLITE_PATH: path },
      contents: async () => bytesOnDisk(path),
      remove: folder.remove,
    };
  },
  async MongoDB() {
    const { server, name, client, drop } = await startTestDatabase();
    return {
      options: { connectionString: server.uri, databaseName: name },
      config: { mongodbUri: server.uri, mongodbDatabase: name },
      env: { MONGODB_URI: server.uri, MONGODB_DATABASE: name },
      async contents() {
        const db = client.db(name);
        const collections = await db.listCollections().toArray();
        const all = await Promise.all(collections.map((each) => db.collection(each.name).find().toArray()));
        return JSON.stringify(all, (_key, value) =>
          value?._bsontype === 'Binary' ? Buffer.from(value.buffer).toString('latin1') : value,
        );
      },
      remove: drop,
    };
  },
};
