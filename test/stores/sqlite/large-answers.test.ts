import Database from 'better-sqlite3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import { prepareOnce } from '../../../src/stores/sqlite/statements.js';
import { givenMessage, wholeMessage } from '../../../src/stores/sqlite/writes/given-message.js';
import { appendMessages } from '../../../src/stores/sqlite/writes/write-messages.js';
import { append, guardrailEvent, NOW, receipt, useFile } from './stage.js';

let file: Awaited<ReturnType<typeof useFile>>;
beforeEach(async () => {
  file = await useFile();
});
afterEach(() => file.remove());

const metadata = (first: JsonObject): JsonObject => ({
  usage: { inputTokens: 3 },
  many: [first, ...Array.from({ length: 20_000 }, () => ({ a: 1, b: 2 }))],
});

/** An append of two messages that hold much, the second with an identity. */
function large(sessionId = 's') {
  const made = append(sessionId, 'a', ['one', 'two']);
  const messages = made.messages.map((message, n) => ({
    ...message,
    metadata: metadata({ a: 1, b: 2 }),
    ...(n === 1 ? { clientId: 'c' } : {}),
  }));
  return { ...made, messages };
}

it('what a write gives of a message that holds much is the message as it is stored', async () => {
  const { sessions } = await file.open();
  const given = large();
  const added = await sessions.appendMessages(given);
  const stored = (position: number) =>
    sessions.loadMessages([{ sessionId: 's', agentId: 'a', position }]).then(([message]) => message);
  expect(await sessions.appendMessages(given)).toEqual(added);
  const anew = { ...given, messages: [{ ...given.messages[1], storageId: 'f'.repeat(32) }] } as typeof given;
  expect(await sessions.appendMessages(anew)).toEqual([{ known: true, ...added[1] }]);
  const reordered = given.messages.map((message) => ({ ...message, metadata: metadata({ b: 2, a: 1 }) }));
  expect(await sessions.appendMessages({ ...given, messages: reordered })).toEqual(added);
  const other = given.messages.map((message) => ({ ...message, metadata: metadata({ a: 1, b: 3 }) }));
  await expect(sessions.appendMessages({ ...given, messages: other })).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  });

  const address = { sessionId: 's', agentId: 'a', position: 1, now: NOW };
  const metrics = { accumulated_usage: { inputTokens: 1 } };
  const recorded = await sessions.recordMetrics({ ...address, metrics, receipt: receipt() });
  expect(recorded).toEqual({ ...added[1], eventLoopMetrics: metrics });
  expect(recorded).toEqual(await stored(1));
  const event = { ...address, guardrailEvent, receipt: receipt() };
  expect(await sessions.recordGuardrailEvent(event)).toEqual(await stored(1));
  const replacement = { role: 'user' as const, content: [{ text: 'x'.repeat(100_000) }] };
  const redaction = { ...address, replacement, guardrailEvent: null, receipt: receipt() };
  const redacted = await sessions.redactMessage(redaction);
  expect(redacted).toMatchObject({ redacted: true, metadata: { usage: { inputTokens: 3 } } });
  expect([await stored(1), await sessions.redactMessage(redaction)]).toEqual([redacted, redacted]);
});

it('a message that holds much goes from thread to thread as its texts, and nothing of it is parsed to see that it is repeated', async () => {
  const store = await file.open();
  await store.sessions.appendMessages(large());
  await store.close();
  const db = new Database(file.path);
  const statements = prepareOnce(db);
  const row = statements.get('SELECT * FROM messages WHERE position = 0');
  // What is no JSON could not be parsed.
  const content = JSON.stringify(large().messages[0]?.metadata);
  db.prepare(`UPDATE messages SET event_loop_metrics = '{'`).run();
  const given = large();
  given.messages = statements
    .all('SELECT storage_id FROM messages ORDER BY position')
    .map(({ storage_id }, n) => ({
      ...(given.messages[n] as (typeof given.messages)[number]),
      storageId: storage_id,
    }));
  const answer = appendMessages(statements, given);
  expect(answer).toMatchObject([
    { large: { row: { metadata: content } } },
    { large: { row: { client_id: 'c' } } },
  ]);
  db.close();
  expect(await wholeMessage(givenMessage('s', 'a', row))).toMatchObject({
    position: 0,
    metadata: { usage: { inputTokens: 3 } },
  });
});
