import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { timedHooks } from '../../../src/domain/access/hook-time.js';
import type { FeedbackHook, MetadataHook } from '../../../src/domain/access/hook-types.js';
import { hookedService } from '../../../src/domain/access/hooks.js';
import { createSessionService, type SessionService } from '../../../src/domain/sessions/session-service.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';

let plain: SessionService;
beforeEach(async () => {
  const store = openMemoryStore(emptyDatabase()).sessions;
  plain = createSessionService({ store, now: () => new Date(), randomBytes, newId: randomUUID });
  await plain.createSession({ sessionId: 's', sessionType: 'AGENT', metadata: { user: 'alice', secret: 1 } });
});

const hooked = (metadata: MetadataHook[], feedback: FeedbackHook[] = []) =>
  hookedService(plain, { metadata, feedback });
const stored = async () => (await plain.loadSessions(['s']))[0]?.metadata;
const feedback = { sessionId: 's', rating: 'up' as const, comment: null, fields: {} };

describe('a metadata hook', () => {
  it('stands around an update, and may change what is set', async () => {
    const service = hooked([(next, _action, { set }) => next({ ...set, by: 'hook' })]);
    await service.updateMetadata({ sessionId: 's', set: { topic: 'order' } });
    expect(await stored()).toEqual({ user: 'alice', secret: 1, topic: 'order', by: 'hook' });
  });

  it('stands around the metadata of a new session, which is an update with dotted paths', async () => {
    const seen: unknown[] = [];
    const service = hooked([
      (next, action, { sessionId, set }) => {
        seen.push([action, sessionId, set]);
        return next({ ...set, 'audit.by': 'hook' });
      },
    ]);
    const made = { sessionType: 'AGENT', metadata: { topic: 'order' } };
    await service.createSession({ sessionId: 'new', ...made });
    const [session] = await plain.loadSessions(['new']);
    expect(session?.metadata).toEqual({ topic: 'order', audit: { by: 'hook' } });
    const id = await service.createSession(made);
    expect((await plain.loadSessions([id]))[0]?.metadata).toEqual({ topic: 'order', audit: { by: 'hook' } });
    await service.createSession({ sessionId: 'bare', sessionType: 'AGENT' });
    expect((await plain.loadSessions(['bare']))[0]?.metadata).toEqual({});
    expect(seen).toEqual([
      ['update', 'new', { topic: 'order' }],
      ['update', '', { topic: 'order' }],
    ]);
  });

  it('that does not let the metadata of a new session pass, or throws, leaves it unmade', async () => {
    const create = (hook: MetadataHook) =>
      hooked([hook]).createSession({ sessionId: 'no', sessionType: 'AGENT', metadata: { a: 1 } });
    await expect(create(() => undefined)).rejects.toMatchObject({ code: 'FORBIDDEN' });
    await expect(
      create(() => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    await expect(create((next) => next({ $bad: 1 }))).rejects.toMatchObject({
      code: 'INVALID_METADATA_PATH',
    });
    expect(await plain.loadSessions(['no'])).toEqual([null]);
  });

  it.each<[string, MetadataHook]>([
    [
      'does not wait for next',
      (next) => {
        next();
      },
    ],
    [
      'does something else first',
      async (next) => {
        const made = next();
        await new Promise(setImmediate);
        return made;
      },
    ],
  ])(
    'that %s has its update answered once it is made or refused, and ends no process',
    async (_what, hook) => {
      const unheard: unknown[] = [];
      const onUnheard = (error: unknown) => unheard.push(error);
      process.on('unhandledRejection', onUnheard);
      try {
        const service = hookedService(plain, timedHooks({ metadata: [hook], feedback: [] }, 60_000));
        // `user` is a text.
        const refused = service.updateMetadata({ sessionId: 's', set: { 'user.name': 'x' } });
        await expect(refused).rejects.toMatchObject({ code: 'INVALID_METADATA_PATH' });
        await new Promise(setImmediate);
        expect(unheard).toEqual([]);
      } finally {
        process.off('unhandledRejection', onUnheard);
      }
      await hooked([hook])
        .updateMetadata({ sessionId: 's', set: { topic: 'order' } })
        .catch(() => {});
      expect(await stored()).toMatchObject({ topic: 'order' });
    },
  );

  it('is asked whether a filter may name a path, once for a text and once for a number', async () => {
    const seen: unknown[] = [];
    const masking: MetadataHook = async (next, action, { sessionId, filter }) => {
      if (action !== 'get') return next();
      seen.push([sessionId, filter]);
      if (filter === 'picky') throw new Error('not made up');
      const { masked, ...shown } = await next();
      return masked === undefined ? shown : { ...shown, masked: typeof masked === 'string' ? '***' : masked };
    };
    const count = (path: string) =>
      hooked([masking]).countSessions({ not: { metadata: [{ path, exists: true }] } });
    expect(await count('user.name')).toBe(1);
    expect(seen).toEqual([
      ['', 'user.name'],
      ['', 'user.name'],
    ]);
    for (const path of ['masked', 'picky'])
      await expect(count(path)).rejects.toMatchObject({ code: 'FORBIDDEN' });
  });

  it('stands around a deletion, and around what is read', async () => {
    const seen: unknown[] = [];
    const service = hooked([
      async (next, action, context) => {
        seen.push([action, context]);
        if (action !== 'get') return next();
        const { secret: _, ...shown } = await next();
        return shown;
      },
    ]);
    await service.deleteMetadata({ sessionId: 's', paths: ['user'] });
    expect(await stored()).toEqual({ secret: 1 });
    expect((await service.loadSessions(['s', 'none'])).map((session) => session?.metadata)).toEqual([
      {},
      undefined,
    ]);
    const { sessions } = await service.findSessions({
      filter: {},
      orderBy: { field: 'createdAt', direction: 'asc' },
      limit: 1,
      backward: false,
      after: null,
      before: null,
    });
    expect(sessions[0]?.metadata).toEqual({});
    expect(seen).toEqual([
      ['delete', { sessionId: 's', paths: ['user'] }],
      ['get', { sessionId: 's' }],
      ['get', { sessionId: 's' }],
    ]);
  });

  it('shows what it returns as it is then, also where it returns one object again and again, and fails with what is none', async () => {
    const kept: Record<string, unknown> = {};
    const service = hooked([
      (_next, _action, { sessionId }) =>
        Object.assign(kept, { sessionId, reads: Number(kept.reads ?? 0) + 1 }),
    ]);
    const read = async () => (await service.loadSessions(['s']))[0]?.metadata;
    const first = await read();
    expect(await read()).toEqual({ sessionId: 's', reads: 2 });
    expect(first).toEqual({ sessionId: 's', reads: 1 });
    for (const none of [undefined, null, 5, 'text', []])
      await expect(hooked([() => none]).loadSessions(['s'])).rejects.toThrow('returned no object');
  });

  it('comes in order, and is told what the one before passed on', async () => {
    const seen: unknown[] = [];
    const numbered =
      (n: number): MetadataHook =>
      (next, _action, { set }) => {
        seen.push([n, set]);
        return next({ [`h${n}`]: n });
      };
    await hooked([numbered(1), numbered(2)]).updateMetadata({ sessionId: 's', set: { a: 0 } });
    expect(seen).toEqual([
      [1, { a: 0 }],
      [2, { h1: 1 }],
    ]);
    expect(await stored()).toMatchObject({ h2: 2 });
  });

  it.each([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
  ])('that %s leaves nothing written', async (_how, hook) => {
    const service = hooked([hook]);
    await expect(service.updateMetadata({ sessionId: 's', set: { a: 1 } })).rejects.toThrow('no');
    await expect(service.deleteMetadata({ sessionId: 's', paths: ['user'] })).rejects.toThrow('no');
    expect(await stored()).toEqual({ user: 'alice', secret: 1 });
  });

  it('sees no key that is refused, and cannot pass one on', async () => {
    let calls = 0;
    const counting: MetadataHook = (next) => {
      calls++;
      return next();
    };
    const bad = { sessionId: 's', set: { $where: 1 } };
    await expect(hooked([counting]).updateMetadata(bad)).rejects.toMatchObject({
      code: 'INVALID_METADATA_PATH',
    });
    expect(calls).toBe(0);
    const passing = hooked([(next) => next({ $where: 1 })]);
    await expect(passing.updateMetadata({ sessionId: 's', set: { a: 1 } })).rejects.toMatchObject({
      code: 'INVALID_METADATA_PATH',
    });
    expect(await stored()).toEqual({ user: 'alice', secret: 1 });
  });
});

describe('a feedback hook', () => {
  it('may change the feedback, and gives back what was stored', async () => {
    const service = hooked(
      [],
      [(next, _action, { feedback: given }) => next({ ...given, fields: { by: 'hook' } })],
    );
    expect(await service.addFeedback(feedback)).toMatchObject({ rating: 'up', fields: { by: 'hook' } });
    expect((await plain.loadSessions(['s']))[0]?.feedback).toHaveLength(1);
  });

  it('that throws, or does not let it pass, leaves nothing written', async () => {
    const refusing = hooked([], [() => Promise.reject(new Error('no'))]);
    await expect(refusing.addFeedback(feedback)).rejects.toThrow('no');
    await expect(hooked([], [() => undefined]).addFeedback(feedback)).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect((await plain.loadSessions(['s']))[0]?.feedback).toEqual([]);
  });
});
