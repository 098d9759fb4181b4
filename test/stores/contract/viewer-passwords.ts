import { describe, expect, it } from 'vitest';
import { anAppend, aSession, at, VIEWER_PASSWORD } from './inputs.js';
import { everyReadOf } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

export function viewerPasswordSentences(setup: StoreSetup): void {
  describe('a viewer password', () => {
    const stage = useStage(setup);

    it('is the one that the session was made with, in any way', async () => {
      const [created, appended] = [stage.id(), stage.id()];
      await stage.store.createSession(aSession(created));
      await stage.store.appendMessages(anAppend(appended, 'a', ['0'], { createIfMissing: {} }));
      const { viewerPasswords } = stage.opened;
      expect(await viewerPasswords.viewerPassword(created)).toBe(VIEWER_PASSWORD);
      expect(await viewerPasswords.viewerPassword(appended)).toBe(VIEWER_PASSWORD);
    });

    it('is null where there is no session, or none any more', async () => {
      const sessionId = stage.id();
      const { viewerPasswords } = stage.opened;
      expect(await viewerPasswords.viewerPassword(sessionId)).toBeNull();
      await stage.store.createSession(aSession(sessionId));
      await stage.store.deleteSession(sessionId, at(1));
      expect(await viewerPasswords.viewerPassword(sessionId)).toBeNull();
    });

    it('is in no read of the session', async () => {
      const sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['0'], { createIfMissing: {} }));
      expect(await everyReadOf(stage.store, sessionId)).not.toContain(VIEWER_PASSWORD);
    });
  });
}
