import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  ConnectionPool,
  eraseSessions,
  ParleyError,
  SessionManager,
  SessionManagerFactory,
} from '../../src/index.js';
import { openDatabase } from '../../src/library/database.js';
import { anAgent, anAppend, aSession } from '../stores/contract/inputs.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';

const circular: Record<string, unknown> = {};
circular.self = circular;

// biome-ignore lint/suspicious/noExplicitAny: what a caller in plain JavaScript may pass.
type Any = any;

const toolUse = (id: number) => ({
  role: 'user',
  content: [{ toolUse: { toolUseId: 't', name: 'find', input: { id } } }],
});

describe.each(Object.entries(LOCATIONS))('bad input on %s', (_name, locate) => {
  let database: TestLocation;
  let manager: SessionManager;
  beforeAll(async () => {
    database = await locate();
    manager = await SessionManager.open({ sessionId: 's', ...database.options });
  });
  afterAll(async () => {
    await manager.close();
    await database.remove();
  });
  const append = (message: Any, agentId: Any = 'a') => manager.appendMessage(message, { agentId });

  it.each<[string, () => Promise<unknown>, string]>([
    ['a message without a role', () => append({ text: 'x' }), 'BAD_USER_INPUT'],
    ['an unknown role', () => append({ role: 'system', text: 'x' }), 'BAD_USER_INPUT'],
    ['neither text nor content', () => append({ role: 'user' }), 'BAD_USER_INPUT'],
    ['content that is no list', () => append({ role: 'user', content: 'x' }), 'BAD_USER_INPUT'],
    ['a block that is no object', () => append({ role: 'user', content: ['x'] }), 'BAD_USER_INPUT'],
    ['a circular block', () => append({ role: 'user', content: [{ json: circular }] }), 'BAD_USER_INPUT'],
    ['a long id in a tool input', () => append(toolUse(2 ** 53)), 'BAD_USER_INPUT'],
    [
      'a long id in state',
      () => manager.syncAgent({ agentId: 'a', state: { id: 2 ** 60 } }),
      'BAD_USER_INPUT',
    ],
    ['a long id in metadata', () => manager.updateMetadata({ id: -(2 ** 53) }), 'BAD_USER_INPUT'],
    ['a long id in feedback', () => manager.addFeedback({ rating: 'up', id: 1e20 }), 'BAD_USER_INPUT'],
    [
      'half a character deep in a block, whose place is named',
      () => append({ role: 'user', content: [{ text: 'x' }, { 'a.b': [1, { c: '\ud83d' }] }] }),
      'BAD_USER_INPUT',
    ],
    ['a BigInt', () => append({ role: 'user', content: [{ json: { n: 1n } }] }), 'BAD_USER_INPUT'],
    ['a Map', () => append({ role: 'user', content: [{ json: new Map() }] }), 'BAD_USER_INPUT'],
    ['an agent id with a dot', () => append({ role: 'user', text: 'x' }, 'a.b'), 'INVALID_NAME'],
    ['an agent id that is no string', () => append({ role: 'user', text: 'x' }, 7), 'INVALID_NAME'],
    [
      'a Date in state',
      () => manager.syncAgent({ agentId: 'a', state: { at: new Date() } as Any }),
      'BAD_USER_INPUT',
    ],
    [
      'state that is no object',
      () => manager.syncAgent({ agentId: 'a', state: [] as Any }),
      'BAD_USER_INPUT',
    ],
    [
      'a model that is no string',
      () => manager.syncAgent({ agentId: 'a', model: 7 as Any }),
      'BAD_USER_INPUT',
    ],
    ['metadata that is no object', () => manager.updateMetadata('x' as Any), 'BAD_USER_INPUT'],
    ['a metadata path with $', () => manager.updateMetadata({ $x: 1 }), 'INVALID_METADATA_PATH'],
    ['an empty path segment', () => manager.deleteMetadata(['a..b']), 'INVALID_METADATA_PATH'],
    ['a rating that is none', () => manager.addFeedback({ rating: 'good' as Any }), 'BAD_USER_INPUT'],
    ['a negative offset', () => manager.listMessages('a', { offset: -1 }), 'BAD_USER_INPUT'],
    ['an agent that was never made', () => manager.getAgent('nobody'), 'AGENT_NOT_FOUND'],
    ['a list of nobody', () => manager.listMessages('nobody'), 'AGENT_NOT_FOUND'],
    [
      'a configuration of nobody',
      () => manager.updateAgentConfig('nobody', { model: 'm' }),
      'AGENT_NOT_FOUND',
    ],
    [
      'a list as metadata of a message',
      () => append({ role: 'user', text: 'x', metadata: [] }),
      'BAD_USER_INPUT',
    ],
    ['no agent at all', () => (manager.appendMessage as Any)({ role: 'user', text: 'x' }), 'BAD_USER_INPUT'],
    ['a message that is none', () => append(null), 'BAD_USER_INPUT'],
    [
      'a clientId that is no string',
      () => append({ role: 'user', text: 'x', clientId: 7 }),
      'BAD_USER_INPUT',
    ],
    ['an empty clientId', () => append({ role: 'user', text: 'x', clientId: '' }), 'BAD_USER_INPUT'],
    [
      'a clientId of 201 characters',
      () => append({ role: 'user', text: 'x', clientId: 'c'.repeat(201) }),
      'BAD_USER_INPUT',
    ],
    ['a clientId with NUL', () => append({ role: 'user', text: 'x', clientId: 'c\0' }), 'BAD_USER_INPUT'],
    [
      'half a character in a trackingId',
      () => append({ role: 'user', text: 'x', trackingId: '\ud83d' }),
      'BAD_USER_INPUT',
    ],
    [
      'a trackingId of 201 characters',
      () => append({ role: 'user', text: 'x', trackingId: 't'.repeat(201) }),
      'BAD_USER_INPUT',
    ],
    ['a time as text', () => append({ role: 'user', text: 'x', createdAt: '2020-01-05' }), 'BAD_USER_INPUT'],
    [
      'a time that is none',
      () => append({ role: 'user', text: 'x', createdAt: new Date(Number.NaN) }),
      'BAD_USER_INPUT',
    ],
    [
      'a time after now',
      () => append({ role: 'user', text: 'x', createdAt: new Date(Date.now() + 3_600_000) }),
      'BAD_USER_INPUT',
    ],
    [
      'a time before 1970',
      () => append({ role: 'user', text: 'x', createdAt: new Date(-1) }),
      'BAD_USER_INPUT',
    ],
    [
      'messages that are no list',
      () => manager.appendMessages('x' as Any, { agentId: 'a' }),
      'BAD_USER_INPUT',
    ],
    [
      'a key that is no string',
      () => manager.updateMetadata({ a: 1 }, { idempotencyKey: 7 as Any }),
      'BAD_USER_INPUT',
    ],
    [
      'null in place of state',
      () => manager.syncAgent({ agentId: 'a', state: null as Any }),
      'BAD_USER_INPUT',
    ],
    [
      'metrics that are none, before the state is written',
      () => manager.syncAgent({ agentId: 'a', state: { a: 1 }, metrics: { accumulated_usage: 'x' } as Any }),
      'BAD_USER_INPUT',
    ],
    ['a text as a list of paths', () => manager.deleteMetadata('ab' as Any), 'BAD_USER_INPUT'],
    [
      'an operator as the identity of a message',
      () =>
        manager.redactMessage({ agentId: 'a', storageId: { $ne: null } } as Any, { role: 'user', text: 'x' }),
      'BAD_USER_INPUT',
    ],
    [
      'a guardrail event without an action',
      () => manager.recordGuardrailEvent({ agentId: 'a', position: 0 }, {} as Any),
      'BAD_USER_INPUT',
    ],
    [
      'a trace that is no object',
      () => manager.recordGuardrailEvent({ agentId: 'a', position: 0 }, { action: 'x', trace: 'x' as Any }),
      'BAD_USER_INPUT',
    ],
    [
      'a redaction of what is not there',
      () => manager.redactMessage({ agentId: 'nobody', position: 0 }, { role: 'user', text: 'x' }),
      'AGENT_NOT_FOUND',
    ],
    [
      'a change that a message cannot take',
      () => manager.updateMessage({ agentId: 'a', position: 0 }, { createdAt: new Date() } as Any),
      'BAD_USER_INPUT',
    ],
    ['nothing in place of an agent', () => manager.syncAgent(undefined as Any), 'BAD_USER_INPUT'],
    ['nothing that is configured', () => manager.updateAgentConfig('a', undefined as Any), 'BAD_USER_INPUT'],
    ['no change', () => manager.updateMessage({ agentId: 'a', position: 0 }, null as Any), 'BAD_USER_INPUT'],
    ['nothing that names a message', () => manager.updateMessage(null as Any, {}), 'BAD_USER_INPUT'],
    ['one path in place of a list', () => manager.getMetadata('user' as Any), 'BAD_USER_INPUT'],
  ])('%s is refused', async (_what, call, code) => {
    const error = await call().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ParleyError);
    expect(error).toMatchObject({ code });
    expect(await manager.listAgents()).toEqual([]);
  });

  it('takes what agents in Node hold beside JSON in JSON’s words', async () => {
    const at = new Date('2025-01-31T09:30:00.000Z');
    const message: Any = {
      role: 'user',
      content: [
        {
          type: 'tool',
          title: undefined,
          output: { at, of: new URL('https://x.example/a'), bytes: Buffer.from('hi') },
        },
        { image: { format: 'png', source: { bytes: new Uint8Array([251, 255]) } } },
      ],
    };
    await manager.appendMessage(message, { agentId: 'node' });
    const [stored] = (await manager.getAgent('node', { messages: 'all' })).messages;
    expect(stored?.content).toEqual([
      { type: 'tool', output: { at: at.toISOString(), of: 'https://x.example/a', bytes: 'aGk=' } },
      { image: { format: 'png', source: { bytes: new Uint8Array([251, 255]) } } },
    ]);
  });

  it('names the place of what it refuses, down to the member', async () => {
    const content = [{ text: 'x' }, { json: { 'a.b': [1, { c: new Map() }] } }];
    await expect(append({ role: 'user', content })).rejects.toThrow(
      'messages[0].content[1].json["a.b"][1].c holds a Map, which JSON cannot carry.',
    );
    await expect(append({ role: 'user', text: 'x', metadata: { a: { b: Number.NaN } } })).rejects.toThrow(
      'messages[0].metadata.a.b holds a number that is not finite.',
    );
  });

  it('takes the metadata of a message as JSON.stringify has it', async () => {
    const at = new Date('2025-01-31T09:30:00.000Z');
    const metadata = {
      at,
      never: new Date(Number.NaN),
      deep: [{ of: new URL('https://x.example/') }],
      no: undefined,
    };
    const stored = await manager.appendMessage({ role: 'user', text: 'x', metadata }, { agentId: 'node' });
    expect(stored.metadata).toEqual(JSON.parse(JSON.stringify(metadata)));
  });

  it('takes back a large number that stands there already, and no other', async () => {
    const opened = await openDatabase(database.options);
    const large = { n: 1e20, list: [{ n: -(2 ** 70) }] };
    await opened.sessions.createSession(aSession('large', { metadata: { large } }));
    const fields = { state: large, promptMetadata: large, conversationManagerState: large };
    await opened.sessions.upsertAgent(anAgent('large', 'a', fields));
    await opened.sessions.appendMessages(
      anAppend('large', 'a', [{ content: [{ text: 'x' }, { json: large }] }]),
    );
    await opened.close();
    const other = await SessionManager.open({ sessionId: 'large', ...database.options });
    const { state, promptMetadata, conversationManagerState } = await other.getAgent('a');
    const given = { promptMetadata: promptMetadata as Any, conversationManagerState };
    await other.syncAgent({ agentId: 'a', state: { ...state, more: 1 }, ...given });
    await other.updateMetadata(await other.getMetadata());
    await other.updateMetadata({ 'large.list': [{ n: -(2 ** 70) }, 1] });
    expect(await other.getAgent('a')).toMatchObject({ ...fields, state: { ...large, more: 1 } });
    expect(await other.getMetadata()).toEqual({ large: { n: 1e20, list: [{ n: -(2 ** 70) }, 1] } });
    const [message] = await other.listMessages('a');
    const [, block] = message?.content ?? [];
    const where = { agentId: 'a', position: 0 };
    const changed = await other.updateMessage(where, { content: [{ text: '-' }, block as Any] });
    expect(changed.content).toEqual([{ text: '-' }, { json: large }]);
    for (const write of [
      () => other.updateMessage(where, { content: [block as Any] }),
      () => other.syncAgent({ agentId: 'a', state: { n: 1e21 } }),
      () => other.syncAgent({ agentId: 'a', state: { m: 1e20 } }),
      () => other.syncAgent({ agentId: 'b', state: { n: 1e20 } }),
      () => other.updateMetadata({ n: 1e20 }),
    ]) {
      await expect(write()).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    }
    await other.close();
  });

  it('takes equal bytes for equal, whatever bits their base64 ends with', async () => {
    const spelled = (bytes: string) =>
      manager.appendMessage(
        { role: 'user', content: [{ audio: { format: 'mp3', source: { bytes } } }] },
        { agentId: 'node', idempotencyKey: 'stray' },
      );
    const first = await spelled('-_9=');
    expect(first.content).toEqual([
      { audio: { format: 'mp3', source: { bytes: new Uint8Array([251, 255]) } } },
    ]);
    for (const same of ['+/8=', '-_8', '+/-=']) expect((await spelled(same)).position).toBe(first.position);
    await expect(spelled('+/4=')).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
  });

  it.each<[string, Any]>([
    ['URL-safe base64', '-_8'],
    ['the wrapping of Strands in Python', { __bytes_encoded__: true, data: '+/8=' }],
  ])('takes bytes in %s', async (_how, bytes) => {
    const content: Any = [{ image: { format: 'png', source: { bytes } } }];
    const stored = await manager.appendMessage({ role: 'user', content }, { agentId: 'node' });
    expect(stored.content).toEqual([
      { image: { format: 'png', source: { bytes: new Uint8Array([251, 255]) } } },
    ]);
  });

  it('a session id that is none, and a database that is none', async () => {
    const open = (options: Any) => SessionManager.open({ ...database.options, ...options });
    await expect(open({ sessionId: '' })).rejects.toMatchObject({ code: 'INVALID_NAME' });
    await expect(SessionManager.open({ sessionId: 's' } as Any)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    for (const wrong of [{ client: undefined }, { client: Promise.resolve() }, { store: Promise.resolve() }])
      await expect(SessionManager.open({ sessionId: 's', ...wrong } as Any)).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining('awaited'),
      });
    for (const call of [SessionManager.open, openDatabase, eraseSessions, ConnectionPool.initialize] as Any[])
      await expect(call.call(SessionManager)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(() => new SessionManagerFactory(undefined as Any)).toThrow(ParleyError);
    await expect(
      SessionManager.open({ sessionId: 's', connectionString: 'postgres://user:hunter2@h/' }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.not.stringContaining('hunter2') });
  });

  it('what it gives is never taken for where it goes', async () => {
    const [one, two] = (await Promise.all(
      ['one', 'two'].map((sessionId) => SessionManager.open({ sessionId, ...database.options })),
    )) as [SessionManager, SessionManager];
    const stored = await one.appendMessage({ role: 'user', text: 'x' }, { agentId: 'a' });
    await two.appendMessage({ role: 'user', text: 'y' }, { agentId: 'a' });
    const agent = await one.getAgent('a');
    await two.syncAgent({ ...agent, state: { step: 2 } } as Any);
    expect((await one.getAgent('a')).state).toEqual({});
    expect((await two.getAgent('a')).state).toEqual({ step: 2 });
    await expect(two.redactMessage(stored as Any, { role: 'user', text: '-' })).rejects.toMatchObject({
      code: 'MESSAGE_NOT_FOUND',
    });
    expect((await one.redactMessage(stored as Any, { role: 'user', text: '-' })).redacted).toBe(true);
    await Promise.all([one.close(), two.close()]);
  });

  it('after close every method is refused, and closing twice or under writes loses nothing half-way', async () => {
    const other = await SessionManager.open({ sessionId: 'closing', ...database.options });
    const writes = Array.from({ length: 20 }, (_, n) =>
      other.appendMessage({ role: 'user', text: `${n}` }, { agentId: 'a' }).then(
        () => true,
        (error: unknown) => (error instanceof ParleyError ? false : Promise.reject(error)),
      ),
    );
    await Promise.all([other.close(), other.close()]);
    const kept = (await Promise.all(writes)).filter(Boolean).length;
    const again = await SessionManager.open({ sessionId: 'closing', ...database.options });
    const count = await again.messageCount('a').catch(() => 0);
    expect(count).toBe(kept);
    await again.close();
    for (const call of [
      () => again.listAgents(),
      () => again.getMetadata(),
      () => again.sessionViewerPassword(),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    }
    const factory = new SessionManagerFactory(database.options);
    await factory.close();
    await expect(factory.createSessionManager('x')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });
});
