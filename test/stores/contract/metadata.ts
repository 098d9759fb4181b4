import { describe, expect, it } from 'vitest';
import type { JsonObject, JsonValue } from '../../../src/domain/json/json-value.js';
import { follow } from './feed.js';
import { aMetadataChange, aSession, at, setting } from './inputs.js';
import { expectCode, expectJson, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const START = { user: { name: 'Alice', role: 'admin' }, tags: ['a', 'b'], count: 1, nothing: null };

export function metadataSentences(setup: StoreSetup): void {
  describe('changing metadata', () => {
    const stage = useStage(setup);
    const prepared = async (metadata: JsonObject = START) => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId, { metadata }));
      return sessionId;
    };
    const metadataOf = async (sessionId: string) => (await readSession(stage.store, sessionId)).metadata;
    const changed = async (
      values: Record<string, JsonValue>,
      unset: readonly string[] = [],
      start?: JsonObject,
    ) => {
      const sessionId = await prepared(start);
      await stage.store.changeMetadata(aMetadataChange(sessionId, { set: Object.entries(values), unset }));
      return metadataOf(sessionId);
    };

    it('sets one path and keeps its siblings', async () => {
      expect(await changed({ 'user.name': 'Bob' })).toEqual({
        ...START,
        user: { name: 'Bob', role: 'admin' },
      });
    });

    it('removes one path and keeps its siblings', async () => {
      expect(await changed({}, ['user.role', 'count'])).toEqual({
        user: { name: 'Alice' },
        tags: ['a', 'b'],
        nothing: null,
      });
    });

    it('sets and removes in one call', async () => {
      const metadata = await changed({ 'user.name': 'Bob', 'user.id': 7 }, ['user.role', 'tags']);
      expect(metadata).toEqual({ user: { name: 'Bob', id: 7 }, count: 1, nothing: null });
    });

    it('replaces an object or an array whole', async () => {
      expect(await changed({ user: { id: 1 }, tags: [] })).toEqual({ ...START, user: { id: 1 }, tags: [] });
    });

    it('takes null, false, 0 and empty text, objects and lists for values', async () => {
      const values = { a: null, b: false, c: 0, d: '', e: {}, f: [] };
      expect(await changed(values)).toEqual({ ...START, ...values });
    });

    it('makes missing parents as objects, also for digits', async () => {
      expect(await changed({ 'x.y.z': 1, 'list.0': 'first' }, [], {})).toEqual({
        x: { y: { z: 1 } },
        list: { '0': 'first' },
      });
    });

    it('sets an element of an array by its index, and fills up to an index past the end with null', async () => {
      expect((await changed({ 'tags.1': 'B' })).tags).toEqual(['a', 'B']);
      expect((await changed({ 'tags.4': 'e' })).tags).toEqual(['a', 'b', null, null, 'e']);
      expect((await changed({ 'tags.2.name': 'c' })).tags).toEqual(['a', 'b', { name: 'c' }]);
    });

    it('fills up a list with a thousand elements at most, and takes larger numbers as names of an object', async () => {
      const start = { list: [1], nested: [{ list: [] }], byNumber: {} };
      const near = await changed({ 'list.1001': 'near' }, [], start);
      expect([near.list].flat()).toHaveLength(1_002);
      expect(await changed({ 'byNumber.123456': 'a name' }, [], start)).toMatchObject({
        byNumber: { 123456: 'a name' },
      });
      expect(await changed({ 'new.123456': 'a name' }, [], start)).toMatchObject({
        new: { 123456: 'a name' },
      });
      for (const path of ['list.1002', 'list.100000', 'nested.0.list.5000', 'nested.9000.x']) {
        const sessionId = await prepared(start);
        await expectCode(
          stage.store.changeMetadata(setting(sessionId, { [path]: 1 })),
          'INVALID_METADATA_PATH',
        );
        expect(await metadataOf(sessionId)).toEqual(start);
      }
    });

    it('keeps 10 MB, and refuses what a session cannot hold with DOCUMENT_TOO_LARGE', async () => {
      const sessionId = await prepared({});
      const part = 'x'.repeat(5 * 1024 * 1024);
      await stage.store.changeMetadata(setting(sessionId, { one: part }));
      await stage.store.changeMetadata(setting(sessionId, { two: part }));
      await expectCode(
        stage.store.changeMetadata(setting(sessionId, { three: part, four: part })),
        'DOCUMENT_TOO_LARGE',
      );
      expect(await metadataOf(sessionId)).toEqual({ one: part, two: part });
    });

    it('leaves in each session what was set there, where large and small changes of several callers come at once', async () => {
      const sizes = [600_000, 10, 300_000, 200_000, 10, 150_000];
      const ids = await Promise.all(sizes.map((size) => prepared({ before: 'x'.repeat(size) })));
      const change = (sessionId: string, round: number, at: number) =>
        stage.store.changeMetadata(
          setting(sessionId, { [`after${round}`]: `${sessionId} ${round}` }),
          `key ${at}`,
        );
      const rounds = [0, 1, 2].flatMap((round) => ids.map((id, at) => change(id, round, at)));
      await Promise.all(rounds);
      for (const [at, id] of ids.entries()) {
        const after = Object.fromEntries([0, 1, 2].map((round) => [`after${round}`, `${id} ${round}`]));
        expectJson(await metadataOf(id), { before: 'x'.repeat(sizes[at] as number), ...after });
      }
    });

    it('leaves null in the place of an array element that is removed', async () => {
      expect((await changed({}, ['tags.0'])).tags).toEqual([null, 'b']);
    });

    it('takes removing what is not there for no error', async () => {
      const paths = [
        'missing',
        'user.missing',
        'user.name.deeper',
        'tags.9',
        'tags.name',
        'nothing.at.all',
        'x.y.z',
      ];
      expect(await changed({}, paths)).toEqual(START);
    });

    it.each([
      ['a number', 'count.deeper'],
      ['text', 'user.name.first'],
      ['null', 'nothing.at.all'],
      ['an element', 'tags.0.x'],
      ['an array, by a name', 'tags.name'],
    ])('refuses to set through %s with INVALID_METADATA_PATH and changes nothing', async (_, path) => {
      const sessionId = await prepared();
      const feed = await follow(stage.store);
      const set: [string, JsonValue][] = [
        ['before', 1],
        [path, 2],
        ['after', 3],
      ];
      const change = aMetadataChange(sessionId, { set, unset: ['user.role'] });
      await expectCode(stage.store.changeMetadata(change), 'INVALID_METADATA_PATH');
      expect(await metadataOf(sessionId)).toEqual(START);
      expect(await feed.of(sessionId)).toEqual([]);
    });

    it('may use the key of a refused change for one that works', async () => {
      const sessionId = await prepared();
      const key = 'again';
      const refused = setting(sessionId, { 'count.deeper': 1 }, { key });
      await expectCode(stage.store.changeMetadata(refused), 'INVALID_METADATA_PATH');
      await stage.store.changeMetadata(setting(sessionId, { count: 2 }, { key }));
      expect((await metadataOf(sessionId)).count).toBe(2);
    });

    it('sets keys such as __proto__ and constructor as data', async () => {
      const sessionId = await prepared({});
      const set: [string, JsonValue][] = [
        ['__proto__.polluted', true],
        ['constructor', 'c'],
        ['a.__proto__', { b: 1 }],
        ['toString.length', 0],
      ];
      await stage.store.changeMetadata(aMetadataChange(sessionId, { set }));
      const expected =
        '{"__proto__": {"polluted": true}, "constructor": "c", "a": {"__proto__": {"b": 1}}, "toString": {"length": 0}}';
      expectJson(await metadataOf(sessionId), JSON.parse(expected));
      expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
      await stage.store.changeMetadata(
        aMetadataChange(sessionId, { unset: ['__proto__', 'a.__proto__', 'toString'] }),
      );
      expectJson(await metadataOf(sessionId), { a: {}, constructor: 'c' });
    });

    it('takes any text for a segment that the checks on names let through', async () => {
      const segments = [
        "it's",
        '"q"',
        'ünï😀',
        '-1',
        '01',
        '1e3',
        'a$b',
        '[0]',
        'a b',
        '*',
        '\\',
        '#',
        '%',
        '~1',
      ];
      const sessionId = await prepared({});
      const set = segments.map((segment, index) => [`in.${segment}`, index] as const);
      await stage.store.changeMetadata(aMetadataChange(sessionId, { set }));
      const all = Object.fromEntries(segments.map((segment, index) => [segment, index]));
      expectJson(await metadataOf(sessionId), { in: all });
      const unset = segments.map((segment) => `in.${segment}`);
      await stage.store.changeMetadata(aMetadataChange(sessionId, { unset }));
      expectJson(await metadataOf(sessionId), { in: {} });
    });

    it('does not move updatedAt', async () => {
      const sessionId = await prepared();
      await stage.store.changeMetadata(setting(sessionId, { a: 1 }, { now: at(9) }));
      expect((await readSession(stage.store, sessionId)).updatedAt).toEqual(at(0));
    });

    it('refuses a missing session with SESSION_NOT_FOUND and makes none', async () => {
      const sessionId = stage.id();
      await expectCode(stage.store.changeMetadata(setting(sessionId, { a: 1 })), 'SESSION_NOT_FOUND');
      expect(await stage.store.loadSessions([sessionId])).toEqual([null]);
    });

    it('loses no path when several instances change different ones at once', async () => {
      const sessionId = await prepared({});
      const stores = [stage.store, stage.neighbour];
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          (stores[index % 2] ?? stage.store).changeMetadata(
            setting(sessionId, { [`in.key${index}`]: index }),
          ),
        ),
      );
      const expected = Object.fromEntries(Array.from({ length: 20 }, (_, index) => [`key${index}`, index]));
      expectJson(await metadataOf(sessionId), { in: expected });
    });
  });
}
