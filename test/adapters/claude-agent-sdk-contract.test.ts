import { describe, expect, it } from 'vitest';
import { BACKINGS } from './backings.js';
import { entry, newKey, stageOn } from './claude-agent-sdk-stage.js';

/*
 * What the SDK asks of a session store: the 13 sentences of the suite that stands with the examples in its repository
 * (examples/session-stores/shared), the one on summaries that the suite of the SDK for Python adds, and what the comments of its types say
 * beyond.
 */
describe.each(Object.entries(BACKINGS))(
  'a session store for the Claude Agent SDK on %s',
  (_name, openBacking) => {
    const { open } = stageOn(openBacking);

    it('gives back what was appended, in its order', async () => {
      const store = await open();
      const key = newKey();
      const entries = [entry({ uuid: 'b', nested: { x: [1, null, 'y'] } }), entry({ uuid: 'a', n: 2 })];
      await store.append(key, entries);
      expect(await store.load(key)).toEqual(entries);
    });

    it('has null for what was never written', async () => {
      const store = await open();
      const key = newKey();
      expect(await store.load(key)).toBeNull();
      await store.append(key, [entry()]);
      expect(await store.load({ ...key, subpath: 'subagents/agent-1' })).toBeNull();
    });

    it('keeps the order of the calls, also of those that are not waited for', async () => {
      const store = await open();
      const key = newKey();
      await store.append(key, [entry({ n: 1 })]);
      await Promise.all([
        store.append(key, [entry({ n: 2 }), entry({ n: 3 })]),
        store.append(key, [entry({ n: 4 })]),
        store.append(key, [entry({ n: 5 })]),
      ]);
      expect((await store.load(key))?.map(({ n }) => n)).toEqual([1, 2, 3, 4, 5]);
    });

    it('does nothing where nothing is appended', async () => {
      const store = await open();
      const key = newKey();
      await store.append(key, []);
      expect(await store.load(key)).toBeNull();
      expect(await store.listSessions(key.projectKey)).toEqual([]);
      await store.append(key, [entry()]);
      await store.append(key, []);
      expect(await store.load(key)).toEqual([entry()]);
    });

    it('keeps a transcript beside the main one apart from it, whatever its name', async () => {
      const store = await open();
      const key = newKey();
      const subpaths = ['subagents/agent-1', 'subagents/workflows/run.1/agent-$2', 'agent', '%2E', '日本'];
      await store.append(key, [entry({ n: 'main' })]);
      for (const subpath of subpaths) await store.append({ ...key, subpath }, [entry({ n: subpath })]);
      expect(await store.load(key)).toEqual([entry({ n: 'main' })]);
      for (const subpath of subpaths)
        expect(await store.load({ ...key, subpath })).toEqual([entry({ n: subpath })]);
      expect((await store.listSubkeys(key)).sort()).toEqual(subpaths.sort());
    });

    it('keeps the projects apart, whatever their names', async () => {
      const store = await open();
      const { projectKey, sessionId } = newKey();
      const keys = ['', '/x', '%2Fx', '-x', '.x'].map((end) => ({ projectKey: projectKey + end, sessionId }));
      for (const key of keys) await store.append(key, [entry({ from: key.projectKey })]);
      for (const key of keys) {
        expect(await store.load(key)).toEqual([entry({ from: key.projectKey })]);
        expect(await store.listSessions(key.projectKey)).toMatchObject([{ sessionId }]);
      }
    });

    it('lists the sessions of a project, with the time of their last write in milliseconds', async () => {
      const store = await open();
      const one = newKey();
      const other = { ...newKey(), projectKey: one.projectKey };
      for (const key of [one, other, newKey()]) await store.append(key, [entry()]);
      const listed = await store.listSessions(one.projectKey);
      expect(listed.map(({ sessionId }) => sessionId).sort()).toEqual(
        [one.sessionId, other.sessionId].sort(),
      );
      for (const { mtime } of listed) {
        expect(Number.isSafeInteger(mtime)).toBe(true);
        expect(mtime).toBeGreaterThan(1e12);
      }
      const before = listed.find(({ sessionId }) => sessionId === one.sessionId)?.mtime ?? 0;
      await store.append(one, [entry()]);
      const after = (await store.listSessions(one.projectKey)).find(
        ({ sessionId }) => sessionId === one.sessionId,
      );
      expect(after?.mtime).toBeGreaterThanOrEqual(before);
      expect(await store.listSessions('never-seen')).toEqual([]);
    });

    it('does not list a session that has only transcripts beside a main one', async () => {
      const store = await open();
      const key = newKey();
      await store.append({ ...key, subpath: 'subagents/agent-1' }, [entry()]);
      expect(await store.listSessions(key.projectKey)).toEqual([]);
      expect(await store.listSubkeys(key)).toEqual(['subagents/agent-1']);
    });

    it('has nothing of a session that was deleted, and deletes what never was', async () => {
      const store = await open();
      const key = newKey();
      await store.delete(key);
      await store.append(key, [entry({ uuid: 'a' })]);
      await store.delete(key);
      expect(await store.load(key)).toBeNull();
      expect(await store.listSessions(key.projectKey)).toEqual([]);
      await store.append(key, [entry({ uuid: 'a' })]);
      expect(await store.load(key)).toEqual([entry({ uuid: 'a' })]);
    });

    it('deletes with a session all that stands beside it, and nothing of others', async () => {
      const store = await open();
      const key = newKey();
      const others = [
        { ...key, sessionId: `${key.sessionId}-other` },
        { ...key, projectKey: `${key.projectKey}-other` },
      ];
      const beside = ['subagents/agent-1', 'subagents/agent-2'].map((subpath) => ({ ...key, subpath }));
      for (const one of [key, ...beside, ...others]) await store.append(one, [entry()]);
      await store.delete(key);
      for (const one of [key, ...beside]) expect(await store.load(one)).toBeNull();
      expect(await store.listSubkeys(key)).toEqual([]);
      for (const one of others) expect(await store.load(one)).toEqual([entry()]);
    });

    it('deletes one transcript alone where it is named', async () => {
      const store = await open();
      const key = newKey();
      const [one, other] = ['subagents/agent-1', 'subagents/agent-2'].map((subpath) => ({ ...key, subpath }));
      for (const each of [key, one, other]) await store.append(each as typeof key, [entry()]);
      await store.delete(one as typeof key);
      await store.delete(one as typeof key);
      expect(await store.load(one as typeof key)).toBeNull();
      expect(await store.load(key)).toEqual([entry()]);
      expect(await store.load(other as typeof key)).toEqual([entry()]);
      expect(await store.listSubkeys(key)).toEqual(['subagents/agent-2']);
    });

    it('lists the transcripts beside a main one, without that', async () => {
      const store = await open();
      const key = newKey();
      await store.append(key, [entry()]);
      expect(await store.listSubkeys(key)).toEqual([]);
      await store.append({ ...key, subpath: 'subagents/agent-1' }, [entry()]);
      await store.append({ ...newKey(), projectKey: key.projectKey, subpath: 'subagents/agent-2' }, [
        entry(),
      ]);
      expect(await store.listSubkeys(key)).toEqual(['subagents/agent-1']);
      expect(await store.listSubkeys(newKey())).toEqual([]);
    });

    it('gives the summaries that the SDK folds, by the clock of the list', async () => {
      const store = await open();
      const key = newKey();
      const at = (second: number) => `2024-01-01T00:00:0${second}.000Z`;
      await store.append(key, [
        entry({ timestamp: at(0), customTitle: 'first' }),
        entry({ timestamp: at(1), lastPrompt: 'Where is it?' }),
      ]);
      await store.append(key, [entry({ timestamp: at(2), customTitle: 'second' })]);
      const [summary] = await store.listSessionSummaries(key.projectKey);
      expect(summary).toMatchObject({ sessionId: key.sessionId, data: { customTitle: 'second' } });
      expect(await store.listSessions(key.projectKey)).toEqual([
        { sessionId: key.sessionId, mtime: summary?.mtime },
      ]);
      await store.append({ ...key, subpath: 'subagents/agent-1' }, [entry({ customTitle: 'third' })]);
      expect((await store.listSessionSummaries(key.projectKey))[0]?.data).toEqual(summary?.data);
      expect(await store.listSessionSummaries('never-seen')).toEqual([]);
      await store.delete(key);
      expect(await store.listSessionSummaries(key.projectKey)).toEqual([]);
    });

    it('appends an entry with a uuid once, whoever repeats it, and one without each time', async () => {
      const store = await open();
      const key = newKey();
      const [a, b, c] = ['a', 'b', 'c'].map((uuid) => entry({ uuid }));
      const title = entry({ customTitle: 'Order 5' });
      await store.append(key, [a, title, b, a] as never[]);
      await (await open()).append(key, [a, b, c, title] as never[]);
      await store.append(key, [a, c] as never[]);
      await store.append(key, [entry({ uuid: 'b', changed: true })]);
      expect(await store.load(key)).toEqual([a, title, b, c, title]);
    });

    it('takes in what was deleted before, by this process or another, as often as that', async () => {
      const store = await open();
      const other = await open();
      const key = { ...newKey(), subpath: 'subagents/agent-1' };
      const entries = [entry({ uuid: 'a' }), entry({ uuid: 'b' })];
      for (const [appends, deletes] of [
        [store, store],
        [store, other],
        [other, store],
      ] as const) {
        await appends.append(key, entries);
        await appends.append(key, entries);
        expect(await deletes.load(key)).toEqual(entries);
        await deletes.delete(key);
        expect(await appends.load(key)).toBeNull();
      }
      await store.append(key, entries);
      await other.append(key, [...entries, entry({ uuid: 'c' })]);
      expect(await store.load(key)).toEqual([...entries, entry({ uuid: 'c' })]);
    });

    it('takes any number at once, and loads them all', async () => {
      const store = await open();
      const key = newKey();
      const entries = Array.from({ length: 450 }, (_, n) => entry({ uuid: `u${n}`, n }));
      await store.append(key, entries.slice(0, 250));
      await (await open()).append(key, entries);
      expect(await store.load(key)).toEqual(entries);
    });
  },
);
