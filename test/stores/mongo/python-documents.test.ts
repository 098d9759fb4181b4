import { Binary, BSONRegExp, Decimal128, Double, Int32, Long, ObjectId } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/domain/json/json-value.js';
import type { MetadataCondition, SessionStore } from '../../../src/domain/sessions/session-store.js';
import {
  aFeedback,
  anAgent,
  anAppend,
  aRedaction,
  aSession,
  setting,
  someMetrics,
} from '../contract/inputs.js';
import {
  everyReadOf,
  expectCode,
  findIds,
  readAgent,
  readAgents,
  readMessages,
  readSession,
  textOf,
  usageIn,
} from '../contract/reads.js';
import {
  later,
  NOON,
  pythonAgent,
  pythonAppend,
  pythonMessage,
  pythonSession,
  typedMetrics,
} from './python-documents.js';
import { startTestDatabase, type TestDatabase } from './server.js';

const MESSAGE_KEYS = new Set([
  'message',
  'message_id',
  'redact_message',
  'created_at',
  'updated_at',
  'storage_id',
  'event_loop_metrics',
  'guardrail_event',
]);
const AGENT_DATA_KEYS = new Set([
  'agent_id',
  'state',
  'conversation_manager_state',
  '_internal_state',
  'created_at',
  'updated_at',
  'model',
  'system_prompt',
  'prompt_metadata',
]);

describe('beside Python, on the documents it writes', () => {
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

  it('reads what Python wrote, in order, with milliseconds', async () => {
    const agent = pythonAgent('a', [pythonMessage(0, 'hello'), pythonMessage(1, 'hi')]);
    const sessionId = await insert({ agents: { a: agent } });
    expect(await readSession(store, sessionId)).toMatchObject({
      sessionType: 'AGENT',
      createdAt: NOON,
      messageCount: 2,
    });
    expect(await readMessages(store, sessionId, 'a')).toMatchObject([
      {
        messageId: 0,
        role: 'user',
        content: [{ text: 'hello' }],
        createdAt: NOON,
        storageId: '0'.padStart(32, 'a'),
      },
      { messageId: 1, role: 'assistant', content: [{ text: 'hi' }] },
    ]);
  });

  it('appends a message with exactly the keys and types of Python', async () => {
    const agent = pythonAgent('a', [pythonMessage(0, 'hello'), pythonMessage(1, 'hi')]);
    const sessionId = await insert({ agents: { a: agent } });
    await store.appendMessages(anAppend(sessionId, 'a', ['third'], { now: later(1) }));
    const after = await raw(sessionId);
    const message = after.agents.a.messages[2];
    expect(Object.keys(message).sort()).toEqual([
      'created_at',
      'message',
      'message_id',
      'redact_message',
      'storage_id',
      'updated_at',
    ]);
    expect(message).toMatchObject({ message_id: { _bsontype: 'Int32', value: 2 }, redact_message: null });
    expect([message.created_at, message.updated_at, after.updated_at, after.agents.a.updated_at]).toEqual(
      Array(4).fill(later(1)),
    );
    expect(after.created_at).toEqual(NOON);
  });

  it('adds no key to a message or to agent_data, whatever it writes', async () => {
    const sessionId = await insert({ agents: { a: pythonAgent('a', [pythonMessage(0, 'x')]) } });
    const address = { sessionId, agentId: 'a', position: 0 };
    const guardrailEvent = {
      action: 'INTERVENED',
      timestamp: NOON,
      stopReason: 's',
      policiesTriggered: null,
      trace: { t: 1 },
    };
    await store.appendMessages(
      anAppend(sessionId, 'a', [{ content: [{ text: 'y' }], metadata: { usage: {} } }]),
    );
    await store.appendMessages(anAppend(sessionId, 'b', ['z'], { createIfMissing: {} }));
    await store.upsertAgent(anAgent(sessionId, 'c', { model: 'm', systemPrompt: 's', promptMetadata: {} }));
    await store.upsertAgent(
      anAgent(sessionId, 'a', { model: 'm', state: { a: 1 }, conversationManagerState: {} }),
    );
    await store.recordMetrics(someMetrics(address, { custom: 1 }));
    await store.redactMessage(aRedaction(address, '-', { guardrailEvent }));
    await store.addFeedback(aFeedback(sessionId, 'up'));
    await store.changeMetadata(setting(sessionId, { a: 1 }));
    const { agents } = await raw(sessionId);
    // biome-ignore lint/suspicious/noExplicitAny: raw documents
    for (const agent of Object.values<any>(agents)) {
      expect(Object.keys(agent.agent_data).filter((key) => !AGENT_DATA_KEYS.has(key))).toEqual([]);
      for (const message of agent.messages) {
        expect(Object.keys(message).filter((key) => !MESSAGE_KEYS.has(key))).toEqual([]);
      }
    }
  });

  it('makes sessions and agents that a Python agent can be restored from', async () => {
    const [made, appended] = ['made', 'appended'];
    await store.createSession(aSession(made));
    await store.upsertAgent(anAgent(made, 'a'));
    await store.appendMessages(anAppend(appended, 'a', ['x'], { createIfMissing: {} }));
    for (const sessionId of [made, appended]) {
      const { parley_receipts: _, ...after } = await raw(sessionId);
      expect(Object.keys(after).sort()).toEqual(Object.keys(pythonSession('')).sort());
      expect(after).toMatchObject({ session_id: sessionId, session_type: 'AGENT', application_name: null });
      expect(after.session_viewer_password).toHaveLength(32);
      expect(after.agents.a.agent_data).toMatchObject({
        agent_id: 'a',
        conversation_manager_state: {
          removed_message_count: { _bsontype: 'Int32' },
          model_call_count: { _bsontype: 'Int32' },
        },
        _internal_state: {},
      });
    }
  });

  it('tells two messages of one number apart by identity', async () => {
    const twins = [
      pythonMessage(0, 'zero'),
      pythonMessage(1, 'one'),
      pythonMessage(1, 'twin', { storage_id: 'b'.repeat(32) }),
    ];
    const sessionId = await insert({ agents: { a: pythonAgent('a', twins) } });
    expect((await readMessages(store, sessionId, 'a')).map(({ messageId }) => messageId)).toEqual([0, 1, 1]);
    await store.redactMessage(aRedaction({ sessionId, agentId: 'a', storageId: 'b'.repeat(32) }, '[twin]'));
    expect((await readMessages(store, sessionId, 'a')).map(textOf)).toEqual(['zero', 'one', '[twin]']);
    await store.recordMetrics(someMetrics({ sessionId, agentId: 'a', messageId: 1 }, { first: 1 }));
    const metrics = (await readMessages(store, sessionId, 'a')).map(
      ({ eventLoopMetrics }) => eventLoopMetrics,
    );
    expect(metrics).toEqual([null, { first: 1 }, null]);
    const [next] = await store.appendMessages(anAppend(sessionId, 'a', ['next']));
    expect(next).toMatchObject({ messageId: 2, position: 3 });
  });

  it('never shows what a redaction hides, though the document keeps it', async () => {
    const redacted = { redact_message: { role: 'user', content: [{ text: '[gone]' }] } };
    const sessionId = await insert({
      agents: { a: pythonAgent('a', [pythonMessage(0, 'xyzzy', redacted)]) },
    });
    expect((await readMessages(store, sessionId, 'a')).map(textOf)).toEqual(['[gone]']);
    expect(await everyReadOf(store, sessionId)).not.toContain('xyzzy');
  });

  it('redacts a flat message of an old document out of the document', async () => {
    const flat = { message_id: 0, role: 'user', content: 'xyzzy', created_at: NOON, updated_at: NOON };
    const sessionId = await insert({
      agents: { a: pythonAgent('a', [flat, { ...flat, content: 'other' }]) },
    });
    const shown = await store.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 0 }, '-'));
    expect(shown).toMatchObject({ redacted: true, content: [{ text: '-' }], storageId: null });
    expect((await readMessages(store, sessionId, 'a')).map(textOf)).toEqual(['-', 'other']);
    expect(JSON.stringify(await raw(sessionId))).not.toContain('xyzzy');
  });

  it('redacts what an agent put beside the content out of the document, and keeps its numbers', async () => {
    const metadata = { usage: { inputTokens: 3, by: 'xyzzy' }, 'a.b': 'xyzzy' };
    const message = { role: 'user', content: [{ text: 'xyzzy' }], metadata };
    const python = [
      pythonMessage(0, '', { message }),
      pythonMessage(1, '', { message, redact_message: { role: 'user', content: [{ text: '-' }] } }),
      pythonMessage(2, '', { message: { ...message, metadata: { note: 'xyzzy' } } }),
    ];
    const sessionId = await insert({ agents: { a: pythonAgent('a', python) } });
    for (const position of [0, 1, 2]) {
      await store.redactMessage(aRedaction({ sessionId, agentId: 'a', position }, '-'));
    }
    const shown = await readMessages(store, sessionId, 'a');
    const numbers = { usage: { inputTokens: 3 } };
    expect(shown.map((each) => each.metadata)).toEqual([numbers, numbers, null]);
    expect(JSON.stringify(await raw(sessionId))).not.toContain('xyzzy');
  });

  it('refuses metadata beside a value in the way, and leaves the document as it was', async () => {
    const metadata = { user: { name: 'Ann', role: 'admin' }, tags: ['a', 'b'] };
    const sessionId = await insert({ metadata });
    await expectCode(
      store.changeMetadata(setting(sessionId, { 'user.name.x': 1, fine: 1 })),
      'INVALID_METADATA_PATH',
    );
    expect(await raw(sessionId)).toMatchObject({ metadata, updated_at: NOON });
  });

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

  it('keeps the array order of messages with one date or none', async () => {
    const { created_at: _, ...undated } = pythonMessage(1, 'undated');
    const sessionId = await insert({
      agents: {
        a: pythonAgent('a', [
          pythonMessage(0, 'zero'),
          undated,
          pythonMessage(2, 'two'),
          pythonMessage(3, 'three'),
        ]),
      },
    });
    const messages = await readMessages(store, sessionId, 'a');
    expect(messages.map(textOf)).toEqual(['zero', 'undated', 'two', 'three']);
    expect(messages[1]?.createdAt).toBeNull();
  });

  it('lists agents in stored order, whatever their names', async () => {
    const sessionId = await insert({
      agents: new Map(['10', '2', 'a', 'constructor', 'a$b'].map((id) => [id, pythonAgent(id)])),
    });
    expect((await readAgents(store, sessionId)).map(({ agentId }) => agentId)).toEqual([
      '10',
      '2',
      'a',
      'constructor',
      'a$b',
    ]);
  });

  it('reads damaged and old documents as empty, null or zero, one after the other and all in one page', async () => {
    const damaged = [
      { _id: 'd0' },
      { _id: 'd1', agents: 'x', metadata: 7, feedbacks: null, guardrail_events: {}, created_at: 'x' },
      { _id: 'd2', agents: { ghost: { agent_data: { model: 'm' } }, none: null, text: 'x', list: [] } },
      { _id: 'd3', agents: { a: { messages: 'x' }, b: { messages: [null, 'x', { message: 5 }] } } },
      { _id: 'd4', metadata: { 'user.name': 'Ann', user: { name: 'Bob' } } },
    ];
    // biome-ignore lint/suspicious/noExplicitAny: damaged on purpose
    await database.sessions.insertMany(damaged as any[]);
    const ids = damaged.map(({ _id }) => _id);
    const page = await store.findSessions({
      filter: { sessionIds: ids },
      orderBy: { field: 'createdAt', direction: 'asc' },
      limit: 10,
      backward: false,
      after: null,
      before: null,
    });
    expect(page.sessions).toHaveLength(5);
    const agents = await store.loadAgents(
      ids.map((sessionId) => ({ sessionId, among: 'all', windows: [{ last: 5 }] })),
    );
    expect(agents.map((list) => list.map(({ agent }) => agent.agentId))).toEqual([
      [],
      [],
      ['ghost', 'none', 'text', 'list'],
      ['a', 'b'],
      [],
    ]);
    expect(agents[3]?.[1]?.pages[0]?.messages).toMatchObject([
      { content: [] },
      { content: [] },
      { content: [] },
    ]);
    for (const sessionId of ids) expect(await everyReadOf(store, sessionId)).toBeTypeOf('string');
    expect((await readSession(store, 'd4')).metadata).toEqual({ 'user.name': 'Ann', user: { name: 'Bob' } });
  });

  it('finds no message in an element of a list that is none, whatever of it is asked for', async () => {
    const sessionId = await insert({ agents: { b: { messages: [null, 'x', { message: 5 }] } } });
    const places = [0, 1, 2].map((position) => ({ sessionId, agentId: 'b', position }));
    for (const parts of [undefined, [], ['metadata'], ['content', 'guardrailEvent']] as const) {
      const found = await store.loadMessages(places, parts);
      expect(found.map((message) => message?.position ?? null)).toEqual([null, null, 2]);
    }
    for (const place of places.slice(0, 2)) {
      await expectCode(store.redactMessage(aRedaction(place, '-')), 'MESSAGE_NOT_FOUND');
    }
  });

  it('appends to an agent that has no list yet, and leaves no half-built one where there is no agent', async () => {
    const sessionId = await insert({ agents: { ghost: { agent_data: { model: 'm' } } } });
    const [first] = await store.appendMessages(anAppend(sessionId, 'ghost', ['x']));
    expect(first).toMatchObject({ messageId: 0, position: 0 });
    await expectCode(store.appendMessages(anAppend(sessionId, 'b', ['x'])), 'AGENT_NOT_FOUND');
    expect(Object.keys((await raw(sessionId)).agents)).toEqual(['ghost']);
  });

  it('makes the list of an agent that has null in its place', async () => {
    const sessionId = await insert({ agents: { a: { ...pythonAgent('a'), messages: null } } });
    await store.appendMessages(anAppend(sessionId, 'a', [{ content: [{ text: 'x' }], clientId: 'c' }, 'y']));
    expect((await readMessages(store, sessionId, 'a')).map(textOf)).toEqual(['x', 'y']);
  });

  it.each([
    ['messages', { a: { ...pythonAgent('a'), messages: {} } }],
    ['messages', { a: { ...pythonAgent('a'), messages: 'text' } }],
    ['the agent', { a: null }],
    ['the agent', { a: [] }],
    ['the agents', null],
    ['the agents', []],
  ])('refuses at once to write where %s are something else, and leaves it', async (_what, agents) => {
    const sessionId = await insert({ agents });
    const before = await raw(sessionId);
    const append = store.appendMessages(anAppend(sessionId, 'a', ['x'], { createIfMissing: {} }));
    await expectCode(append, 'BAD_USER_INPUT');
    expect(await raw(sessionId)).toEqual(before);
  });

  it.each([{ a: null }, { a: 'x' }, null, 'x'])('refuses to write an agent into %j', async (agents) => {
    const sessionId = await insert({ agents });
    await expectCode(store.upsertAgent(anAgent(sessionId, 'a', { model: 'm' })), 'BAD_USER_INPUT');
  });

  it('refuses feedback where the list of it is none', async () => {
    const sessionId = await insert({ feedbacks: null });
    await expectCode(store.addFeedback(aFeedback(sessionId, 'up')), 'BAD_USER_INPUT');
  });

  it('numbers on from what Python wrote since, and dates no message before the last', async () => {
    const sessionId = await insert({ agents: { a: pythonAgent('a') } });
    await store.appendMessages(anAppend(sessionId, 'a', ['0'], { now: later(1) }));
    const turn = [1, 2, 3, 4].map((index) =>
      pythonMessage(index, `${index}`, { created_at: later(5), updated_at: later(5) }),
    );
    await database.sessions.updateOne({ _id: sessionId }, pythonAppend('a', turn, later(5)));
    const [next] = await store.appendMessages(anAppend(sessionId, 'a', ['5'], { now: later(3) }));
    expect(next).toMatchObject({ messageId: 5, position: 5, createdAt: later(5) });
    expect((await readMessages(store, sessionId, 'a')).map(textOf)).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('removes receipts after a day with a later write, and none before', async () => {
    const sessionId = await insert({});
    await store.changeMetadata(setting(sessionId, { a: 1 }, { now: later(0) }));
    await store.changeMetadata(setting(sessionId, { a: 2 }, { now: later(12 * 60) }));
    await store.addFeedback(aFeedback(sessionId, 'up', { now: later(23 * 60) }));
    expect(Object.keys((await raw(sessionId)).parley_receipts)).toHaveLength(3);
    await store.changeMetadata(setting(sessionId, { a: 3 }, { now: later(25 * 60) }));
    expect(Object.keys((await raw(sessionId)).parley_receipts)).toHaveLength(3);
    await store.changeMetadata(setting(sessionId, { a: 4 }, { now: later(72 * 60) }));
    expect(Object.keys((await raw(sessionId)).parley_receipts)).toHaveLength(1);
  });

  it('shows the viewer password in no read', async () => {
    const sessionId = await insert({});
    expect(await everyReadOf(store, sessionId)).not.toContain('abcdefghijklmnopqrstuvwxyz012345');
  });
});
