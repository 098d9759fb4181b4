import type { Config } from './config.js';

/** The database that the configuration names; `serves` as of `SqliteOptions`. */
export function storeOptions(config: Config, { serves = false } = {}) {
  return config.mongodbUri === null
    ? { sqlite: { path: config.sqlitePath, synchronous: config.sqliteSynchronous, serves } }
    : {
        mongodb: {
          uri: config.mongodbUri,
          database: config.mongodbDatabase,
          collection: config.mongodbCollection,
          indexes: config.indexes,
        },
      };
}
