import { beforeEach, describe, expect, it } from 'vitest';
import type { JsonObject } from '../../../src/domain/json/json-value.js';
import { createSessionService, type SessionService } from '../../../src/domain/sessions/session-service.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';

let service: SessionService;
let calls: [method: string, input: Record<string, unknown>][];

/** Takes every write and notes it. */
const recorder = new Proxy({} as SessionStore, {
  get: (_target, method: string) => async (input: Record<string, unknown>) => {
    calls.push([method, input]);
    return true;
  },
});

beforeEach(() => {
  calls = [];
  let bytes = 0;
  service = createSessionService({
    store: recorder,
    now: () => new Date(5_000),
    randomBytes: (length) => Buffer.alloc(length, ++bytes),
    newId: () => 'new-id',
  });
});

const append = (messages: unknown, more: object = {}) =>
  service.appendMessages({
    sessionId: 's',
    agentId: 'a',
    messages,
    createIfMissing: false,
    ...more,
  } as never);

describe('appending', () => {
  it('derives the same identities from the same key, and others from another', async () => {
    const messages = [
      { role: 'user', text: 'x' },
      { role: 'user', text: 'y' },
    ];
    await append(messages, { idempotencyKey: 'k' });
    await append(messages, { idempotencyKey: 'k' });
    await append(messages, { idempotencyKey: 'l' });
    await append(messages);
    await append(messages);
    const ids = calls.map(([, input]) => (input.messages as { storageId: string }[]).map((m) => m.storageId));
    expect(ids[0]).toEqual(ids[1]);
    expect(new Set(ids.flat()).size).toBe(8);
    for (const id of ids.flat()) expect(id).toMatch(/^[0-9a-f]{32}$/);
  });

  it.each([
    ['no message', []],
    ['too many', Array.from({ length: 101 }, () => ({ role: 'user', text: 'x' }))],
    ['neither text nor content', [{ role: 'user' }]],
    ['both', [{ role: 'user', text: 'x', content: [{ text: 'x' }] }]],
    ['an empty block', [{ role: 'user', content: [{}] }]],
    ['text that is none', [{ role: 'user', content: [{ text: 5 }] }]],
    ['a tool use without a name', [{ role: 'user', content: [{ toolUse: { toolUseId: 't' } }] }]],
    ['a tool result without content', [{ role: 'user', content: [{ toolResult: { toolUseId: 't' } }] }]],
    [
      'bytes that are not base64',
      [{ role: 'user', content: [{ image: { format: 'png', source: { bytes: '?' } } }] }],
    ],
    ['an empty clientId', [{ role: 'user', text: 'x', clientId: '' }]],
    ['a clientId that is too long', [{ role: 'user', text: 'x', clientId: 'c'.repeat(201) }]],
    ['a clientId that is none', [{ role: 'user', text: 'x', clientId: 5 }]],
    ['a trackingId with NUL', [{ role: 'user', text: 'x', trackingId: 'a\0' }]],
    ['a time that is none', [{ role: 'user', text: 'x', createdAt: '2026-01-01' }]],
    ['a time that is no time', [{ role: 'user', text: 'x', createdAt: new Date(Number.NaN) }]],
    ['a time after now', [{ role: 'user', text: 'x', createdAt: new Date(5_001) }]],
    ['a time before 1970', [{ role: 'user', text: 'x', createdAt: new Date(-1) }]],
    ['a lone surrogate', [{ role: 'user', text: '\ud800' }]],
    [
      'NUL in a key',
      [{ role: 'user', content: [{ toolUse: { toolUseId: 't', name: 'n', input: { 'a\0': 1 } } }] }],
    ],
  ])('refuses %s before anything is written', async (_what, messages) => {
    await expect(append(messages)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(calls).toEqual([]);
  });

  it('refuses what is nested too deep', async () => {
    let input: JsonObject = {};
    for (let depth = 0; depth < 70; depth++) input = { input };
    await expect(append([{ role: 'user', content: [{ odd: input }] }])).rejects.toThrow('64');
  });

  it('keeps a block of an unknown kind as it is', async () => {
    await append([{ role: 'user', content: [{ hologram: { $ref: 1 } }] }]);
    expect(calls[0]?.[1].messages).toMatchObject([{ content: [{ hologram: { $ref: 1 } }] }]);
  });
});

describe('receipts', () => {
  const set = (set: JsonObject, idempotencyKey: string) =>
    service.updateMetadata({ sessionId: 's', set, idempotencyKey });
  const receipts = () => calls.map(([, input]) => input.receipt as { keyHash: string; bodyHash: string });

  it('are the same for the same input in any order of keys, and tell another input', async () => {
    await set({ a: 1, b: { x: 1, y: 2 } }, 'k');
    await set({ b: { y: 2, x: 1 }, a: 1 }, 'k');
    await set({ a: 2 }, 'k');
    const [first, second, third] = receipts();
    expect(second).toEqual(first);
    expect(third?.keyHash).toBe(first?.keyHash);
    expect(third?.bodyHash).not.toBe(first?.bodyHash);
  });

  it('never hold the key itself', async () => {
    await set({ a: 1 }, 'my-secret-key');
    expect(JSON.stringify(calls)).not.toContain('my-secret-key');
  });
});

describe('metadata', () => {
  it.each([
    [{ $x: 1 }],
    [{ 'a..b': 1 }],
    [{ '': 1 }],
    [{ 'tags.$[]': 1 }],
    [{ good: 1, 'a.$b': 2 }],
    [{ a: { 'b.c': 1 } }],
    [{ a: [{ $in: [] }] }],
    [{ a: { '': 1 } }],
  ])('refuses %j whole', async (set) => {
    await expect(service.updateMetadata({ sessionId: 's', set: set as never })).rejects.toMatchObject({
      code: 'INVALID_METADATA_PATH',
    });
    expect(calls).toEqual([]);
  });

  it('refuses a batch of none, or of too many', async () => {
    await expect(service.updateMetadata({ sessionId: 's', set: {} })).rejects.toThrow('0 paths');
    const paths = Array.from({ length: 201 }, (_, index) => `p${index}`);
    await expect(service.deleteMetadata({ sessionId: 's', paths })).rejects.toThrow('201 paths');
  });
});

describe('creating a session', () => {
  it('makes an id where none is given, and a password of 32 characters', async () => {
    expect(await service.createSession({ sessionType: 'AGENT' })).toBe('new-id');
    expect(calls[0]?.[1].viewerPassword).toMatch(/^[\w-]{32}$/);
  });

  it('refuses a key without an id, because a key belongs to its session', async () => {
    await expect(service.createSession({ sessionType: 'AGENT', idempotencyKey: 'k' })).rejects.toThrow(
      'sessionId',
    );
  });
});

describe('filters', () => {
  const count = (filter: object) => service.countSessions(filter as never);

  it.each([
    ['too deep', Array.from({ length: 10 }).reduce<object>((inner) => ({ not: inner }), {})],
    ['too wide', { or: Array.from({ length: 101 }, () => ({ sessionType: 'x' })) }],
    ['a condition without a test', { metadata: [{ path: 'a' }] }],
    ['an order on what has none', { metadata: [{ path: 'a', gt: true }] }],
    ['too many values', { metadata: [{ path: 'a', in: Array.from({ length: 201 }, () => 1) }] }],
    ['too many ids', { sessionIds: Array.from({ length: 201 }, () => 'x') }],
  ])('refuses %s', async (_what, filter) => {
    await expect(count(filter)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });
});

describe('feedback and metrics', () => {
  it('refuses fields that feedback has itself', async () => {
    await expect(
      service.addFeedback({ sessionId: 's', rating: 'up', comment: null, fields: { rating: 'down' } }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
  });

  it.each([
    [{ accumulated_usage: { inputTokens: '1' } }],
    [{ accumulated_metrics: [] }],
    [{ tool_usage: { clock: 3 } }],
  ])('refuses metrics such as %j', async (metrics) => {
    const address = { sessionId: 's', agentId: 'a', messageId: 0 };
    await expect(service.recordMetrics({ address, metrics: metrics as never })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });
});
