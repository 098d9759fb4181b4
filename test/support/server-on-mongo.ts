import type { Config } from '../../src/config.js';
import { startTestDatabase } from '../stores/mongo/server.js';
import { type RunningServer, startServer } from './server.js';

/** As `startServer`, on a database of its own: at MONGODB_TEST_URI, else at a stand-in that is started for it. */
async function startServerOnMongo(overrides: Partial<Config> = {}): Promise<RunningServer> {
  const database = await startTestDatabase();
  const server = await startServer({
    mongodbUri: database.server.uri,
    mongodbDatabase: database.name,
    ...overrides,
  });
  return {
    ...server,
    async stop() {
      await server.stop();
      await database.drop();
    },
  };
}

export const SERVERS = [
  ['SQLite', startServer],
  ['MongoDB', startServerOnMongo],
] as const;
