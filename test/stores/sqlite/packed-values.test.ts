import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { atOnce } from '../../../src/domain/async/in-slices.js';
import { openWriter } from '../../../src/stores/sqlite/file/connection.js';
import { prepareOnce, type Statements } from '../../../src/stores/sqlite/statements.js';
import { received, sendable } from '../../../src/stores/sqlite/threads/sendable.js';
import type { ThreadMethod } from '../../../src/stores/sqlite/threads/thread-protocol.js';
import { keptOf } from '../../../src/stores/sqlite/writes/packed-values.js';
import { prepareMetadata } from '../../../src/stores/sqlite/writes/write-sessions.js';
import { WRITES } from '../../../src/stores/sqlite/writes/writes.js';
import { append, NOW, receipt, useFile } from './stage.js';

const FEW = 1_000;
const many = (length = 20_000) => Array.from({ length }, () => []);
const usage = { inputTokens: 3, outputTokens: 4 };
const counter = {
  accumulated_usage: { inputTokens: 10, outputTokens: 20 },
  cycle_metrics: { cycle_count: 1 },
};
const [ONLY] = append('s', 'a', ['first']).messages;

let file: Awaited<ReturnType<typeof useFile>>;
let statements: Statements;
const parse = vi.spyOn(JSON, 'parse');

beforeEach(async () => {
  file = await useFile();
  const store = await file.open();
  await store.sessions.appendMessages({ ...append('s', 'a', []), messages: [ONLY as never] });
  await store.close();
  statements = prepareOnce(openWriter(file.path, 'NORMAL'));
});
afterEach(async () => {
  statements.db.close();
  await file.remove();
});

/** As the thread does it; the longest text that it parsed before it wrote, and then. */
async function write(method: ThreadMethod, input: object, prepare?: typeof prepareMetadata) {
  const sent = structuredClone(await sendable({ receipt: receipt(), now: NOW, sessionId: 's', ...input }));
  parse.mockClear();
  const given = received(sent, keptOf(method));
  const prepared = prepare && atOnce(prepare(statements, given as never));
  const answer = WRITES[method]?.(statements, given, prepared);
  return { answer, parsed: Math.max(0, ...parse.mock.calls.map(([text]) => String(text).length)) };
}

const appended = (message: object) => ({
  ...append('s', 'a', []),
  messages: [{ ...append('s', 'a', ['x']).messages[0], ...message }],
});

it('of very many values in an agent, a message or its metrics the thread that writes parses none', async () => {
  const content = [{ toolUse: { toolUseId: 't', name: 'n', input: { list: many() } } }];
  const input = appended({ content, metadata: { usage, list: many() }, metrics: { list: many() } });
  expect((await write('appendMessages', input)).parsed).toBeLessThan(FEW);
  const state = { list: many() };
  const agent = { agentId: 'a', state, promptMetadata: state, conversationManagerState: state };
  expect((await write('upsertAgent', agent)).parsed).toBeLessThan(FEW);
  const metrics = { ...counter, list: many() };
  expect((await write('recordMetrics', { agentId: 'a', position: 1, metrics })).parsed).toBeLessThan(FEW);
  const { metadata } = append('t', 'a', []).createIfMissing;
  const session = { ...append('t', 'a', []).createIfMissing, metadata: { ...metadata, list: many() } };
  expect((await write('createSession', session)).parsed).toBeLessThan(FEW);

  const row = statements.get('SELECT * FROM messages WHERE position = 1');
  expect([row.content, row.metadata, row.event_loop_metrics].map((json) => JSON.parse(json))).toEqual([
    content,
    { usage, list: many() },
    metrics,
  ]);
  expect(JSON.parse(statements.get('SELECT state FROM agents').state)).toEqual(state);
  expect(statements.get('SELECT input_tokens, output_tokens FROM agents')).toEqual({
    input_tokens: 3,
    output_tokens: 4,
  });
  expect(JSON.parse(statements.get(`SELECT metadata FROM sessions WHERE session_id = 't'`).metadata)).toEqual(
    session.metadata,
  );
});

it('metadata that are given with very many values are parsed in slices, and their size is looked at', async () => {
  const set = [['list', many(200_000)]];
  const { parsed } = await write('changeMetadata', { set, unset: [] }, prepareMetadata);
  expect(parsed).toBeLessThan(JSON.stringify(set).length / 4);
  const { metadata } = statements.get('SELECT metadata FROM sessions');
  expect(JSON.parse(metadata).list).toHaveLength(200_000);
  const large = [['list', [many(), 'x'.repeat(12 * 1024 * 1024)]]];
  await expect(write('changeMetadata', { set: large, unset: [] })).rejects.toMatchObject({
    code: 'DOCUMENT_TOO_LARGE',
  });
});

it('counters beside very large metadata are counted by what counts alone', async () => {
  await write('appendMessages', appended({ role: 'assistant', metadata: { usage, list: many() } }));
  await write('appendMessages', appended({ metrics: counter }));
  const later = { ...counter, accumulated_usage: { inputTokens: 15, outputTokens: 26 } };
  const { parsed } = await write('recordMetrics', { agentId: 'a', position: 2, metrics: later });
  expect(parsed).toBeLessThan(FEW);
  // The counter says once more what the answer before it reports.
  expect(statements.get('SELECT input_tokens, output_tokens FROM agents')).toEqual({
    input_tokens: 3,
    output_tokens: 4,
  });
});

it('a repetition of very many values is known as what is stored, and another is a conflict', async () => {
  const given = appended({ content: [{ json: { list: many() } }], metadata: { list: many() } });
  await write('appendMessages', given);
  const { answer, parsed } = await write('appendMessages', given);
  expect(answer).toHaveLength(1);
  expect(parsed).toBeLessThan(FEW);
  const [message] = given.messages;
  const same = { ...message, metadata: Object.fromEntries(Object.entries({ other: null, list: many() })) };
  await expect(write('appendMessages', { ...given, messages: [same] })).rejects.toMatchObject({
    code: 'IDEMPOTENCY_CONFLICT',
  });
});
