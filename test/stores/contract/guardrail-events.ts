import { describe, expect, it } from 'vitest';
import { receiptOf } from '../../../src/domain/sessions/idempotency.js';
import type { GuardrailEvent } from '../../../src/domain/sessions/model.js';
import type { RecordGuardrailEvent } from '../../../src/domain/sessions/session-store.js';
import { brief, follow } from './feed.js';
import { anAppend, aRedaction, at } from './inputs.js';
import { everyReadOf, expectCode, readMessages, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const EVENT: GuardrailEvent = {
  action: 'INTERVENED',
  timestamp: at(4),
  stopReason: 'guardrail_intervened',
  policiesTriggered: { contentPolicy: ['VIOLENCE/HIGH'] },
  trace: { inputAssessment: { g1: { contentPolicy: { filters: [{ type: 'VIOLENCE' }] } } } },
};

export function guardrailEventSentences(setup: StoreSetup): void {
  describe('a guardrail event without redaction', () => {
    const stage = useStage(setup);
    const prepared = async () => {
      const sessionId = stage.id();
      const messages = await stage.store.appendMessages(
        anAppend(sessionId, 'a', ['zero', 'one'], { createIfMissing: {}, now: at(1) }),
      );
      const input: RecordGuardrailEvent = {
        sessionId,
        agentId: 'a',
        position: 1,
        guardrailEvent: EVENT,
        receipt: receiptOf('recordGuardrailEvent', sessionId, EVENT),
        now: at(4),
      };
      return { sessionId, messages, input };
    };

    it('is on the message and, without its trace, on the session; the message and the dates stay', async () => {
      const { sessionId, messages, input } = await prepared();
      const before = await readSession(stage.store, sessionId);
      const returned = await stage.store.recordGuardrailEvent(input);
      expect(returned).toEqual({ ...messages[1], guardrailEvent: EVENT });
      expect(await readMessages(stage.store, sessionId, 'a')).toEqual([messages[0], returned]);
      const storageId = messages[1]?.storageId;
      const listed = { ...EVENT, trace: null, agentId: 'a', messageId: 1, storageId };
      expect(await readSession(stage.store, sessionId)).toEqual({ ...before, guardrailEvents: [listed] });
    });

    it('repeated with its receipt is one event', async () => {
      const { sessionId, input } = await prepared();
      const first = await stage.store.recordGuardrailEvent(input);
      expect(await stage.store.recordGuardrailEvent(input)).toEqual(first);
      expect((await readSession(stage.store, sessionId))?.guardrailEvents).toHaveLength(1);
      const other = { ...input, receipt: { ...input.receipt, bodyHash: 'b'.repeat(64) } };
      await expectCode(stage.store.recordGuardrailEvent(other), 'IDEMPOTENCY_CONFLICT');
    });

    it('keeps no trace, which may quote what was said, once its message is redacted', async () => {
      const { sessionId, input } = await prepared();
      const { store } = stage;
      await store.recordGuardrailEvent(input);
      const address = { sessionId, agentId: 'a', position: 1 };
      const redacted = await store.redactMessage(aRedaction(address, '[removed]'));
      expect(redacted.guardrailEvent).toEqual({ ...EVENT, trace: null });
      expect(await everyReadOf(store, sessionId)).not.toContain('inputAssessment');
    });

    it('is told as a change of its message', async () => {
      const { sessionId, input } = await prepared();
      const feed = await follow(stage.store);
      await stage.store.recordGuardrailEvent(input);
      expect((await feed.of(sessionId)).map(brief)).toContain('message-updated a 1');
    });

    it('needs a message, an agent and a session', async () => {
      const { input } = await prepared();
      const { store } = stage;
      await expectCode(store.recordGuardrailEvent({ ...input, position: 9 }), 'MESSAGE_NOT_FOUND');
      await expectCode(store.recordGuardrailEvent({ ...input, agentId: 'b' }), 'AGENT_NOT_FOUND');
      await expectCode(store.recordGuardrailEvent({ ...input, sessionId: stage.id() }), 'SESSION_NOT_FOUND');
    });
  });
}
