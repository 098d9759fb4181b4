import { describe, expect, it } from 'vitest';
import { anAgent, anAppend, aSession, at, someMetrics } from './inputs.js';
import { expectCode, expectJson, keyOf, readAgent, readMessages, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const METRICS = {
  accumulated_usage: { inputTokens: 10, outputTokens: 15, totalTokens: 25, cacheReadInputTokens: 2 },
  accumulated_metrics: { latencyMs: 250, timeToFirstByteMs: 12.5 },
  cycle_metrics: { cycle_count: 1, total_duration: 0.25, average_cycle_time: 0.25 },
  tool_usage: { clock: { call_count: 1, total_time: 0 }, 'a.b': { call_count: 2 } },
};

export function metricsSentences(setup: StoreSetup): void {
  describe('metrics', () => {
    const stage = useStage(setup);
    const prepared = async (said: Parameters<typeof anAppend>[2] = ['zero', 'one']) => {
      const sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', said, { createIfMissing: {}, now: at(1) }));
      return { sessionId, agentId: 'a', position: 1 };
    };

    it('records metrics on a message and returns it as every later read shows it', async () => {
      const address = await prepared();
      const [zero, one] = await readMessages(stage.store, address.sessionId, 'a');
      const returned = await stage.store.recordMetrics(someMetrics(address, METRICS));
      expect(returned).toEqual({ ...one, eventLoopMetrics: METRICS });
      expect(await readMessages(stage.store, address.sessionId, 'a')).toEqual([zero, returned]);
    });

    it('replaces earlier metrics whole', async () => {
      const address = await prepared();
      await stage.store.recordMetrics(someMetrics(address, METRICS));
      const later = { accumulated_metrics: { latencyMs: 1 } };
      const { eventLoopMetrics } = await stage.store.recordMetrics(someMetrics(address, later));
      expect(eventLoopMetrics).toEqual(later);
    });

    it('finds the message by identity and by number, too', async () => {
      const { sessionId, agentId } = await prepared();
      const [zero] = await readMessages(stage.store, sessionId, agentId);
      const byIdentity = someMetrics({ sessionId, agentId, ...keyOf(zero) }, { custom: 1 });
      const byNumber = someMetrics({ sessionId, agentId, messageId: 1 }, { custom: 2 });
      expect(await stage.store.recordMetrics(byIdentity)).toMatchObject({
        position: 0,
        eventLoopMetrics: { custom: 1 },
      });
      expect(await stage.store.recordMetrics(byNumber)).toMatchObject({
        position: 1,
        eventLoopMetrics: { custom: 2 },
      });
    });

    it('moves no updatedAt', async () => {
      const address = await prepared();
      const { updatedAt } = await stage.store.recordMetrics(someMetrics(address, METRICS, { now: at(9) }));
      expect(updatedAt).toEqual(at(1));
      expect((await readAgent(stage.store, address.sessionId, 'a')).updatedAt).toEqual(at(1));
      expect((await readSession(stage.store, address.sessionId)).updatedAt).toEqual(at(1));
    });

    it('repeated, returns the message as it is now', async () => {
      const address = await prepared();
      const first = someMetrics(address, { custom: 1 });
      await stage.store.recordMetrics(first);
      const second = await stage.store.recordMetrics(someMetrics(address, { custom: 2 }));
      expect(await stage.store.recordMetrics(first)).toEqual(second);
    });

    it('keeps keys of metrics such as __proto__ as data', async () => {
      const address = await prepared();
      const metrics = JSON.parse(
        '{"tool_usage": {"__proto__": {"call_count": 1}, "constructor": {"call_count": 2}}}',
      );
      await stage.store.recordMetrics(someMetrics(address, metrics));
      const [message] = await stage.store.loadMessages([address]);
      expectJson(message?.eventLoopMetrics, metrics);
    });

    it('says what is missing: the session, the agent or the message', async () => {
      const { sessionId } = await prepared();
      const empty = stage.id();
      await stage.store.createSession(aSession(empty));
      await stage.store.upsertAgent(anAgent(empty, 'a'));
      const record = (id: string, agentId: string, key: { position: number } | { storageId: string }) =>
        stage.store.recordMetrics(someMetrics({ sessionId: id, agentId, ...key }, METRICS));
      await expectCode(record(stage.id(), 'a', { position: 0 }), 'SESSION_NOT_FOUND');
      await expectCode(record(sessionId, 'b', { position: 0 }), 'AGENT_NOT_FOUND');
      await expectCode(record(sessionId, 'a', { position: 2 }), 'MESSAGE_NOT_FOUND');
      await expectCode(record(sessionId, 'a', { storageId: '0'.repeat(32) }), 'MESSAGE_NOT_FOUND');
      await expectCode(record(empty, 'a', { position: 0 }), 'MESSAGE_NOT_FOUND');
      expect(await readMessages(stage.store, empty, 'a')).toEqual([]);
      expect(await readMessages(stage.store, sessionId, 'a')).toHaveLength(2);
    });
  });
}
