import { describe, expect, it } from 'vitest';
import type { GuardrailEvent } from '../../../src/domain/sessions/model.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { follow } from './feed.js';
import { anAgent, anAppend, aRedaction, aSession, at, someMetrics } from './inputs.js';
import {
  everyReadOf,
  expectCode,
  keyOf,
  readAgent,
  readMessages,
  readSession,
  textOf,
  usageIn,
} from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const SECRET = 'the secret word is xyzzy-4711';
const EVENT: GuardrailEvent = {
  action: 'INTERVENED',
  timestamp: at(4),
  stopReason: 'guardrail_intervened',
  policiesTriggered: { contentPolicy: ['VIOLENCE/HIGH'] },
  trace: { inputAssessment: { g1: { contentPolicy: { filters: [{ type: 'VIOLENCE' }] } } } },
};

export function redactionSentences(setup: StoreSetup): void {
  describe('redaction', () => {
    const stage = useStage(setup);
    const prepared = async () => {
      const sessionId = stage.id();
      const said = ['zero', SECRET, 'two'];
      const messages = await stage.store.appendMessages(
        anAppend(sessionId, 'a', said, { createIfMissing: {}, now: at(1) }),
      );
      return { sessionId, messages, address: { sessionId, agentId: 'a', position: 1 } };
    };

    it('puts the replacement in the place of the content and returns the message as it is now', async () => {
      const { sessionId, messages, address } = await prepared();
      const redaction = aRedaction(address, '[removed]', { role: 'assistant', now: at(4) });
      const returned = await stage.store.redactMessage(redaction);
      expect(returned).toEqual({
        ...messages[1],
        role: 'assistant',
        content: [{ text: '[removed]' }],
        redacted: true,
        updatedAt: at(4),
      });
      expect(await readMessages(stage.store, sessionId, 'a')).toEqual([messages[0], returned, messages[2]]);
    });

    it('shows the original in no read any more', async () => {
      const { sessionId, address, messages } = await prepared();
      const { store } = stage;
      expect(await everyReadOf(store, sessionId)).toContain('xyzzy');
      await store.redactMessage(aRedaction(address, '[removed]', { guardrailEvent: EVENT }));
      const keys = [{ position: 1 }, { messageId: 1 }, keyOf(messages[1])];
      const byAnyKey = await store.loadMessages(keys.map((key) => ({ sessionId, agentId: 'a', ...key })));
      expect(byAnyKey.map(textOf)).toEqual(['[removed]', '[removed]', '[removed]']);
      expect(await everyReadOf(store, sessionId)).not.toContain('xyzzy');
      expect(await everyReadOf(stage.neighbour, sessionId)).not.toContain('xyzzy');
    });

    it('shows the original in no event, not even in the history of the time before', async () => {
      const feed = await follow(stage.store);
      const { sessionId, address } = await prepared();
      await stage.store.redactMessage(aRedaction(address, '[removed]'));
      const changes = await feed.of(sessionId);
      const until = changes.at(-1)?.position ?? '';
      const past = await stage.store.history({ sessionId, after: feed.start, until, limit: 100 });
      expect(past.changes.length).toBeGreaterThan(0);
      expect(JSON.stringify([feed.seen, past])).not.toContain('xyzzy');
    });

    it('keeps identity, number, createdAt and metrics of the message', async () => {
      const { address, messages } = await prepared();
      const metrics = { accumulated_usage: { inputTokens: 5, outputTokens: 6, totalTokens: 11 } };
      await stage.store.recordMetrics(someMetrics(address, metrics));
      const { storageId, messageId, createdAt, position } = messages[1] ?? {};
      const kept = { storageId, messageId, createdAt, position, eventLoopMetrics: metrics };
      expect(await stage.store.redactMessage(aRedaction(address, '[removed]', { now: at(8) }))).toMatchObject(
        kept,
      );
    });

    it('leaves of what stands beside the content the numbers of usage and metrics alone', async () => {
      const { store } = stage;
      const sessionId = stage.id();
      const usage = { inputTokens: 3, details: { cached: 1, by: SECRET }, parts: [{ n: 2, of: SECRET }] };
      const said = {
        content: [{ text: SECRET }],
        metadata: { usage, metrics: { latencyMs: 5 }, note: SECRET },
      };
      await store.appendMessages(
        anAppend(
          sessionId,
          'a',
          [said, { content: [{ text: SECRET }], metadata: { [SECRET]: { a: SECRET } } }],
          {
            createIfMissing: {},
          },
        ),
      );
      const redactions = [0, 1].map((position) => aRedaction({ sessionId, agentId: 'a', position }, '-'));
      const [first, second] = await Promise.all(redactions.map((one) => store.redactMessage(one)));
      expect(first?.metadata).toEqual({
        usage: { inputTokens: 3, details: { cached: 1 }, parts: [{ n: 2 }] },
        metrics: { latencyMs: 5 },
      });
      expect(second?.metadata).toBeNull();
      expect(await everyReadOf(stage.neighbour, sessionId)).not.toContain('xyzzy');
      expect(await usageIn(store, { sessionId, agentId: 'a' })).toMatchObject({ inputTokens: 3 });
    });

    it('moves updatedAt of message, agent and session, never back', async () => {
      const { sessionId, address } = await prepared();
      const dates = async (store: SessionStore) => [
        (await store.loadMessages([address]))[0]?.updatedAt,
        (await readAgent(store, sessionId, 'a')).updatedAt,
        (await readSession(store, sessionId)).updatedAt,
      ];
      await stage.store.redactMessage(aRedaction(address, '[removed]', { now: at(6) }));
      expect(await dates(stage.store)).toEqual([at(6), at(6), at(6)]);
      await stage.store.redactMessage(aRedaction(address, '[removed again]', { now: at(2) }));
      expect(await dates(stage.store)).toEqual([at(6), at(6), at(6)]);
    });

    it('may replace a replacement', async () => {
      const { sessionId, address } = await prepared();
      await stage.store.redactMessage(aRedaction(address, 'first try xyzzy'));
      await stage.store.redactMessage(aRedaction(address, '[removed]'));
      expect((await readMessages(stage.store, sessionId, 'a')).map(textOf)).toEqual([
        'zero',
        '[removed]',
        'two',
      ]);
      expect(await everyReadOf(stage.store, sessionId)).not.toContain('xyzzy');
    });

    it('finds the message by identity and by number, too', async () => {
      const { sessionId, messages } = await prepared();
      const named = { sessionId, agentId: 'a', ...keyOf(messages[0]) };
      await stage.store.redactMessage(aRedaction(named, '[by identity]'));
      await stage.store.redactMessage(aRedaction({ sessionId, agentId: 'a', messageId: 2 }, '[by number]'));
      const texts = (await readMessages(stage.store, sessionId, 'a')).map(textOf);
      expect(texts).toEqual(['[by identity]', SECRET, '[by number]']);
    });

    it('puts the guardrail event on the message, and without its trace on the session', async () => {
      const { sessionId, address, messages } = await prepared();
      const redaction = aRedaction(address, '[removed]', { guardrailEvent: EVENT });
      expect((await stage.store.redactMessage(redaction)).guardrailEvent).toEqual(EVENT);
      const { guardrailEvents } = await readSession(stage.store, sessionId);
      const storageId = messages[1]?.storageId;
      expect(guardrailEvents).toEqual([{ ...EVENT, trace: null, agentId: 'a', messageId: 1, storageId }]);
    });

    it('lists the guardrail events of a session in the order of the redactions', async () => {
      const { sessionId, address } = await prepared();
      const bare = { stopReason: null, policiesTriggered: null, trace: null, timestamp: at(4) };
      for (const [position, action] of [[2, 'LAST'] as const, [0, 'FIRST'] as const]) {
        const guardrailEvent = { ...bare, action };
        await stage.store.redactMessage(aRedaction({ ...address, position }, '-', { guardrailEvent }));
      }
      const { guardrailEvents } = await readSession(stage.store, sessionId);
      expect(guardrailEvents.map(({ action, messageId }) => [action, messageId])).toEqual([
        ['LAST', 2],
        ['FIRST', 0],
      ]);
    });

    it('says what is missing: the session, the agent or the message', async () => {
      const { sessionId } = await prepared();
      const empty = stage.id();
      await stage.store.createSession(aSession(empty));
      await stage.store.upsertAgent(anAgent(empty, 'a'));
      const redact = (id: string, agentId: string, position: number) =>
        stage.store.redactMessage(aRedaction({ sessionId: id, agentId, position }, '-'));
      await expectCode(redact(stage.id(), 'a', 0), 'SESSION_NOT_FOUND');
      await expectCode(redact(sessionId, 'b', 0), 'AGENT_NOT_FOUND');
      await expectCode(redact(sessionId, '__proto__', 0), 'AGENT_NOT_FOUND');
      await expectCode(redact(sessionId, 'a', 3), 'MESSAGE_NOT_FOUND');
      await expectCode(redact(empty, 'a', 0), 'MESSAGE_NOT_FOUND');
    });

    it('leaves no guardrail event where there was nothing to redact', async () => {
      const { sessionId, address } = await prepared();
      const redaction = aRedaction({ ...address, position: 9 }, '-', { guardrailEvent: EVENT });
      await expectCode(stage.store.redactMessage(redaction), 'MESSAGE_NOT_FOUND');
      expect(await readSession(stage.store, sessionId)).toMatchObject({
        guardrailEvents: [],
        updatedAt: at(1),
      });
      expect(await readMessages(stage.store, sessionId, 'a')).toHaveLength(3);
    });
  });
}
