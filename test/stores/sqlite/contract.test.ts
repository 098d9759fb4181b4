import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { openStore } from '../../../src/stores/open-store.js';
import { sessionStoreContract } from '../contract/session-store-contract.js';

sessionStoreContract('SQLite', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'parley-contract-'));
  const sqlite = { path: join(folder, 'parley.db'), synchronous: 'FULL' } as const;
  const metadataIndexes = ['indexed.v', 'user.id', '__proto__'];
  return {
    open: () => openStore({ sqlite, metadataIndexes, log: pino({ level: 'silent' }) }),
    teardown: () => rm(folder, { recursive: true, force: true }),
  };
});
