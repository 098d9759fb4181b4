import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { pino } from 'pino';
import { openStore } from '../../../src/stores/open-store.js';
import { startMongoStandIn } from '../../support/mongo-stand-in/start.js';
import { sessionStoreContract } from '../contract/session-store-contract.js';

/** A real server where one is named, which then has to be there; else the stand-in that runs in this process. */
const realUri = process.env.MONGODB_TEST_URI;

sessionStoreContract(realUri ? 'MongoDB' : 'the MongoDB stand-in', async () => {
  const standIn = realUri ? null : await startMongoStandIn();
  const uri = realUri ?? (standIn?.uri as string);
  const database = `parley_contract_${randomUUID().replaceAll('-', '')}`;
  const mongodb = { uri, database, collection: 'sessions', indexes: 'create' } as const;
  const metadataIndexes = ['indexed.v', 'user.id'];
  return {
    open: () => openStore({ mongodb, metadataIndexes, log: pino({ level: 'silent' }) }),
    async teardown() {
      if (standIn) return standIn.close();
      const client = new MongoClient(uri);
      await client.db(database).dropDatabase();
      await client.close();
    },
  };
});
