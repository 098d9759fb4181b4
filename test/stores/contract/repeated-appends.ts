import { describe, expect, it } from 'vitest';
import { anAppend, aRedaction, at, someMetrics } from './inputs.js';
import { everyReadOf, expectCode, readMessages, readSession, textOf } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const createIfMissing = {};

export function repeatedAppendSentences(setup: StoreSetup): void {
  describe('an append that is repeated', () => {
    const stage = useStage(setup);

    it('has one effect and returns the stored messages', async () => {
      const sessionId = stage.id();
      const append = anAppend(sessionId, 'a', ['one', 'two'], { createIfMissing, now: at(1) });
      const first = await stage.store.appendMessages(append);
      const second = await stage.store.appendMessages({ ...append, now: at(9) });
      expect(second).toEqual(first);
      expect(await readMessages(stage.store, sessionId, 'a')).toEqual(first);
      const session = await readSession(stage.store, sessionId);
      expect(session).toMatchObject({ updatedAt: at(1), messageCount: 2 });
    });

    it('has one effect though other messages came between', async () => {
      const sessionId = stage.id();
      const append = anAppend(sessionId, 'a', ['one', 'two'], { createIfMissing });
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['zero'], { createIfMissing }));
      const first = await stage.store.appendMessages(append);
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['three']));
      expect(await stage.store.appendMessages(append)).toEqual(first);
      expect((await readMessages(stage.store, sessionId, 'a')).map(textOf)).toEqual([
        'zero',
        'one',
        'two',
        'three',
      ]);
    });

    it('has one effect when the repetitions run at the same time', async () => {
      const sessionId = stage.id();
      const append = anAppend(sessionId, 'a', ['one', 'two'], { createIfMissing });
      const stores = [stage.store, stage.neighbour];
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, index) => (stores[index % 2] ?? stage.store).appendMessages(append)),
      );
      for (const result of results) expect(result).toEqual(results[0]);
      expect((await readMessages(stage.store, sessionId, 'a')).map(textOf)).toEqual(['one', 'two']);
    });

    it('returns the messages as they are now, with metrics recorded since', async () => {
      const sessionId = stage.id();
      const append = anAppend(sessionId, 'a', ['one'], { createIfMissing });
      await stage.store.appendMessages(append);
      const metrics = { accumulated_metrics: { latencyMs: 2 } };
      await stage.store.recordMetrics(someMetrics({ sessionId, agentId: 'a', position: 0 }, metrics));
      expect(await stage.store.appendMessages(append)).toMatchObject([{ eventLoopMetrics: metrics }]);
    });

    it('returns what replaced a message that was redacted since, and never the original', async () => {
      const sessionId = stage.id();
      const append = anAppend(sessionId, 'a', ['my secret', 'two'], { createIfMissing });
      await stage.store.appendMessages(append);
      await stage.store.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 0 }, '[removed]'));
      const again = await stage.store.appendMessages(append);
      expect(again.map(textOf)).toEqual(['[removed]', 'two']);
      expect(again.map(({ redacted }) => redacted)).toEqual([true, false]);
      expect(await everyReadOf(stage.store, sessionId)).not.toContain('my secret');
    });

    it('takes the same JSON with its keys in another order for the same body', async () => {
      const sessionId = stage.id();
      const use = { toolUseId: 't', name: 'clock', input: { a: 1, b: [{ c: 2, d: 3 }] } };
      const swapped = { input: { b: [{ d: 3, c: 2 }], a: 1 }, name: 'clock', toolUseId: 't' };
      const append = (toolUse: typeof use | typeof swapped) =>
        anAppend(sessionId, 'a', [{ content: [{ toolUse }] }], { key: 'k', createIfMissing });
      await stage.store.appendMessages(append(use));
      expect(await stage.store.appendMessages(append(swapped))).toHaveLength(1);
    });

    it.each([
      ['other text', ['one', 'TWO']],
      ['another role', ['one', { role: 'assistant' as const, content: [{ text: 'two' }] }]],
      ['a further block', ['one', { content: [{ text: 'two' }, { text: 'three' }] }]],
      ['a number for a string', ['one', { content: [{ text: 2 }] }]],
      ['metadata', ['one', { content: [{ text: 'two' }], metadata: { usage: { inputTokens: 1 } } }]],
      ['one message more', ['one', 'two', 'three']],
    ])('is IDEMPOTENCY_CONFLICT with %s, and changes nothing', async (_, said) => {
      const sessionId = stage.id();
      const key = 'the same key';
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['one', 'two'], { key, createIfMissing }));
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['later'], { now: at(1) }));
      const before = await readMessages(stage.store, sessionId, 'a');
      const repeated = stage.store.appendMessages(anAppend(sessionId, 'a', said, { key, createIfMissing }));
      await expectCode(repeated, 'IDEMPOTENCY_CONFLICT');
      expect(await readMessages(stage.store, sessionId, 'a')).toEqual(before);
    });

    it('with fewer messages writes nothing: it is IDEMPOTENCY_CONFLICT, or returns those that are equal', async () => {
      const sessionId = stage.id();
      const key = 'the same key';
      const stored = await stage.store.appendMessages(
        anAppend(sessionId, 'a', ['one', 'two'], { key, createIfMissing }),
      );
      const outcome = await stage.store
        .appendMessages(anAppend(sessionId, 'a', ['one'], { key }))
        .catch((error: { code?: string }) => error.code);
      expect([stored.slice(0, 1), 'IDEMPOTENCY_CONFLICT']).toContainEqual(outcome);
      expect(await readMessages(stage.store, sessionId, 'a')).toEqual(stored);
    });

    it('is a write of its own in another agent or another session', async () => {
      const [sessionId, other] = [stage.id(), stage.id()];
      const key = 'shared';
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['one'], { key, createIfMissing }));
      await stage.store.appendMessages(anAppend(sessionId, 'b', ['another'], { key, createIfMissing }));
      await stage.store.appendMessages(anAppend(other, 'a', ['a third'], { key, createIfMissing }));
      expect((await readMessages(stage.store, sessionId, 'b')).map(textOf)).toEqual(['another']);
      expect((await readMessages(stage.store, other, 'a')).map(textOf)).toEqual(['a third']);
    });

    it('is made when the first try was refused', async () => {
      const sessionId = stage.id();
      const append = anAppend(sessionId, 'a', ['one']);
      await expectCode(stage.store.appendMessages(append), 'SESSION_NOT_FOUND');
      const created = anAppend(sessionId, 'b', ['zero'], { createIfMissing });
      await stage.store.appendMessages(created);
      await expectCode(stage.store.appendMessages(append), 'AGENT_NOT_FOUND');
      await stage.store.appendMessages({ ...append, createIfMissing: created.createIfMissing });
      expect((await readMessages(stage.store, sessionId, 'a')).map(textOf)).toEqual(['one']);
    });
  });
}
