import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { append, useFile } from './stage.js';

it('a session whose token counts overflow stays in its lists', async () => {
  const file = await useFile();
  onTestFinished(() => file.remove());
  const { sessions } = await file.open();
  for (const agentId of ['a', 'b']) await sessions.appendMessages(append('s', agentId, ['Hello']));
  // As a thousand messages that report 2^53 tokens each would leave them.
  const beside = new Database(file.path);
  beside.prepare('UPDATE agents SET input_tokens = 9223372036854775807').run();
  beside.close();
  const page = await sessions.findSessions({
    filter: {},
    orderBy: { field: 'updatedAt', direction: 'desc' },
    limit: 10,
    backward: false,
    after: null,
    before: null,
  });
  expect(page.sessions).toMatchObject([{ sessionId: 's', messageCount: 2, usage: { outputTokens: 0 } }]);
  expect(Number.isSafeInteger(page.sessions[0]?.usage.inputTokens)).toBe(false);
});
