import { randomBytes, randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { guardedService } from '../../../src/domain/access/guarded-service.js';
import { SCOPES } from '../../../src/domain/access/policy.js';
import { createSessionService } from '../../../src/domain/sessions/session-service.js';
import { type StoreSetup, useStage } from './stage.js';

export function madeAnewSentences(setup: StoreSetup): void {
  describe('a reach of one session as it was made', () => {
    const stage = useStage(setup);
    let time = Date.parse('2026-05-01T12:00:00Z');
    const services = () => {
      const store = stage.store;
      const everyone = createSessionService({
        store,
        now: () => new Date(time++),
        randomBytes,
        newId: randomUUID,
      });
      const bound = (sessionId: string, createdAt: number | null) =>
        guardedService(everyone, { scopes: new Set(SCOPES), reach: { sessionId, createdAt } }, null);
      return { everyone, bound };
    };
    const append = (sessionId: string) => ({
      sessionId,
      agentId: 'a',
      messages: [{ role: 'user' as const, text: 'x' }],
      createIfMissing: true,
    });
    const codeOf = (promise: Promise<unknown>) =>
      promise.then(
        () => null,
        (error: { code: string }) => error.code,
      );

    it('opens that session, and after its end neither makes one nor opens another of its id', async () => {
      const { everyone, bound } = services();
      const sessionId = await everyone.createSession({ sessionId: stage.id(), sessionType: 'AGENT' });
      const [session] = await everyone.loadSessions([sessionId]);
      const own = () => bound(sessionId, session?.createdAt?.getTime() ?? null);
      const seen = async () => ({
        loaded: (await own().loadSessions([sessionId])).map((found) => found !== null),
        counted: await own().countSessions({}),
        appended: await codeOf(own().appendMessages(append(sessionId))),
        made: await codeOf(own().createSession({ sessionId, sessionType: 'AGENT' })),
        updated: await codeOf(own().updateMetadata({ sessionId, set: { a: 1 } })),
      });
      expect(await seen()).toEqual({
        loaded: [true],
        counted: 1,
        appended: null,
        made: 'SESSION_EXISTS',
        updated: null,
      });
      const nothing = {
        loaded: [false],
        counted: 0,
        appended: 'FORBIDDEN',
        made: 'FORBIDDEN',
        updated: 'SESSION_NOT_FOUND',
      };
      await everyone.deleteSession(sessionId);
      expect(await seen()).toEqual(nothing);
      expect(await everyone.loadSessions([sessionId])).toEqual([null]);
      await everyone.createSession({ sessionId, sessionType: 'AGENT' });
      expect(await seen()).toEqual(nothing);
      expect(await everyone.loadSessions([sessionId])).toMatchObject([{ messageCount: 0, metadata: {} }]);
    });
  });
}
