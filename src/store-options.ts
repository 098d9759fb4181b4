import type { Config } from './config.js';

/** The database that the configuration names. */
export function storeOptions(config: Config) {
  return config.mongodbUri === null
    ? { sqlite: { path: config.sqlitePath, synchronous: config.sqliteSynchronous } }
    : {
        mongodb: {
          uri: config.mongodbUri,
          database: config.mongodbDatabase,
          collection: config.mongodbCollection,
          indexes: config.indexes,
        },
      };
}
