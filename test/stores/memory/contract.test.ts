import { sessionStoreContract } from '../contract/session-store-contract.js';
import { emptyDatabase } from './database.js';
import { openMemoryStore } from './open-memory-store.js';

sessionStoreContract('the model in memory', async () => {
  const database = emptyDatabase();
  return { open: async () => openMemoryStore(database), teardown: async () => {} };
});
