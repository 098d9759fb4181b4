import { describe, expect, it } from 'vitest';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { follow } from './feed.js';
import { aFeedback, anAgent, anAppend, aRedaction, aSession, at, setting, someMetrics } from './inputs.js';
import { expectCode, readAgent, readAgents, readMessages, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

type Write = (store: SessionStore, sessionId: string, key: string, value: number) => Promise<unknown>;

const message = (sessionId: string) => ({ sessionId, agentId: 'a', position: 0 });

/** Each write that leaves a receipt, with something that differs from call to call. */
const WRITES: [name: string, write: Write][] = [
  [
    'upsertAgent',
    (store, sessionId, key, value) =>
      store.upsertAgent(anAgent(sessionId, 'a', { key, state: { value }, now: at(value) })),
  ],
  [
    'recordMetrics',
    (store, sessionId, key, value) =>
      store.recordMetrics(someMetrics(message(sessionId), { custom: value }, { key, now: at(value) })),
  ],
  [
    'redactMessage',
    (store, sessionId, key, value) =>
      store.redactMessage(aRedaction(message(sessionId), `[${value}]`, { key, now: at(value) })),
  ],
  [
    'changeMetadata',
    (store, sessionId, key, value) =>
      store.changeMetadata(setting(sessionId, { value }, { key, now: at(value) })),
  ],
  [
    'addFeedback',
    (store, sessionId, key, value) =>
      store.addFeedback(aFeedback(sessionId, 'up', { key, comment: `${value}`, now: at(value) })),
  ],
];

export function receiptSentences(setup: StoreSetup): void {
  describe('a write that is repeated', () => {
    const stage = useStage(setup);
    const prepared = async () => {
      const sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['Hello'], { createIfMissing: {} }));
      return sessionId;
    };
    const snapshot = async (sessionId: string) => [
      await readSession(stage.store, sessionId),
      await readAgents(stage.store, sessionId),
      await readMessages(stage.store, sessionId, 'a'),
    ];

    it.each(WRITES)('has one effect and is one change: %s', async (_, write) => {
      const sessionId = await prepared();
      const feed = await follow(stage.store);
      await write(stage.store, sessionId, 'k', 1);
      const [stored, told] = [await snapshot(sessionId), (await feed.of(sessionId)).length];
      expect(told).toBeGreaterThan(0);
      await write(stage.store, sessionId, 'k', 1);
      await write(stage.neighbour, sessionId, 'k', 1);
      expect(await snapshot(sessionId)).toEqual(stored);
      expect(await feed.of(sessionId)).toHaveLength(told);
    });

    it.each(WRITES)('does not undo what was written since: %s', async (_, write) => {
      const sessionId = await prepared();
      await write(stage.store, sessionId, 'first', 1);
      await write(stage.store, sessionId, 'second', 2);
      const stored = await snapshot(sessionId);
      await write(stage.store, sessionId, 'first', 1);
      expect(await snapshot(sessionId)).toEqual(stored);
    });

    it.each(WRITES)(
      'is IDEMPOTENCY_CONFLICT with another body, and changes nothing: %s',
      async (_, write) => {
        const sessionId = await prepared();
        await write(stage.store, sessionId, 'k', 1);
        const stored = await snapshot(sessionId);
        await expectCode(write(stage.store, sessionId, 'k', 2), 'IDEMPOTENCY_CONFLICT');
        await expectCode(write(stage.neighbour, sessionId, 'k', 2), 'IDEMPOTENCY_CONFLICT');
        expect(await snapshot(sessionId)).toEqual(stored);
        await write(stage.store, sessionId, 'k', 1);
      },
    );

    it.each(WRITES)('has one effect when the repetitions run at the same time: %s', async (name, write) => {
      const sessionId = await prepared();
      const stores = [stage.store, stage.neighbour, stage.store, stage.neighbour];
      const feed = await follow(stage.store);
      await Promise.all(stores.map((store) => write(store, sessionId, 'k', 1)));
      const told = (await feed.of(sessionId)).length;
      await write(stage.store, sessionId, 'other', 2);
      const once = (await feed.of(sessionId)).length - told;
      expect(told).toBe(once);
      expect((await readSession(stage.store, sessionId)).feedback).toHaveLength(
        name === 'addFeedback' ? 2 : 0,
      );
    });

    it.each(WRITES)('is made when the first try was refused: %s', async (_, write) => {
      const sessionId = stage.id();
      await expectCode(write(stage.store, sessionId, 'k', 1), 'SESSION_NOT_FOUND');
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['Hello'], { createIfMissing: {} }));
      const before = await snapshot(sessionId);
      await write(stage.store, sessionId, 'k', 1);
      expect(await snapshot(sessionId)).not.toEqual(before);
    });

    it.each(WRITES)('is a write of its own in another session: %s', async (_, write) => {
      const [one, other] = [await prepared(), await prepared()];
      await write(stage.store, one, 'k', 1);
      const before = await snapshot(other);
      await write(stage.store, other, 'k', 2);
      expect(await snapshot(other)).not.toEqual(before);
    });

    it('keeps one key of several mutations apart', async () => {
      const sessionId = await prepared();
      for (const [, write] of WRITES) await write(stage.store, sessionId, 'shared', 3);
      expect(await readSession(stage.store, sessionId)).toMatchObject({
        metadata: { value: 3 },
        feedback: [{ comment: '3' }],
      });
      expect((await readAgent(stage.store, sessionId, 'a')).state).toEqual({ value: 3 });
      expect(await readMessages(stage.store, sessionId, 'a')).toMatchObject([
        { content: [{ text: '[3]' }], eventLoopMetrics: { custom: 3 } },
      ]);
    });

    it('makes one session: the creation that made it may be repeated, also after other writes', async () => {
      const sessionId = stage.id();
      const feed = await follow(stage.store);
      const creation = aSession(sessionId, { key: 'k', metadata: { a: 1 } });
      await stage.store.createSession(creation);
      await stage.store.changeMetadata(setting(sessionId, { a: 2 }));
      const before = await readSession(stage.store, sessionId);
      await stage.store.createSession({ ...creation, viewerPassword: 'another one', now: at(5) });
      await stage.neighbour.createSession(creation);
      expect(await readSession(stage.store, sessionId)).toEqual(before);
      const created = (await feed.of(sessionId)).filter(({ kind }) => kind === 'session-created');
      expect(created).toHaveLength(1);
    });

    it('is IDEMPOTENCY_CONFLICT for a creation with the same key and another body', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId, { key: 'k', metadata: { a: 1 } }));
      const other = aSession(sessionId, { key: 'k', metadata: { a: 2 } });
      await expectCode(stage.store.createSession(other), 'IDEMPOTENCY_CONFLICT');
      expect((await readSession(stage.store, sessionId)).metadata).toEqual({ a: 1 });
    });

    it('keeps the receipts of many writes', async () => {
      const sessionId = await prepared();
      const writes = Array.from({ length: 40 }, (_, index) =>
        aFeedback(sessionId, 'up', { comment: `${index}` }),
      );
      await Promise.all(writes.map((write) => stage.store.addFeedback(write)));
      await Promise.all(writes.map((write) => stage.store.addFeedback(write)));
      expect((await readSession(stage.store, sessionId)).feedback).toHaveLength(40);
    });
  });
}
