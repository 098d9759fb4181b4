import { describe, expect, it } from 'vitest';
import { aFeedback, aSession, at, setting } from './inputs.js';
import { expectCode, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

export function feedbackSentences(setup: StoreSetup): void {
  describe('feedback', () => {
    const stage = useStage(setup);
    const prepared = async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      return sessionId;
    };
    const feedbackOf = async (sessionId: string) => (await readSession(stage.store, sessionId)).feedback;

    it('is returned as it is stored, with the fields of the caller', async () => {
      const sessionId = await prepared();
      const fields = { user: { id: 'alice' }, tags: ['a'], 'dotted.name': null };
      const input = aFeedback(sessionId, 'up', { comment: 'Helpful!', fields, now: at(3) });
      const stored = await stage.store.addFeedback(input);
      expect(stored).toEqual({ rating: 'up', comment: 'Helpful!', createdAt: at(3), fields });
      expect(await feedbackOf(sessionId)).toEqual([stored]);
    });

    it('may have no rating and no comment', async () => {
      const sessionId = await prepared();
      const stored = await stage.store.addFeedback(aFeedback(sessionId, null));
      expect(stored).toEqual({ rating: null, comment: null, createdAt: at(0), fields: {} });
      expect(await feedbackOf(sessionId)).toEqual([stored]);
    });

    it('is bounded for each session, so that agents can go on, and other writes go on', async () => {
      const sessionId = await prepared();
      const long = 'x'.repeat(60 * 1024);
      const full = Math.floor((8 * 1024 * 1024) / long.length);
      for (let count = 0; count < full - 1; count++) {
        await stage.store.addFeedback(aFeedback(sessionId, 'up', { comment: long }));
      }
      const add = async () => {
        for (;;) await stage.store.addFeedback(aFeedback(sessionId, 'up', { comment: long }));
      };
      await expectCode(add(), 'DOCUMENT_TOO_LARGE');
      expect((await feedbackOf(sessionId)).length).toBeGreaterThanOrEqual(full - 1);
      expect((await feedbackOf(sessionId)).length).toBeLessThanOrEqual(full);
      await stage.store.changeMetadata(setting(sessionId, { still: 'there' }));
    });

    it('is found by its place, several at once, null where there is none', async () => {
      const [first, second] = [await prepared(), await prepared()];
      const store = stage.store;
      const added = [
        await store.addFeedback(aFeedback(first, 'up', { comment: 'one' })),
        await store.addFeedback(aFeedback(first, 'down', { comment: 'two' })),
        await store.addFeedback(aFeedback(second, null, { comment: 'three' })),
      ];
      const places = [
        { sessionId: second, index: 0 },
        { sessionId: first, index: 1 },
        { sessionId: second, index: 1 },
        { sessionId: 'none', index: 0 },
        { sessionId: first, index: 0 },
        { sessionId: first, index: 1 },
      ];
      const [one, two, three] = added;
      expect(await store.loadFeedback(places)).toEqual([three, two, null, null, one, two]);
      expect(await store.loadFeedback([])).toEqual([]);
    });

    it('is listed in the order in which it was added, whatever the clock said', async () => {
      const sessionId = await prepared();
      for (const [rating, minute] of [['up', 5] as const, ['down', 2] as const, [null, 8] as const]) {
        await stage.store.addFeedback(aFeedback(sessionId, rating, { now: at(minute) }));
      }
      expect((await feedbackOf(sessionId)).map(({ rating }) => rating)).toEqual(['up', 'down', null]);
    });

    it('moves updatedAt of the session, never back', async () => {
      const sessionId = await prepared();
      await stage.store.addFeedback(aFeedback(sessionId, 'up', { now: at(5) }));
      await stage.store.addFeedback(aFeedback(sessionId, 'up', { now: at(2) }));
      expect((await readSession(stage.store, sessionId)).updatedAt).toEqual(at(5));
    });

    it('repeated, returns the one that was stored, though others came since', async () => {
      const sessionId = await prepared();
      const input = aFeedback(sessionId, 'down', { comment: 'first', fields: { n: 1 }, now: at(1) });
      const stored = await stage.store.addFeedback(input);
      await stage.store.addFeedback(aFeedback(sessionId, 'up', { comment: 'second' }));
      expect(await stage.store.addFeedback({ ...input, now: at(9) })).toEqual(stored);
      expect(await stage.neighbour.addFeedback(input)).toEqual(stored);
      expect(await feedbackOf(sessionId)).toHaveLength(2);
    });

    it('repeated, tells two equal ones apart by their keys', async () => {
      const sessionId = await prepared();
      const [one, two] = [1, 2].map((minute) =>
        aFeedback(sessionId, 'up', { comment: 'same', now: at(minute) }),
      );
      if (!one || !two) throw new Error('two inputs');
      await stage.store.addFeedback(one);
      await stage.store.addFeedback(two);
      expect((await stage.store.addFeedback(one)).createdAt).toEqual(at(1));
      expect((await stage.store.addFeedback(two)).createdAt).toEqual(at(2));
      expect(await feedbackOf(sessionId)).toHaveLength(2);
    });

    it('is refused for a missing session with SESSION_NOT_FOUND', async () => {
      const sessionId = stage.id();
      await expectCode(stage.store.addFeedback(aFeedback(sessionId, 'up')), 'SESSION_NOT_FOUND');
      expect(await stage.store.loadSessions([sessionId])).toEqual([null]);
    });

    it('is not lost when several instances add at once', async () => {
      const sessionId = await prepared();
      const stores = [stage.store, stage.neighbour];
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (stores[index % 2] ?? stage.store).addFeedback(aFeedback(sessionId, 'up', { comment: `${index}` })),
        ),
      );
      const comments = (await feedbackOf(sessionId)).map(({ comment }) => Number(comment));
      expect(comments.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 20 }, (_, index) => index));
    });
  });
}
