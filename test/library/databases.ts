import { join } from 'node:path';
import { MongoClient } from 'mongodb';
import type { DatabaseOptions } from '../../src/index.js';
import { startTestServer } from '../stores/mongo/server.js';
import { makeTempFolder } from '../support/temp-folder.js';

/** Where a test keeps its sessions; `options` open it by path or connection string. */
export interface TestLocation {
  options: DatabaseOptions;
  remove(): Promise<void>;
}

export const LOCATIONS: Record<string, () => Promise<TestLocation>> = {
  async SQLite() {
    const folder = await makeTempFolder();
    return { options: { path: join(folder.path, 'parley.db') }, remove: folder.remove };
  },
  async MongoDB() {
    const server = await startTestServer();
    const databaseName = `parley_library_${process.pid}_${Date.now()}`;
    return {
      options: { connectionString: server.uri, databaseName },
      async remove() {
        const client = await new MongoClient(server.uri).connect();
        await client.db(databaseName).dropDatabase();
        await client.close();
        await server.close();
      },
    };
  },
};
