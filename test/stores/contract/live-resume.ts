import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/domain/sessions/session-store.js';
import { brief, essence, follow } from './feed.js';
import { aFeedback, anAppend, aRedaction, aSession, at, setting, someMetrics } from './inputs.js';
import { type Stage, type StoreSetup, useStage } from './stage.js';

/** Two sessions written in turns by both instances; their ids. */
async function talk(stage: Stage): Promise<[string, string]> {
  const [one, two] = [stage.id(), stage.id()];
  const { store, neighbour } = stage;
  await store.createSession(aSession(one));
  await neighbour.appendMessages(anAppend(one, 'a', ['0', '1', '2'], { createIfMissing: {} }));
  await store.appendMessages(anAppend(two, 'a', ['0'], { createIfMissing: {} }));
  await neighbour.changeMetadata(setting(one, { a: 1 }));
  await store.recordMetrics(someMetrics({ sessionId: one, agentId: 'a', position: 2 }, { custom: 1 }));
  await store.addFeedback(aFeedback(two, 'up'));
  await neighbour.redactMessage(aRedaction({ sessionId: one, agentId: 'a', position: 0 }, '-'));
  await store.deleteSession(two, at(1));
  await store.appendMessages(anAppend(one, 'a', ['3', '4']));
  return [one, two];
}

/** What a reader at `position` still has to see: later changes, and none of those it may get once more. */
const later = (changes: Change[], position: string) => changes.filter((change) => change.position > position);

export function liveResumeSentences(setup: StoreSetup): void {
  describe('live changes from a position', () => {
    const stage = useStage(setup);

    it('give the history since and then go on live, without a gap', async () => {
      const { start } = await follow(stage.store);
      const ids = await talk(stage);
      const feed = await follow(stage.store, start);
      const before = await feed.of(...ids);
      await stage.neighbour.appendMessages(anAppend(ids[0], 'a', ['5']));
      const changes = await feed.of(...ids);
      expect(before.map(brief).filter((text) => text.startsWith('message-added'))).toEqual([
        'message-added a 0',
        'message-added a 1',
        'message-added a 2',
        'message-added a 0',
        'message-added a 3',
        'message-added a 4',
      ]);
      const since = changes.slice(before.length).map(brief);
      expect(since.filter((text) => text.startsWith('message-added'))).toEqual(['message-added a 5']);
    });

    it('give the same changes at the same positions as those that were live then, on any instance', async () => {
      const live = await follow(stage.store);
      const ids = await talk(stage);
      const changes = (await live.of(...ids)).map(essence);
      for (const store of [stage.store, stage.neighbour, (await stage.open()).sessions]) {
        const replay = await follow(store, live.start);
        expect((await replay.of(...ids)).map(essence)).toEqual(changes);
      }
    });

    it('leave nothing out after any change, and repeat at most those of the same position', async () => {
      const live = await follow(stage.store);
      const ids = await talk(stage);
      const changes = await live.of(...ids);
      for (const [index, { position }] of changes.entries()) {
        const replay = (await (await follow(stage.neighbour, position)).of(...ids)).map(essence);
        const expected = changes.slice(index + 1).map(essence);
        expect(replay.slice(replay.length - expected.length)).toEqual(expected);
        const repeated = replay.slice(0, replay.length - expected.length);
        expect(repeated.every((change) => change.position === position)).toBe(true);
      }
    });

    it('go on from the position of any batch, also one without changes', async () => {
      const live = await follow(stage.store);
      const ids = await talk(stage);
      const changes = await live.of(...ids);
      for (const position of live.batches) {
        const replay = await follow(stage.store, position);
        const seen = later(await replay.of(...ids), position);
        expect(seen.map(essence)).toEqual(later(changes, position).map(essence));
      }
    });

    it('begin where the feed stands when there is nothing since', async () => {
      const live = await follow(stage.store);
      const ids = await talk(stage);
      await live.of();
      const position = live.batches.at(-1) as string;
      const again = await follow(stage.neighbour, position);
      expect(again.start >= position).toBe(true);
      expect(later(await again.of(...ids), position)).toEqual([]);
    });

    it('miss nothing of what is written while they open', async () => {
      const sessionId = stage.id();
      const { start } = await follow(stage.store);
      const writes: Promise<unknown>[] = [];
      const feeds: ReturnType<typeof follow>[] = [];
      for (let index = 0; index < 10; index++) {
        writes.push(
          stage.neighbour.appendMessages(anAppend(sessionId, 'a', ['x', 'y'], { createIfMissing: {} })),
        );
        if (index % 3 === 0) feeds.push(follow(stage.store, start));
      }
      await Promise.all(writes);
      for (const feed of await Promise.all(feeds)) {
        const told = (await feed.of(sessionId)).filter(({ kind }) => kind === 'message-added');
        expect(told.map(brief)).toEqual(Array.from({ length: 20 }, (_, index) => `message-added a ${index}`));
      }
    });
  });
}
