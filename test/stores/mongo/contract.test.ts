import { afterAll, beforeAll, describe } from 'vitest';
import { newAgentDoc } from '../../../src/stores/mongo/documents/agent-document.js';
import { at } from '../contract/inputs.js';
import { sessionStoreContract } from '../contract/session-store-contract.js';
import { openTestDatabase, startTestServer, type TestServer } from './server.js';

/** Both shapes of events and refusals; a server that MONGODB_TEST_URI names has one of them, and is asked once. */
const DIALECTS = process.env.MONGODB_TEST_URI ? (['4.4'] as const) : (['4.4', '5.0', '8.0'] as const);

describe.each(DIALECTS)('in the dialect of %s', (dialect) => {
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer({ dialect });
  });
  afterAll(() => server.close());

  sessionStoreContract('MongoDB', async () => {
    const database = await openTestDatabase(server);
    return {
      open: () => database.open({ metadataIndexes: ['indexed.v'] }),
      async putAgents(sessionId, agentIds) {
        const docs = agentIds.map((agentId) => [agentId, newAgentDoc({ agentId }, [], at(0))]);
        await database.sessions.updateOne({ _id: sessionId }, { $set: { agents: Object.fromEntries(docs) } });
      },
      teardown: () => database.drop(),
    };
  });
});
