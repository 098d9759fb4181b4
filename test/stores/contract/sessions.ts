import { describe, expect, it } from 'vitest';
import { aFeedback, anAgent, anAppend, aSession, at, setting, VIEWER_PASSWORD } from './inputs.js';
import { everyReadOf, expectCode, expectJson, readAgents, readMessages, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

export function sessionSentences(setup: StoreSetup): void {
  describe('sessions', () => {
    const stage = useStage(setup);

    it('reads a new session back as it was created', async () => {
      const sessionId = stage.id();
      const metadata = { user: { id: 'alice', age: 7.5 }, tags: ['a', null, false], note: '' };
      const input = aSession(sessionId, {
        sessionType: 'CHAT',
        applicationName: 'demo',
        metadata,
        now: at(1),
      });
      await stage.store.createSession(input);
      expect(await readSession(stage.store, sessionId)).toEqual({
        sessionId,
        sessionType: 'CHAT',
        applicationName: 'demo',
        createdAt: at(1),
        updatedAt: at(1),
        metadata,
        feedback: [],
        guardrailEvents: [],
        messageCount: 0,
      });
      expect(await readAgents(stage.store, sessionId)).toEqual([]);
    });

    it('keeps any text as a session id, an application name and a session type', async () => {
      const ids = [
        'a.b',
        '$a',
        '__proto__',
        'constructor',
        '10',
        "it's",
        '"q"',
        'ünï😀',
        'a%_*[x]',
        ' ',
        '\\',
        '\n',
      ];
      for (const sessionId of ids) {
        await stage.store.createSession(
          aSession(sessionId, { applicationName: sessionId, sessionType: sessionId }),
        );
      }
      const found = await stage.store.loadSessions(ids);
      expect(found.map((session) => session?.sessionId)).toEqual(ids);
      expect(found.map((session) => session?.applicationName)).toEqual(ids);
      expect(found.map((session) => session?.sessionType)).toEqual(ids);
    });

    it('tells ids apart that differ in case, accents or trailing blanks alone', async () => {
      const ids = ['case', 'Case', 'cäse', 'ca\u0308se', 'case '];
      for (const sessionId of ids) await stage.store.createSession(aSession(sessionId));
      const found = await stage.store.loadSessions(ids);
      expect(found.map((session) => session?.sessionId)).toEqual(ids);
    });

    it('keeps metadata keys such as __proto__ and constructor as data', async () => {
      const sessionId = stage.id();
      const metadata = JSON.parse(
        '{"__proto__": {"polluted": true}, "constructor": {"prototype": 1}, "toString": "x"}',
      );
      await stage.store.createSession(aSession(sessionId, { metadata }));
      expectJson((await readSession(stage.store, sessionId)).metadata, metadata);
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
    });

    it('refuses an id that is taken with SESSION_EXISTS and leaves what is there', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId, { metadata: { first: true } }));
      const before = await readSession(stage.store, sessionId);
      await expectCode(stage.store.createSession(aSession(sessionId, { now: at(5) })), 'SESSION_EXISTS');
      expect(await readSession(stage.store, sessionId)).toEqual(before);
    });

    it('refuses with SESSION_EXISTS the id of a session that an append made', async () => {
      const sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['Hello'], { createIfMissing: {} }));
      await expectCode(stage.store.createSession(aSession(sessionId)), 'SESSION_EXISTS');
    });

    it('never shows the password of the viewer', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['Hello'], { createIfMissing: {} }));
      expect(await everyReadOf(stage.store, sessionId)).not.toContain(VIEWER_PASSWORD);
    });

    it('deletes a session with everything below it', async () => {
      const sessionId = stage.id();
      const { store } = stage;
      await store.createSession(aSession(sessionId, { metadata: { a: 1 } }));
      await store.appendMessages(anAppend(sessionId, 'a', ['Hello'], { createIfMissing: {} }));
      await store.addFeedback(aFeedback(sessionId, 'up'));
      expect(await store.deleteSession(sessionId, at(1))).toBe(true);

      expect(await store.loadSessions([sessionId])).toEqual([null]);
      expect(await store.loadAgents([{ sessionId, among: 'all', windows: [{ last: 5 }] }])).toEqual([[]]);
      expect(await store.loadMessages([{ sessionId, agentId: 'a', position: 0 }])).toEqual([null]);
      expect(await store.countSessions({ sessionIds: [sessionId] })).toBe(0);
      await expectCode(store.changeMetadata(setting(sessionId, { a: 2 })), 'SESSION_NOT_FOUND');
      await expectCode(store.appendMessages(anAppend(sessionId, 'a', ['Hi'])), 'SESSION_NOT_FOUND');
    });

    it('says false to deleting what is not there, and touches nothing else', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      expect(await stage.store.deleteSession(stage.id(), at(1))).toBe(false);
      expect(await stage.store.deleteSession(sessionId, at(1))).toBe(true);
      expect(await stage.store.deleteSession(sessionId, at(1))).toBe(false);
    });

    it('makes a deleted session anew with nothing of the old one, its used keys included', async () => {
      const sessionId = stage.id();
      const { store } = stage;
      const creation = aSession(sessionId, { key: 'create', applicationName: 'old' });
      const append = anAppend(sessionId, 'a', ['Hello', 'again'], { key: 'append', createIfMissing: {} });
      const feedback = aFeedback(sessionId, 'down', { key: 'feedback' });
      await store.createSession(creation);
      await store.upsertAgent(anAgent(sessionId, 'gone', { state: { a: 1 } }));
      for (const round of [1, 2]) {
        if (round === 2) {
          await store.deleteSession(sessionId, at(1));
          await store.createSession({ ...creation, now: at(2) });
        }
        await store.appendMessages({ ...append, now: at(round) });
        await store.addFeedback({ ...feedback, now: at(round) });
      }
      expect((await readAgents(store, sessionId)).map(({ agentId }) => agentId)).toEqual(['a']);
      expect(await readMessages(store, sessionId, 'a')).toHaveLength(2);
      const session = await readSession(store, sessionId);
      expect(session).toMatchObject({ createdAt: at(2), messageCount: 2 });
      expect(session.feedback.map(({ createdAt }) => createdAt)).toEqual([at(2)]);
    });
  });
}
