import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ParleyError, SessionManager, SessionManagerFactory } from '../../src/index.js';
import { LOCATIONS, type TestLocation } from './databases.js';

const circular: Record<string, unknown> = {};
circular.self = circular;

// biome-ignore lint/suspicious/noExplicitAny: what a caller in plain JavaScript may pass.
type Any = any;

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
    ['a BigInt', () => append({ role: 'user', content: [{ json: { n: 1n } }] }), 'BAD_USER_INPUT'],
    [
      'an undefined value',
      () => append({ role: 'user', content: [{ json: { n: undefined } }] }),
      'BAD_USER_INPUT',
    ],
    [
      'bytes where none belong',
      () => append({ role: 'user', content: [{ json: new Uint8Array(2) }] }),
      'BAD_USER_INPUT',
    ],
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
      'a redaction of what is not there',
      () => manager.redactMessage({ agentId: 'nobody', position: 0 }, { role: 'user', text: 'x' }),
      'AGENT_NOT_FOUND',
    ],
    [
      'a change that a message cannot take',
      () => manager.updateMessage({ agentId: 'a', position: 0 }, { createdAt: new Date() } as Any),
      'BAD_USER_INPUT',
    ],
  ])('%s is refused', async (_what, call, code) => {
    const error = await call().then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(ParleyError);
    expect(error).toMatchObject({ code });
    expect(await manager.listAgents()).toEqual([]);
  });

  it('a session id that is none, and a database that is none', async () => {
    const open = (options: Any) => SessionManager.open({ ...database.options, ...options });
    await expect(open({ sessionId: '' })).rejects.toMatchObject({ code: 'INVALID_NAME' });
    await expect(SessionManager.open({ sessionId: 's' } as Any)).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    await expect(
      SessionManager.open({ sessionId: 's', connectionString: 'postgres://user:hunter2@h/' }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT', message: expect.not.stringContaining('hunter2') });
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
