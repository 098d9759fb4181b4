import { describe, expect, it } from 'vitest';
import type { Change, HistoryQuery, SessionStore } from '../../../src/domain/sessions/session-store.js';
import { essence, follow } from './feed.js';
import { aFeedback, anAppend, setting } from './inputs.js';
import { type Stage, type StoreSetup, useStage } from './stage.js';

/** Walks through the pages to the end; a change that is given again with its position counts once. */
async function walk(store: SessionStore, query: HistoryQuery): Promise<Change[]> {
  const changes: Change[] = [];
  let { after } = query;
  for (let pages = 0; pages < 100; pages++) {
    const page = await store.history({ ...query, after });
    const known = new Set(changes.map((change) => JSON.stringify(change)));
    changes.push(...page.changes.filter((change) => !known.has(JSON.stringify(change))));
    if (page.done) return changes;
    expect(page.position > after).toBe(true);
    after = page.position;
  }
  throw new Error('the pages came to no end');
}

/** Two conversations, written in turns, and the part of the history that holds them. */
async function recorded(stage: Stage) {
  const live = await follow(stage.store);
  const [one, two] = [stage.id(), stage.id()];
  for (const sessionId of [one, two, one, two, one]) {
    await stage.store.appendMessages(anAppend(sessionId, 'a', ['x', 'y', 'z'], { createIfMissing: {} }));
    await stage.neighbour.changeMetadata(setting(sessionId, { a: 1 }));
    await stage.store.addFeedback(aFeedback(sessionId, 'up'));
  }
  const changes = await live.of(one, two);
  return { one, two, changes, after: live.start, until: changes.at(-1)?.position ?? '' };
}

export function historySentences(setup: StoreSetup): void {
  describe('the history', () => {
    const stage = useStage(setup);
    const isOf = (sessionId: string) => (change: Change) => change.sessionId === sessionId;

    it('of one session is what the feed told of it, in the same order and at the same positions', async () => {
      const { one, changes, after, until } = await recorded(stage);
      const page = await stage.neighbour.history({ sessionId: one, after, until, limit: 1000 });
      expect(page.changes.map(essence)).toEqual(changes.filter(isOf(one)).map(essence));
      expect(page.done).toBe(true);
    });

    it('of all sessions is what the feed told', async () => {
      const { changes, after, until } = await recorded(stage);
      const page = await stage.store.history({ sessionId: null, after, until, limit: 1000 });
      expect(page.changes.map(essence)).toEqual(changes.map(essence));
      expect(page.done).toBe(true);
    });

    it.each([1, 2, 7])('in pages of %i gives every change, in order, and comes to an end', async (limit) => {
      const { one, changes, after, until } = await recorded(stage);
      const all = await walk(stage.store, { sessionId: null, after, until, limit });
      expect(all.map(essence)).toEqual(changes.map(essence));
      const ofOne = await walk(stage.neighbour, { sessionId: one, after, until, limit });
      expect(ofOne.map(essence)).toEqual(changes.filter(isOf(one)).map(essence));
    });

    it('ends with `until`, itself included, and begins after `after`', async () => {
      const { changes, after } = await recorded(stage);
      const positions = [...new Set(changes.map(({ position }) => position))];
      for (const until of [positions[0], positions[4], positions.at(-2)] as string[]) {
        const all = await walk(stage.store, { sessionId: null, after, until, limit: 3 });
        expect(all.map(essence)).toEqual(changes.filter(({ position }) => position <= until).map(essence));
      }
      const [from, to] = [positions[2] as string, positions[6] as string];
      const some = await walk(stage.store, { sessionId: null, after: from, until: to, limit: 1000 });
      const inner = changes.filter(({ position }) => position > from && position <= to);
      expect(some.filter(({ position }) => position > from).map(essence)).toEqual(inner.map(essence));
    });

    it('after any change holds all the later ones', async () => {
      const { changes, until } = await recorded(stage);
      for (const [index, { position }] of changes.entries()) {
        const rest = await walk(stage.store, { sessionId: null, after: position, until, limit: 1000 });
        const expected = changes.slice(index + 1).map(essence);
        expect(rest.slice(rest.length - expected.length).map(essence)).toEqual(expected);
        const repeated = rest.slice(0, rest.length - expected.length);
        expect(repeated.every((change) => change.position === position)).toBe(true);
      }
    });

    it('of a session to which nothing happened is empty and done', async () => {
      const { after, until } = await recorded(stage);
      const page = await stage.store.history({ sessionId: stage.id(), after, until, limit: 5 });
      expect(page).toMatchObject({ changes: [], done: true });
    });

    it('up to where it begins has nothing later, and is done', async () => {
      const { until } = await recorded(stage);
      const page = await stage.store.history({ sessionId: null, after: until, until, limit: 5 });
      expect(page.changes.filter(({ position }) => position !== until)).toEqual([]);
      expect(page.done).toBe(true);
    });

    it('keeps a session that was deleted since', async () => {
      const { one, changes, after, until } = await recorded(stage);
      await stage.store.deleteSession(one, new Date(0));
      const page = await stage.store.history({ sessionId: one, after, until, limit: 1000 });
      expect(page.changes.map(essence)).toEqual(changes.filter(isOf(one)).map(essence));
    });
  });
}
