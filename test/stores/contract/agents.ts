import { describe, expect, it } from 'vitest';
import { MAX_AGENTS } from '../../../src/domain/sessions/session-bounds.js';
import { anAgent, anAppend, aReply, aSession, at } from './inputs.js';
import { expectCode, expectJson, readAgent, readAgents, readMessages, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

export function agentSentences(setup: StoreSetup): void {
  describe('agents', () => {
    const stage = useStage(setup);
    const newSession = async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      return sessionId;
    };

    it('makes an agent that a Python agent can be restored from, though no field was given', async () => {
      const sessionId = await newSession();
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { now: at(3) }));
      expect(await readAgent(stage.store, sessionId, 'a')).toEqual({
        sessionId,
        agentId: 'a',
        model: null,
        systemPrompt: null,
        promptMetadata: null,
        state: {},
        conversationManagerState: {
          __name__: 'SlidingWindowConversationManager',
          removed_message_count: 0,
          model_call_count: 0,
        },
        createdAt: at(3),
        updatedAt: at(3),
        messageCount: 0,
      });
    });

    it('are so many in a session at most, in whichever way they would be made, and those go on', async () => {
      const sessionId = await newSession();
      const { store, opened } = stage;
      await stage.putAgents(
        sessionId,
        Array.from({ length: MAX_AGENTS - 1 }, (_, n) => `a${n}`),
      );
      await store.upsertAgent(anAgent(sessionId, 'last'));
      await expectCode(store.upsertAgent(anAgent(sessionId, 'more')), 'DOCUMENT_TOO_LARGE');
      const append = anAppend(sessionId, 'more', ['hello'], { createIfMissing: 'agent' });
      await expectCode(store.appendMessages(append), 'DOCUMENT_TOO_LARGE');
      const start = aReply(sessionId, 'more', 'one-more', { createIfMissing: 'agent' });
      await expectCode(opened.replies.start(start), 'DOCUMENT_TOO_LARGE');
      await store.upsertAgent(anAgent(sessionId, 'a7', { model: 'm' }));
      await store.appendMessages(anAppend(sessionId, 'last', ['hello']));
      expect((await readAgents(store, sessionId)).length).toBe(MAX_AGENTS);
    });

    it('reads every field of an agent back as it was given', async () => {
      const sessionId = await newSession();
      const fields = {
        model: 'model-1',
        systemPrompt: 'Be kind.',
        promptMetadata: { prompt_id: 'p', temperature: 0.2 },
        state: { cart: [1, 'two', { three: null }], 'a.b': 1, '': 'empty' },
        conversationManagerState: { __name__: 'SummarizingConversationManager', removed_message_count: 4 },
      };
      await stage.store.upsertAgent(anAgent(sessionId, 'a', fields));
      expect(await readAgent(stage.store, sessionId, 'a')).toMatchObject(fields);
    });

    it('changes the fields that are given, whole, and no other', async () => {
      const sessionId = await newSession();
      const first = {
        model: 'm',
        systemPrompt: 's',
        promptMetadata: { prompt_id: 'p' },
        state: { a: 1, b: 2 },
      };
      await stage.store.upsertAgent(anAgent(sessionId, 'a', first));
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { state: { b: 3 }, model: 'n', now: at(9) }));
      const agent = await readAgent(stage.store, sessionId, 'a');
      expect(agent).toMatchObject({ ...first, model: 'n', state: {}, createdAt: at(0) });
      expect(agent.state).toEqual({ b: 3 });
    });

    it('removes a field that is given as null', async () => {
      const sessionId = await newSession();
      const fields = { model: 'm', systemPrompt: 's', promptMetadata: { prompt_id: 'p' } };
      await stage.store.upsertAgent(anAgent(sessionId, 'a', fields));
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { model: null, promptMetadata: null }));
      const agent = await readAgent(stage.store, sessionId, 'a');
      expect(agent).toMatchObject({ model: null, systemPrompt: 's', promptMetadata: null });
    });

    it('leaves the messages alone when it changes their agent', async () => {
      const sessionId = await newSession();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['one', 'two'], { createIfMissing: {} }));
      const before = await readMessages(stage.store, sessionId, 'a');
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { state: { a: 1 }, model: null, now: at(2) }));
      expect(await readMessages(stage.store, sessionId, 'a')).toEqual(before);
    });

    it('refuses an agent of a missing session with SESSION_NOT_FOUND and makes neither', async () => {
      const sessionId = stage.id();
      await expectCode(stage.store.upsertAgent(anAgent(sessionId, 'a', { model: 'm' })), 'SESSION_NOT_FOUND');
      expect(await stage.store.loadSessions([sessionId])).toEqual([null]);
    });

    it('lists the agents in the order in which they were made, whatever their names', async () => {
      const sessionId = await newSession();
      const names = [
        '10',
        '2',
        'a',
        'constructor',
        '__proto__',
        'a$b',
        'é',
        "o'1",
        '1e3',
        '-1',
        'toString',
        '0',
      ];
      for (const [index, name] of names.entries()) {
        if (index % 2) await stage.store.upsertAgent(anAgent(sessionId, name, { model: name }));
        else await stage.store.appendMessages(anAppend(sessionId, name, [name], { createIfMissing: {} }));
      }
      await stage.store.upsertAgent(anAgent(sessionId, '10', { model: 'changed' }));
      await stage.store.appendMessages(anAppend(sessionId, '__proto__', ['Hello']));

      expect((await readAgents(stage.store, sessionId)).map(({ agentId }) => agentId)).toEqual(names);
      const messages = await readMessages(stage.store, sessionId, '__proto__');
      expect(messages.map(({ agentId, messageId }) => [agentId, messageId])).toEqual([
        ['__proto__', 0],
        ['__proto__', 1],
      ]);
      expect((await readSession(stage.store, sessionId)).messageCount).toBe(7);
    });

    it('has no agent under a name that only JavaScript objects know', async () => {
      const sessionId = await newSession();
      for (const agentId of ['constructor', '__proto__', 'toString', 'length']) {
        await expectCode(stage.store.appendMessages(anAppend(sessionId, agentId, ['Hi'])), 'AGENT_NOT_FOUND');
        expect(await stage.store.loadMessages([{ sessionId, agentId, position: 0 }])).toEqual([null]);
      }
      expect(await readAgents(stage.store, sessionId)).toEqual([]);
    });

    it('keeps state keys such as __proto__ as data', async () => {
      const sessionId = await newSession();
      const state = JSON.parse('{"__proto__": {"polluted": true}, "constructor": [{"__proto__": 1}]}');
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { state }));
      expectJson((await readAgent(stage.store, sessionId, 'a')).state, state);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    });

    it('moves updatedAt of agent and session when an agent is made and when its content changes', async () => {
      const sessionId = await newSession();
      const { store } = stage;
      await store.upsertAgent(anAgent(sessionId, 'a', { model: 'm', now: at(1) }));
      expect((await readSession(store, sessionId)).updatedAt).toEqual(at(1));
      await store.upsertAgent(anAgent(sessionId, 'a', { state: { a: 1 }, now: at(2) }));
      expect((await readSession(store, sessionId)).updatedAt).toEqual(at(2));
      expect((await readAgent(store, sessionId, 'a')).updatedAt).toEqual(at(2));
      const conversationManagerState = {
        __name__: 'SlidingWindowConversationManager',
        removed_message_count: 1,
      };
      await store.upsertAgent(anAgent(sessionId, 'a', { conversationManagerState, now: at(3) }));
      expect((await readSession(store, sessionId)).updatedAt).toEqual(at(3));
      expect((await readSession(store, sessionId)).createdAt).toEqual(at(0));
    });

    it('does not move updatedAt of the session when the configuration of an agent changes', async () => {
      const sessionId = await newSession();
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { now: at(1) }));
      const fields = { model: 'm', systemPrompt: 's', promptMetadata: { prompt_id: 'p' } };
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { ...fields, now: at(5) }));
      expect((await readSession(stage.store, sessionId)).updatedAt).toEqual(at(1));
    });

    it('never moves updatedAt back', async () => {
      const sessionId = await newSession();
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { now: at(9) }));
      await stage.store.upsertAgent(anAgent(sessionId, 'a', { state: { a: 1 }, now: at(4) }));
      expect((await readSession(stage.store, sessionId)).updatedAt).toEqual(at(9));
      const agent = await readAgent(stage.store, sessionId, 'a');
      expect(agent).toMatchObject({ updatedAt: at(9), state: { a: 1 } });
    });
  });
}
