import { afterEach, beforeEach, expect, it } from 'vitest';
import { openReader } from '../../../src/stores/sqlite/file/connection.js';
import { prepareOnce } from '../../../src/stores/sqlite/statements.js';
import { heldWebhooks } from '../../../src/stores/sqlite/webhooks.js';
import { NOW, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

const held = (index: number) => ({
  event: {
    id: `msg_${index}`,
    type: 'message.added' as const,
    position: `${1_000 + index}`,
    at: NOW.getTime(),
    sessionId: `s${index}`,
    sessionCreatedAt: null,
    agentId: 'a',
    index: 0,
    reason: null,
  },
  since: NOW,
  attempts: 1,
  dueAt: NOW,
  failure: 'HTTP 500',
  deadAt: index % 2 === 0 ? NOW : null,
});

it('what an endpoint holds is read in parts, each in a turn of its own', async () => {
  const { webhooks } = await file.open();
  await webhooks.begin({ endpoint: 'e', holder: 'h', cursor: '0' });
  const progress = { endpoint: 'e', holder: 'h', cursor: '0', remove: [], erased: [] };
  const put = Array.from({ length: 450 }, (_, index) => held(index));
  await webhooks.save({ ...progress, put, deliveredAt: null, disabled: null });
  const db = openReader(file.path);
  const parts: number[] = [];
  const found = await heldWebhooks(prepareOnce(db), 'e', (find) => {
    const part = find();
    parts.push((part as unknown[]).length);
    return part;
  });
  db.close();
  expect(parts).toEqual([200, 200, 50]);
  expect([found.waiting.length, found.dead.length]).toEqual([225, 225]);
});
