import { randomUUID } from 'node:crypto';
import type { Config } from '../../src/config.js';
import { startMongoStandIn } from './mongo-stand-in/start.js';
import { type RunningServer, startServer } from './server.js';

/** As `startServer`, on a database of its own: at MONGODB_TEST_URI, else at a stand-in that is started for it. */
export async function startServerOnMongo(overrides: Partial<Config> = {}): Promise<RunningServer> {
  const given = process.env.MONGODB_TEST_URI;
  const standIn = given ? null : await startMongoStandIn();
  const server = await startServer({
    mongodbUri: given ?? standIn?.uri ?? '',
    mongodbDatabase: `e2e_${randomUUID().slice(0, 8)}`,
    ...overrides,
  });
  return {
    ...server,
    async stop() {
      await server.stop();
      await standIn?.close();
    },
  };
}

export const SERVERS = [
  ['SQLite', startServer],
  ['MongoDB', startServerOnMongo],
] as const;
