import { join } from 'node:path';
import { pino } from 'pino';
import { type App, createApp } from '../../src/app.js';
import type { Config } from '../../src/config.js';
import { readConfig } from '../../src/read-config.js';
import type { Database } from './access.js';
import { plansOfTests } from './execution.js';
import { type Request, requestAt } from './request.js';
import { makeTempFolder } from './temp-folder.js';

export interface RunningServer {
  app: App;
  /** The GraphQL endpoint. */
  url: string;
  sqlitePath: string;
  /** For whatever else opens its database. */
  database: Database;
  readonly request: Request;
  stop(): Promise<void>;
}

/** A whole server in this process, on a free port and a file of its own unless `overrides` says otherwise. */
export async function startServer(overrides: Partial<Config> = {}): Promise<RunningServer> {
  const folder = await makeTempFolder();
  const config = { ...readConfig({}, {}), port: 0, sqlitePath: join(folder.path, 'parley.db'), ...overrides };
  const app = await createApp(config, { log: pino({ level: 'silent' }), ...plansOfTests() });
  const { url } = await app.start();
  return {
    app,
    url,
    sqlitePath: config.sqlitePath,
    database: databaseOf(config),
    request: requestAt(url),
    async stop() {
      await app.stop();
      await folder.remove();
    },
  };
}

const databaseOf = ({ sqlitePath, mongodbUri, mongodbDatabase, mongodbCollection }: Config): Database =>
  mongodbUri === null
    ? sqlitePath
    : {
        mongodb: {
          uri: mongodbUri,
          database: mongodbDatabase,
          collection: mongodbCollection,
          indexes: 'off',
        },
      };
