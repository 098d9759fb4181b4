import { describe, expect, it } from 'vitest';
import { aFeedback, anAppend, aSession, at } from './inputs.js';
import { type StoreSetup, useStage } from './stage.js';

const keyOf = (sessionId: string) => `session/${sessionId}/scopes/agent/a/snapshots/snapshot_latest.json`;

export function erasureSentences(setup: StoreSetup): void {
  describe('the search for what was erased', () => {
    const stage = useStage(setup);
    const leftOf = async (...ids: string[]) => {
      const remains = await stage.neighbour.remainsOf(ids);
      return remains.filter(({ left }) => left > 0);
    };
    const fill = async (sessionId: string) => {
      const { store, opened } = stage;
      await store.createSession(aSession(sessionId));
      await store.appendMessages(anAppend(sessionId, 'a', ['Hello', 'again'], { createIfMissing: {} }));
      await store.addFeedback(aFeedback(sessionId, 'up'));
      await opened.snapshots.write({ key: keyOf(sessionId), data: new Uint8Array(10), now: at(0) });
    };

    it('finds nothing of a session that was deleted, in the same places as before, beside one that stays', async () => {
      const [gone, stays] = [stage.id(), stage.id()];
      await fill(gone);
      await fill(stays);
      const before = await stage.neighbour.remainsOf([gone]);
      expect(before.filter(({ left }) => left > 0)).toHaveLength(2);
      await stage.store.deleteSession(gone, at(1));
      const after = await stage.neighbour.remainsOf([gone]);
      expect(after.map(({ place }) => place)).toEqual(before.map(({ place }) => place));
      expect(after.every(({ left }) => left === 0)).toBe(true);
      expect(await stage.store.remainsOf([gone])).toEqual(after);
    });

    it('counts what is there of those that it is asked about alone', async () => {
      const [one, other, third] = [stage.id(), stage.id(), stage.id()];
      for (const id of [one, other, third]) await fill(id);
      expect((await leftOf(one, other)).map(({ left }) => left)).toEqual([2, 2]);
      await stage.store.deleteSession(one, at(1));
      expect((await leftOf(one, other)).map(({ left }) => left)).toEqual([1, 1]);
    });

    it('tells of snapshots that were written anew', async () => {
      const sessionId = stage.id();
      await fill(sessionId);
      await stage.store.deleteSession(sessionId, at(1));
      await stage.opened.snapshots.write({ key: keyOf(sessionId), data: new Uint8Array(1), now: at(2) });
      expect((await leftOf(sessionId)).map(({ left }) => left)).toEqual([1]);
    });

    it('takes ids of any shape, and none', async () => {
      expect(await leftOf('a/b', "'", '%', '"$ne"', 'é\u{1F600}')).toEqual([]);
      expect(await leftOf()).toEqual([]);
    });
  });
}
