import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import {
  ConnectionPool,
  closeGlobalFactory,
  getGlobalFactory,
  initializeGlobalFactory,
  type MetadataHook,
  metadataTool,
  openStore,
  SessionManager,
  SessionManagerFactory,
} from '../../src/index.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';

describe.each(Object.entries(LOCATIONS))('a first agent on %s', (_name, locate) => {
  let database: TestLocation;
  beforeAll(async () => {
    database = await locate();
  });
  afterAll(() => database.remove());

  it('holds a conversation', async () => {
    // A session is made on first use.
    await using manager = await SessionManager.open({
      sessionId: 's1',
      applicationName: 'shop',
      ...database.options,
    });
    await manager.appendMessage({ role: 'user', content: [{ text: 'Hello' }] }, { agentId: 'support' });
    // With what this one call has cost, as the model's library says it.
    const usage = { input_tokens: 10, output_tokens: 15 };
    await manager.appendMessage(
      { role: 'assistant', content: [{ text: 'Hi!' }], metadata: { usage } },
      { agentId: 'support' },
    );

    // What the agent needs to be restored.
    await manager.syncAgent({ agentId: 'support', model: 'm', state: { step: 2 } });

    // Only the named field changes.
    await manager.updateMetadata({ user: { name: 'Alice', id: 'a1' } });
    await manager.updateMetadata({ 'user.id': 'alice' });
    await manager.addFeedback({ rating: 'up', comment: 'Very helpful!', page: 'checkout' });

    const agent = await manager.getAgent('support', { messages: 'all' });
    expect(agent.messages.map(({ messageId, role, content }) => ({ messageId, role, content }))).toEqual([
      { messageId: 0, role: 'user', content: [{ text: 'Hello' }] },
      { messageId: 1, role: 'assistant', content: [{ text: 'Hi!' }] },
    ]);
    expect(agent).toMatchObject({
      model: 'm',
      state: { step: 2 },
      messageCount: 2,
      usage: { totalTokens: 25 },
    });
    expect(agent.messages[1]?.metadata).toEqual({ usage });
    expect(await manager.listAgents()).toMatchObject([{ usage: { inputTokens: 10, totalTokens: 25 } }]);
    expect(await manager.getMetadata()).toEqual({ user: { name: 'Alice', id: 'alice' } });
    expect(await manager.getFeedbacks()).toMatchObject([
      { rating: 'up', comment: 'Very helpful!', fields: { page: 'checkout' } },
    ]);
  });

  it('is resumed by its id, with its whole history', async () => {
    await using manager = await SessionManager.open({ sessionId: 's1', ...database.options });
    expect(await manager.applicationName()).toBe('shop');
    expect((await manager.listAgents()).map(({ agentId }) => agentId)).toEqual(['support']);
    expect(await manager.messageCount('support')).toBe(2);
    expect((await manager.lastMessage('support'))?.content).toEqual([{ text: 'Hi!' }]);

    // Restoring an agent never wipes a history.
    await manager.syncAgent({ agentId: 'support', state: { step: 3 } });
    expect(await manager.messageCount('support')).toBe(2);
    expect(await manager.getAgent('support')).toMatchObject({ model: 'm', state: { step: 3 }, messages: [] });
  });

  it('is retried without a doubled message', async () => {
    await using manager = await SessionManager.open({ sessionId: 'retried', ...database.options });
    const message = { role: 'user', text: 'Only once' } as const;
    const first = await manager.appendMessage(message, { agentId: 'support', idempotencyKey: 'turn-1' });
    const again = await manager.appendMessage(message, { agentId: 'support', idempotencyKey: 'turn-1' });
    expect(again).toEqual(first);
    expect(await manager.messageCount('support')).toBe(1);
  });

  it('keeps images as bytes', async () => {
    await using manager = await SessionManager.open({ sessionId: 'images', ...database.options });
    const bytes = new Uint8Array([137, 80, 78, 71]);
    const image = { image: { format: 'png', source: { bytes } } };
    const stored = await manager.appendMessage({ role: 'user', content: [image] }, { agentId: 'support' });
    expect(stored.content).toEqual([image]);
    expect(await manager.listMessages('support')).toEqual([stored]);
    expect(image.image.source.bytes).toBe(bytes);
  });

  it('takes back what was said, and keeps what a guardrail found', async () => {
    await using manager = await SessionManager.open({ sessionId: 'guarded', ...database.options });
    await manager.appendMessages(
      [
        { role: 'user', text: 'My card is 4111…' },
        { role: 'assistant', text: 'Thank you.' },
      ],
      { agentId: 'support' },
    );
    const guardrailEvent = { action: 'INTERVENED', stopReason: 'guardrail_intervened' };
    const redacted = await manager.redactMessage(
      { agentId: 'support', messageId: 0 },
      { role: 'user', text: '[card removed]' },
      { guardrailEvent },
    );
    expect(redacted).toMatchObject({ redacted: true, content: [{ text: '[card removed]' }] });
    const noted = await manager.recordGuardrailEvent({ agentId: 'support', position: 1 }, { action: 'NONE' });
    expect(noted).toMatchObject({
      redacted: false,
      content: [{ text: 'Thank you.' }],
      guardrailEvent: { action: 'NONE' },
    });
    const updated = await manager.updateMessage({ agentId: 'support', position: 1 }, { text: 'Thanks.' });
    expect(updated).toMatchObject({ role: 'assistant', content: [{ text: 'Thanks.' }] });
    expect(JSON.stringify(await manager.listMessages('support'))).not.toContain('My card');
  });

  it('imports a conversation with its own identities and times, from anywhere and as often as wished', async () => {
    await using manager = await SessionManager.open({ sessionId: 'imported', ...database.options });
    const old = Array.from(
      { length: 5 },
      (_, n) =>
        ({
          role: n % 2 === 0 ? 'user' : 'assistant',
          text: `message ${n}`,
          clientId: `msg-${n}`,
          trackingId: `track-${n}`,
          createdAt: new Date(Date.UTC(2020, 0, 5 - n)),
        }) as const,
    );
    const known = async (from: number, to: number) =>
      (await manager.appendMessages(old.slice(from, to), { agentId: 'a' })).map((message) => message.known);
    expect(await known(0, 3)).toEqual([undefined, undefined, undefined]);
    expect(await known(1, 5)).toEqual([true, true, undefined, undefined]);
    await manager.redactMessage({ agentId: 'a', clientId: 'msg-1' }, { role: 'assistant', text: '-' });
    expect(await known(0, 5)).toEqual(Array(5).fill(true));
    const expected = old.map(({ text, ...message }, position) => {
      const redacted = position === 1;
      const content = [{ text: redacted ? '-' : text }];
      return { ...message, position, redacted, content, ...(redacted ? { trackingId: null } : {}) };
    });
    expect(await manager.listMessages('a')).toMatchObject(expected);
  });

  it('takes no message of another session for one of its own', async () => {
    await using one = await SessionManager.open({ sessionId: 'one', ...database.options });
    await using other = await SessionManager.open({ sessionId: 'other', ...database.options });
    const message = await one.appendMessage({ role: 'user', text: 'x' }, { agentId: 'a' });
    await other.appendMessage({ role: 'user', text: 'y' }, { agentId: 'a' });
    const redacting = other.redactMessage(message, { role: 'user', text: '-' });
    await expect(redacting).rejects.toMatchObject({ code: 'MESSAGE_NOT_FOUND' });
    expect(await other.listMessages('a')).toMatchObject([{ content: [{ text: 'y' }] }]);
    await one.redactMessage(message, { role: 'user', text: '-' });
    expect(await one.listMessages('a')).toMatchObject([{ content: [{ text: '-' }] }]);
  });

  it('is configured, and remembers its prompt', async () => {
    await using manager = await SessionManager.open({ sessionId: 'configured', ...database.options });
    await manager.appendMessage({ role: 'user', text: 'Hello' }, { agentId: 'support' });
    await manager.updateAgentConfig('support', { model: 'large', systemPrompt: 'Be kind.' });
    await manager.setPromptMetadata('support', { prompt_id: 'p1', prompt_version: '3' });
    expect(await manager.getAgent('support')).toMatchObject({
      model: 'large',
      systemPrompt: 'Be kind.',
      promptMetadata: { prompt_id: 'p1', prompt_version: '3' },
    });
  });

  it('reads a long history page by page', async () => {
    await using manager = await SessionManager.open({ sessionId: 'long', ...database.options });
    const texts = Array.from({ length: 450 }, (_, n) => `message ${n}`);
    for (let start = 0; start < texts.length; start += 90) {
      const some = texts.slice(start, start + 90).map((text) => ({ role: 'user', text }) as const);
      await manager.appendMessages(some, { agentId: 'support' });
    }
    const said = async (options?: { offset?: number; limit?: number }) =>
      (await manager.listMessages('support', options)).map(({ content }) => content[0]?.text);
    expect(await said()).toEqual(texts);
    expect(await said({ offset: 200, limit: 3 })).toEqual(texts.slice(200, 203));
    expect(await said({ offset: 449 })).toEqual(texts.slice(449));
    expect(await said({ offset: 900 })).toEqual([]);
    const { messages } = await manager.getAgent('support', { messages: 2 });
    expect(messages.map(({ position }) => position)).toEqual([448, 449]);
  });

  it('gives the last messages from the beginning of their turn', async () => {
    await using manager = await SessionManager.open({ sessionId: 'turns', ...database.options });
    const call = (id: string) => ({ toolUse: { toolUseId: id, name: 'look', input: {} } });
    const answer = (id: string) => ({
      toolResult: { toolUseId: id, status: 'success', content: [{ text: 'seen' }] },
    });
    const cycles = Array.from({ length: 30 }, (_, n) => [
      { role: 'assistant', content: [call(`t${n}`)] } as const,
      { role: 'user', content: [answer(`t${n}`)] } as const,
    ]).flat();
    const greeting = [
      { role: 'user', text: 'Hello' },
      { role: 'assistant', text: 'Hi' },
    ] as const;
    await manager.appendMessages([...greeting, { role: 'user', text: 'Look around' }], { agentId: 'a' });
    await manager.appendMessages([...cycles, { role: 'assistant', text: 'Done' }], { agentId: 'a' });
    await manager.appendMessages(greeting, { agentId: 'a' });
    const first = async (messages: number) => (await manager.getAgent('a', { messages })).messages[0];
    expect(await first(0)).toBeUndefined();
    expect(await first(1)).toMatchObject({ position: 64 });
    expect(await first(2)).toMatchObject({ position: 64 });
    expect(await first(4)).toMatchObject({ position: 2 });
    expect(await first(64)).toMatchObject({ position: 2 });
    expect(await first(65)).toMatchObject({ position: 0 });
    const { messages } = await manager.getAgent('a', { messages: 4 });
    expect(messages.map(({ position }) => position)).toEqual(Array.from({ length: 64 }, (_, n) => n + 2));
  });

  it('takes metrics for the counter of the agent object: what it has risen by counts, once', async () => {
    await using manager = await SessionManager.open({ sessionId: 'counted', ...database.options });
    const agentId = 'support';
    const turn = async (totalTokens: number, cycles: number) => {
      await manager.appendMessage({ role: 'user', text: 'Hello' }, { agentId });
      const answer = await manager.appendMessage({ role: 'assistant', text: 'Hi!' }, { agentId });
      const metrics = {
        accumulated_usage: { totalTokens },
        cycle_metrics: { cycle_count: cycles },
      };
      await manager.syncAgent({ agentId, metrics });
      return { agentId, position: answer.position };
    };
    await turn(18, 1);
    const last = await turn(36, 2);
    expect((await manager.getAgent(agentId)).usage.totalTokens).toBe(36);
    // Another process made the agent anew.
    await turn(60, 1);
    expect((await manager.getAgent(agentId)).usage.totalTokens).toBe(96);
    await manager.updateMessage(last, { metrics: { accumulated_usage: { totalTokens: 40 } } });
    expect((await manager.getAgent(agentId)).usage.totalTokens).toBe(100);
  });

  it('puts metrics on the last assistant message, however long ago that was', async () => {
    await using manager = await SessionManager.open({ sessionId: 'metrics', ...database.options });
    await manager.appendMessage({ role: 'assistant', text: 'Hello' }, { agentId: 'support' });
    const silence = Array.from(
      { length: 50 },
      (_, n) => ({ role: 'user', text: `Still there? ${n}` }) as const,
    );
    await manager.appendMessages(silence, { agentId: 'support' });
    await manager.syncAgent({ agentId: 'support', metrics: { cycle_metrics: { cycle_count: 1 } } });
    const [first] = await manager.listMessages('support', { limit: 1 });
    expect(first?.eventLoopMetrics).toEqual({ cycle_metrics: { cycle_count: 1 } });
  });

  it('lets hooks stand around metadata and feedback', async () => {
    const seen: string[] = [];
    const audited: MetadataHook = (next, action) => {
      seen.push(action);
      return next();
    };
    const stamped: MetadataHook = (next, action, { set }) =>
      action === 'update' ? next({ ...set, stamped: true }) : next();
    await using manager = await SessionManager.open({
      sessionId: 'hooked',
      ...database.options,
      metadataHook: [audited, stamped],
      feedbackHook: (next, _action, { feedback }) =>
        next({ ...feedback, comment: feedback.comment ?? 'none' }),
    });
    await manager.updateMetadata({ topic: 'order' });
    expect(await manager.getMetadata()).toEqual({ topic: 'order', stamped: true });
    await manager.deleteMetadata(['topic']);
    expect(await manager.getMetadata(['stamped', 'topic'])).toEqual({ stamped: true });
    expect(await manager.addFeedback({ rating: 'down' })).toMatchObject({ rating: 'down', comment: 'none' });
    expect(seen).toEqual(['update', 'get', 'delete', 'get']);
  });

  it('gives a model a tool for the metadata', async () => {
    await using manager = await SessionManager.open({ sessionId: 'tool', ...database.options });
    const tool = metadataTool(manager);
    expect(tool.inputSchema).toMatchObject({ type: 'object', required: ['action'] });
    expect(await tool.execute({ action: 'set', metadata: { 'user.name': 'Alice', topic: 'order' } })).toEqual(
      {
        ok: true,
        metadata: { user: { name: 'Alice' }, topic: 'order' },
      },
    );
    expect(await tool.execute({ action: 'get', paths: ['user.name'] })).toEqual({
      ok: true,
      metadata: { user: { name: 'Alice' } },
    });
    expect(await tool.execute({ action: 'delete', paths: ['topic'] })).toEqual({
      ok: true,
      metadata: { user: { name: 'Alice' } },
    });
    for (const input of [null, {}, { action: 'drop' }, { action: 'set' }, { action: 'delete', paths: 'a' }]) {
      expect(await tool.execute(input)).toMatchObject({ ok: false, error: expect.any(String) });
    }
    expect(await tool.execute({ action: 'set', metadata: { $where: 1 } })).toMatchObject({
      ok: false,
      error: expect.stringContaining('$where'),
    });
  });

  it('shares one connection between a hundred sessions of a factory', async () => {
    await using factory = new SessionManagerFactory({ ...database.options, applicationName: 'web' });
    const managers = await Promise.all(
      Array.from({ length: 100 }, (_, n) => factory.createSessionManager(`web-${n}`)),
    );
    await Promise.all(
      managers.map((manager, n) => manager.appendMessage({ role: 'user', text: `${n}` }, { agentId: 'a' })),
    );
    // Closing one leaves the others alone.
    await managers[0]?.close();
    expect(await managers[1]?.applicationName()).toBe('web');
    const other = await factory.createSessionManager('web-other', { applicationName: 'phone' });
    expect(await other.applicationName()).toBe('phone');
  });

  it('finds the factory of the process wherever it is', async () => {
    initializeGlobalFactory({ ...database.options, applicationName: 'global' });
    expect(() => initializeGlobalFactory(database.options)).toThrow('closeGlobalFactory');
    const manager = await getGlobalFactory().createSessionManager('global');
    expect(await manager.applicationName()).toBe('global');
    await closeGlobalFactory();
    await closeGlobalFactory();
    expect(() => getGlobalFactory()).toThrow('initializeGlobalFactory');
    await expect(manager.getMetadata()).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  });

  it('knows the password that opens the session to a viewer, and forgets a session for good', async () => {
    await using manager = await SessionManager.open({ sessionId: 'private', ...database.options });
    expect(await manager.sessionViewerPassword()).toMatch(/^[\w-]{32}$/);
    expect(await manager.delete()).toBe(true);
    expect(await manager.delete()).toBe(false);
    await expect(manager.getMetadata()).rejects.toMatchObject({ code: 'SESSION_NOT_FOUND' });
    expect(await manager.sessionViewerPassword()).toBeNull();
  });
});

describe('a connection', () => {
  it('to MongoDB that was handed in stays open, one of its own is closed', async () => {
    const database = await (LOCATIONS.MongoDB as (typeof LOCATIONS)[string])();
    const { connectionString, databaseName } = database.options as {
      connectionString: string;
      databaseName: string;
    };
    const client = await ConnectionPool.initialize({ connectionString });
    expect(ConnectionPool.getClient()).toBe(client);
    expect(await ConnectionPool.initialize({ connectionString })).toBe(client);
    await expect(
      ConnectionPool.initialize({ connectionString: 'mongodb://admin:hunter2@elsewhere/' }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.not.stringContaining('hunter2') });

    const manager = await SessionManager.open({ sessionId: 'borrowed', client, databaseName });
    await manager.appendMessage({ role: 'user', text: 'Hello' }, { agentId: 'a' });
    await manager.close();
    expect(await client.db(databaseName).collection('sessions').countDocuments()).toBe(1);
    expect(ConnectionPool.stats()).toMatchObject({ inUse: 0, waiting: 0, maxPoolSize: 100 });
    expect(ConnectionPool.stats()?.connections).toBeGreaterThan(0);
    expect(await ConnectionPool.health()).toMatchObject({ ok: true, reason: null });

    await ConnectionPool.close();
    await ConnectionPool.close();
    expect(() => ConnectionPool.getClient()).toThrow('initialize');
    expect(ConnectionPool.stats()).toBeNull();
    expect(await ConnectionPool.health()).toMatchObject({
      ok: false,
      latencyMs: null,
      reason: 'There is no pool.',
    });
    // The client is closed: the driver would connect it again on its next command.
    await expect(
      new MongoClient(connectionString).connect().then((own) => own.close()),
    ).resolves.toBeUndefined();
    await database.remove();
  });

  it('pool has the size that is asked for, and refuses what it does not know', async () => {
    const database = await (LOCATIONS.MongoDB as (typeof LOCATIONS)[string])();
    const { connectionString } = database.options as { connectionString: string };
    onTestFinished(() => ConnectionPool.close());
    const client = await ConnectionPool.initialize({ connectionString, maxPoolSize: 2 });
    expect(ConnectionPool.stats()).toMatchObject({ maxPoolSize: 2 });
    expect(await ConnectionPool.initialize({ connectionString, maxPoolSize: 2 })).toBe(client);
    await Promise.all(Array.from({ length: 10 }, () => client.db('admin').command({ ping: 1 })));
    expect(ConnectionPool.stats()?.connections).toBeLessThanOrEqual(2);
    const refused: [options: object, words: RegExp][] = [
      [{ maxPoolSize: 3 }, /another connectionString or maxPoolSize/],
      [{ maxPoolSize: 0 }, /whole number from 1 on/],
      [{ maxPoolSize: '5' }, /whole number from 1 on/],
      [{ maxIdleTimeMS: 5 }, /no option maxIdleTimeMS.*connectionString/],
    ];
    for (const [options, words] of refused) {
      await expect(
        ConnectionPool.initialize({ connectionString, ...options } as never),
      ).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringMatching(words) });
    }
    await ConnectionPool.close();
    const nonsense = `mongodb://admin:hunter2@127.0.0.1:1/?nonsense=1`;
    await expect(ConnectionPool.initialize({ connectionString: nonsense })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
      message: 'connectionString has an option that cannot be used.',
    });
    await database.remove();
  });

  it.each(Object.entries(LOCATIONS))(
    'to a store on %s that was handed in stays open',
    async (_name, locate) => {
      const database = await locate();
      const store = await openStore(database.options);
      const manager = await SessionManager.open({ sessionId: 's', store });
      await manager.close();
      expect(await store.sessions.loadSessions(['s'])).toHaveLength(1);
      await store.close();
      await expect(store.sessions.loadSessions(['s'])).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      await database.remove();
    },
  );
});
