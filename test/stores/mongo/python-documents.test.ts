import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import {
  aFeedback,
  anAgent,
  anAppend,
  aRedaction,
  aSession,
  setting,
  someMetrics,
} from '../contract/inputs.js';
import { everyReadOf, expectCode, readAgents, readMessages, readSession, textOf } from '../contract/reads.js';
import { later, NOON, pythonAgent, pythonAppend, pythonMessage, pythonSession } from './python-documents.js';
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

  it('numbers on from the highest number, whatever else stands in the place of one', async () => {
    const ids = [0, 7, '9', 3.5, Number.POSITIVE_INFINITY, null, [11]];
    const messages = ids.map((id) => pythonMessage(0, 'x', { message_id: id }));
    const sessionId = await insert({ agents: { a: pythonAgent('a', messages) } });
    const [appended] = await store.appendMessages(anAppend(sessionId, 'a', ['y']));
    expect(appended).toMatchObject({ messageId: 8, position: 7 });
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
