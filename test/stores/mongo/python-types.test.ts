import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/domain/json/json-value.js';
import type { MetadataCondition, SessionStore } from '../../../src/domain/sessions/session-store.js';
import { anAgent, anAppend, aRedaction, setting } from '../contract/inputs.js';
import { findIds, readAgent, readMessages, readSession, usageIn } from '../contract/reads.js';
import { NOON, pythonAgent, pythonMessage, pythonSession, typedMetrics } from './python-documents.js';
import { startTestDatabase, type TestDatabase } from './server.js';

describe('the BSON types of what another program wrote', () => {
  let database: TestDatabase;
  let store: SessionStore;
  let serial = 0;

  beforeAll(async () => {
    database = await startTestDatabase();
    store = (await database.open()).sessions;
  });
  afterAll(() => database.drop());

  const insert = async (more: Record<string, unknown>) => {
    const sessionId = `s${++serial}`;
    await database.sessions.insertOne(pythonSession(sessionId, more));
    return sessionId;
  };
  const raw = (sessionId: string) => database.sessions.findOne({ _id: sessionId }, { promoteValues: false });

  it('keeps the BSON types of numbers that it does not write', async () => {
    const message = pythonMessage(0, 'x', { event_loop_metrics: typedMetrics() });
    const sessionId = await insert({ agents: { a: pythonAgent('a', [message]) } });
    expect(await readMessages(store, sessionId, 'a')).toMatchObject([
      {
        eventLoopMetrics: {
          tool_usage: { clock: { call_count: 1, total_time: 0 } },
          accumulated_usage: { totalTokens: 3_000_000_000 },
        },
      },
    ]);
    await store.appendMessages(anAppend(sessionId, 'a', ['y']));
    await store.upsertAgent(anAgent(sessionId, 'a', { state: { a: 1 } }));
    await store.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 0 }, '-'));
    const { agents } = await raw(sessionId);
    expect(agents.a.messages[0].event_loop_metrics).toEqual(typedMetrics());
    expect(await usageIn(store, { sessionId })).toMatchObject({ totalTokens: 3_000_000_000 });
  });

  it('keeps the BSON types of state and metadata that go out and come back with one change', async () => {
    const types = {
      int64: Long.fromString('1234567890123456789'),
      small: Long.fromNumber(5),
      decimal: Decimal128.fromString('1.50'),
      double: new Double(1),
      date: NOON,
      id: new ObjectId('0123456789abcdef01234567'),
      bytes: new Binary(Buffer.from([1, 2, 3]), 0x80),
      pattern: new BSONRegExp('^a', 'i'),
      list: [new Double(2), { at: NOON }],
      10: new Long(1),
      'a.b': new Double(3),
      $ref: 'a.b',
      $id: 'x',
    };
    const stored = { deep: { ...types }, changed: new Int32(1), also: [new Double(1), new Double(2)] };
    const state = { conversation_manager_state: { summary: stored }, prompt_metadata: stored, state: stored };
    const sessionId = await insert({ agents: { a: pythonAgent('a', [], state) }, metadata: { all: stored } });
    const before = await raw(sessionId);

    const agent = await readAgent(store, sessionId, 'a');
    expect(agent.state.deep).toMatchObject({ int64: '1234567890123456789', decimal: '1.50', $ref: 'a.b' });
    const change = (value: unknown) => ({ ...(value as JsonObject), changed: '1', also: [1, 3] });
    const changed = {
      state: change(agent.state),
      conversationManagerState: { summary: change(agent.conversationManagerState.summary) },
      promptMetadata: change(agent.promptMetadata),
    };
    await store.upsertAgent(anAgent(sessionId, 'a', changed));
    const { metadata } = await readSession(store, sessionId);
    await store.changeMetadata(setting(sessionId, { all: change(metadata.all) }));
    await store.changeMetadata(
      setting(sessionId, { 'all.also.0': 1, 'all.deep.int64': '1234567890123456789' }),
    );

    const after = await raw(sessionId);
    const wanted = { ...before.metadata.all, changed: '1', also: [new Double(1), new Int32(3)] };
    const { agent_data: data } = after.agents.a;
    expect(after.metadata.all).toEqual(wanted);
    expect(data.state).toEqual(wanted);
    expect(data.prompt_metadata).toEqual(wanted);
    expect(data.conversation_manager_state).toEqual({ summary: wanted });
    expect(await readAgent(store, sessionId, 'a')).toMatchObject(changed);
  });

  it('reads no large state for a small one that takes its place', async () => {
    const state = { n: new Double(1), big: 'x'.repeat(3_000_000) };
    const sessionId = await insert({ agents: { a: pythonAgent('a', [], { state }) }, metadata: { state } });
    const before = database.server.standIn?.commands.length ?? 0;
    await store.upsertAgent(anAgent(sessionId, 'a', { state: { n: 1 } }));
    await store.changeMetadata(setting(sessionId, { 'state.n': 2 }));
    const sent = database.server.standIn?.commands.slice(before) ?? [];
    expect(Math.max(0, ...sent.map(({ bytesOut }) => bytesOut))).toBeLessThan(1_000_000);
    expect((await readAgent(store, sessionId, 'a')).state).toEqual({ n: 1 });
    expect((await readSession(store, sessionId)).metadata.state).toMatchObject({ n: 2 });
  });

  it('finds values that JSON does not have by the text that they are shown as, and by no number', async () => {
    const kinds = {
      long: Long.fromString('1152921504606846976'),
      negative: Long.fromString('-9007199254740993'),
      safe: Long.fromNumber(2 ** 53 - 1),
      decimal: Decimal128.fromString('1.50'),
      whole: Decimal128.fromString('2'),
      endless: new Double(Number.POSITIVE_INFINITY),
      none: new Double(Number.NaN),
      date: NOON,
      id: new ObjectId('0123456789abcdef01234567'),
      bytes: new Binary(Buffer.from([1, 2, 3])),
      double: new Double(2 ** 60),
      one: new Double(1.5),
      text: '2',
    };
    const application_name = 'kinds';
    for (const [kind, v] of Object.entries(kinds)) {
      await database.sessions.insertOne(
        pythonSession(`kind-${kind}`, { application_name, metadata: { v, list: [{ v }] } }),
      );
    }
    const found = async (test: Omit<MetadataCondition, 'path'>, path = 'v') =>
      (await findIds(store, { applicationName: 'kinds', metadata: [{ path, ...test }] })).map((id) =>
        id.slice(5),
      );
    const shown = async (kind: string) => (await readSession(store, `kind-${kind}`)).metadata.v as JsonValue;

    for (const kind of ['long', 'negative', 'safe', 'decimal', 'date', 'id', 'one']) {
      const v = await shown(kind);
      expect(await found({ equals: v }), kind).toEqual([kind]);
      expect(await found({ in: [v, 'x'] }), kind).toEqual([kind]);
      expect(await found({ equals: [{ v }] }, 'list'), kind).toEqual([kind]);
    }
    expect(await shown('whole')).toBe('2');
    expect(await found({ equals: '2' })).toEqual(['text', 'whole']);
    expect(await found({ equals: 2 ** 60 })).toEqual(['double']);
    expect(await found({ in: [1.5, 2 ** 60, 2] })).toEqual(['double', 'one']);
    expect(await found({ equals: null })).toEqual(['endless', 'none']);
    expect(await found({ gt: 1 })).toEqual(['double', 'one', 'safe']);
    expect(await found({ lte: 1e300 })).toEqual(['double', 'one', 'safe']);
    expect(await found({ gte: '' })).toEqual(['text']);
    // Not by their bytes, nor by a number that would be written another way.
    expect(await found({ equals: 'AQID' })).toEqual([]);
    expect(await found({ equals: '1.5' })).toEqual([]);
  });
});
