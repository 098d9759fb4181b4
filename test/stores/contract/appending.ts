import { describe, expect, it } from 'vitest';
import { anAgent, anAppend, aRedaction, aSession, at } from './inputs.js';
import { expectCode, readAgent, readAgents, readMessages, readSession, textOf } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

export function appendingSentences(setup: StoreSetup): void {
  describe('appending messages', () => {
    const stage = useStage(setup);
    const newAgent = async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      await stage.store.upsertAgent(anAgent(sessionId, 'a'));
      return sessionId;
    };

    it('returns the messages as every later read shows them', async () => {
      const sessionId = await newAgent();
      const metadata = {
        usage: { inputTokens: 3, outputTokens: 4, totalTokens: 7 },
        metrics: { latencyMs: 1.5 },
      };
      const append = anAppend(
        sessionId,
        'a',
        [
          { role: 'user', content: [{ text: 'Hello' }] },
          { role: 'assistant', content: [{ text: 'Hi!' }, { cachePoint: { type: 'default' } }], metadata },
        ],
        { now: at(2) },
      );
      const returned = await stage.store.appendMessages(append);
      const common = {
        sessionId,
        agentId: 'a',
        redacted: false,
        createdAt: at(2),
        updatedAt: at(2),
        eventLoopMetrics: null,
        guardrailEvent: null,
        supersedes: [],
      };
      expect(returned).toEqual(
        append.messages.map((message, index) => ({
          ...common,
          position: index,
          messageId: index,
          role: message.role,
          content: message.content,
          metadata: message.metadata ?? null,
          clientId: null,
          trackingId: null,
          // A store may keep the identity elsewhere.
          storageId: returned[index]?.storageId,
        })),
      );
      expect(await readMessages(stage.store, sessionId, 'a')).toEqual(returned);
    });

    it('numbers the messages of an agent from 0, one up from the highest, at their position', async () => {
      const sessionId = await newAgent();
      for (const said of [['0'], ['1', '2', '3'], ['4'], ['5', '6']]) {
        await stage.store.appendMessages(anAppend(sessionId, 'a', said));
      }
      const messages = await readMessages(stage.store, sessionId, 'a');
      expect(messages.map(({ messageId }) => messageId)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(messages.map(({ position }) => position)).toEqual([0, 1, 2, 3, 4, 5, 6]);
      expect(messages.map(textOf)).toEqual(['0', '1', '2', '3', '4', '5', '6']);
    });

    it('numbers each agent for itself', async () => {
      const sessionId = await newAgent();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['a0', 'a1']));
      const [first] = await stage.store.appendMessages(
        anAppend(sessionId, 'b', ['b0'], { createIfMissing: {} }),
      );
      const [third] = await stage.store.appendMessages(anAppend(sessionId, 'a', ['a2']));
      expect([first?.messageId, third?.messageId]).toEqual([0, 2]);
    });

    it('goes on counting after a redaction', async () => {
      const sessionId = await newAgent();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['0', '1']));
      await stage.store.redactMessage(aRedaction({ sessionId, agentId: 'a', position: 1 }, '[removed]'));
      const [next] = await stage.store.appendMessages(anAppend(sessionId, 'a', ['2']));
      expect(next).toMatchObject({ messageId: 2, position: 2 });
    });

    it('moves updatedAt of agent and session', async () => {
      const sessionId = await newAgent();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['Hello'], { now: at(6) }));
      expect(await readSession(stage.store, sessionId)).toMatchObject({ createdAt: at(0), updatedAt: at(6) });
      expect(await readAgent(stage.store, sessionId, 'a')).toMatchObject({
        createdAt: at(0),
        updatedAt: at(6),
        messageCount: 1,
      });
    });

    it('gives no message an earlier createdAt than the one before it, though the clock goes back', async () => {
      const sessionId = await newAgent();
      for (const minute of [5, 3, 8, 1]) {
        await stage.store.appendMessages(anAppend(sessionId, 'a', ['x', 'y'], { now: at(minute) }));
      }
      const dates = (await readMessages(stage.store, sessionId, 'a')).map(({ createdAt }) => createdAt);
      expect(dates).toEqual([5, 5, 5, 5, 8, 8, 8, 8].map(at));
      expect((await readSession(stage.store, sessionId)).updatedAt).toEqual(at(8));
      expect((await readAgent(stage.store, sessionId, 'a')).updatedAt).toEqual(at(8));
    });

    it('counts the messages of every agent for the session', async () => {
      const sessionId = await newAgent();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['1', '2', '3']));
      await stage.store.appendMessages(anAppend(sessionId, 'b', ['1', '2'], { createIfMissing: {} }));
      const agents = await readAgents(stage.store, sessionId);
      expect(agents.map(({ messageCount }) => messageCount)).toEqual([3, 2]);
      expect((await readSession(stage.store, sessionId)).messageCount).toBe(5);
    });

    it('refuses a missing session with SESSION_NOT_FOUND and makes none', async () => {
      const sessionId = stage.id();
      await expectCode(stage.store.appendMessages(anAppend(sessionId, 'a', ['Hi'])), 'SESSION_NOT_FOUND');
      expect(await stage.store.loadSessions([sessionId])).toEqual([null]);
    });

    it('refuses a missing agent with AGENT_NOT_FOUND and leaves no half-built one behind', async () => {
      const sessionId = await newAgent();
      const refused = stage.store.appendMessages(anAppend(sessionId, 'b', ['Hi'], { now: at(7) }));
      await expectCode(refused, 'AGENT_NOT_FOUND');
      expect((await readAgents(stage.store, sessionId)).map(({ agentId }) => agentId)).toEqual(['a']);
      expect((await readSession(stage.store, sessionId)).updatedAt).toEqual(at(0));
    });

    it('makes session and agent with createIfMissing, as it is told to', async () => {
      const sessionId = stage.id();
      const createIfMissing = {
        applicationName: 'demo',
        sessionType: 'CHAT',
        metadata: { user: { id: 'bob' } },
      };
      await stage.store.appendMessages(
        anAppend(sessionId, 'a', ['Hi', 'Ho'], { createIfMissing, now: at(4) }),
      );
      expect(await readSession(stage.store, sessionId)).toMatchObject({
        ...createIfMissing,
        createdAt: at(4),
        updatedAt: at(4),
        messageCount: 2,
      });
      expect(await readAgent(stage.store, sessionId, 'a')).toMatchObject({
        state: {},
        conversationManagerState: { __name__: 'SlidingWindowConversationManager', removed_message_count: 0 },
        createdAt: at(4),
        messageCount: 2,
      });
    });

    it('makes an agent alone where it may not make the session', async () => {
      const sessionId = stage.id();
      const append = (agentId: string, text: string) =>
        stage.store.appendMessages(anAppend(sessionId, agentId, [text], { createIfMissing: 'agent' }));
      await expectCode(append('a', 'too early'), 'SESSION_NOT_FOUND');
      expect(await stage.store.loadSessions([sessionId])).toEqual([null]);
      await stage.store.createSession(aSession(sessionId));
      await append('a', 'one');
      await append('a', 'two');
      expect((await readMessages(stage.store, sessionId, 'a')).map(textOf)).toEqual(['one', 'two']);
      await stage.store.deleteSession(sessionId, at(1));
      await expectCode(append('a', 'too late'), 'SESSION_NOT_FOUND');
      await expectCode(append('b', 'too late'), 'SESSION_NOT_FOUND');
      expect(await stage.store.loadSessions([sessionId])).toEqual([null]);
    });

    it('makes a session for whoever of many at once may, and refuses the others until then', async () => {
      const sessionId = stage.id();
      const made = stage.store.appendMessages(anAppend(sessionId, 'a', ['made'], { createIfMissing: {} }));
      const tried = await Promise.allSettled(
        [1, 2, 3].map((n) =>
          stage.store.appendMessages(anAppend(sessionId, 'a', [`${n}`], { createIfMissing: 'agent' })),
        ),
      );
      await made;
      const stored = (await readMessages(stage.store, sessionId, 'a')).map(textOf);
      const written = tried.flatMap(({ status }, index) => (status === 'fulfilled' ? [`${index + 1}`] : []));
      expect([...stored].sort()).toEqual([...written, 'made'].sort());
      for (const one of tried) {
        if (one.status === 'rejected') expect(one.reason).toMatchObject({ code: 'SESSION_NOT_FOUND' });
      }
    });

    it('leaves a session and an agent that are there as they are with createIfMissing', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId, { applicationName: 'mine', metadata: { a: 1 } }));
      const createIfMissing = { applicationName: 'other', metadata: { b: 2 } };
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { state: { kept: true } }));
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['1'], { createIfMissing, now: at(2) }));
      await stage.store.appendMessages(anAppend(sessionId, 'b', ['1'], { createIfMissing, now: at(3) }));
      expect(await readSession(stage.store, sessionId)).toMatchObject({
        applicationName: 'mine',
        metadata: { a: 1 },
        createdAt: at(0),
        messageCount: 2,
      });
      expect(await readAgent(stage.store, sessionId, 'a')).toMatchObject({
        state: { kept: true },
        createdAt: at(0),
      });
      expect(await readAgent(stage.store, sessionId, 'b')).toMatchObject({
        createdAt: at(3),
        messageCount: 1,
      });
    });

    it('keeps an append of 17 MB whole, or refuses it with DOCUMENT_TOO_LARGE and keeps nothing of it', async () => {
      const sessionId = await newAgent();
      const large = ['x'.repeat(8.5e6), 'y'.repeat(8.5e6)];
      const outcome = await stage.store.appendMessages(anAppend(sessionId, 'a', large)).then(
        (messages) => messages.length,
        (error: { code?: string }) => error.code,
      );
      const { messageCount } = await readAgent(stage.store, sessionId, 'a');
      expect([outcome, messageCount]).toEqual(outcome === 2 ? [2, 2] : ['DOCUMENT_TOO_LARGE', 0]);
    });
  });
}
