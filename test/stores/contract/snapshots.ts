import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { rangeOfPrefix } from '../../../src/domain/sessions/prefix-range.js';
import { snapshotKeyOf } from '../../../src/domain/sessions/snapshot-key.js';
import type { SnapshotStore } from '../../../src/domain/sessions/snapshot-store.js';
import { compareCodePoints } from './code-points.js';
import { anAppend, aSession, at } from './inputs.js';
import { expectCode, readMessages } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const latest = (sessionId: string, agentId = 'a') =>
  `session/${sessionId}/scopes/agent/${agentId}/snapshots/snapshot_latest.json`;

/** Every method on one key. */
const CALLS: [name: keyof SnapshotStore, call: (snapshots: SnapshotStore) => Promise<unknown>][] = [
  ['write', (snapshots) => snapshots.write({ key: 'k', data: bytes('x'), now: at(0) })],
  ['read', (snapshots) => snapshots.read('k')],
  ['delete', (snapshots) => snapshots.delete('k')],
  ['list', (snapshots) => snapshots.list('k')],
];

export function snapshotSentences(setup: StoreSetup): void {
  describe('snapshots', () => {
    const stage = useStage(setup);
    const own = () => stage.opened.snapshots;
    const others = async () => (await stage.open()).snapshots;
    const read = async (key: string, snapshots = own()) => (await snapshots.read(key))?.data ?? null;
    const write = (key: string, text: string, snapshots = own()) =>
      snapshots.write({ key, data: bytes(text), now: at(0) });

    it('come back as they were written, byte for byte, also to another instance', async () => {
      const neighbour = await others();
      const every = Uint8Array.from({ length: 256 }, (_, index) => index);
      for (const [name, data] of [
        ['every byte', every],
        ['no byte', new Uint8Array()],
        ['a part of a buffer', every.subarray(10, 20)],
        ['a million bytes', new Uint8Array(1_000_000).fill(7)],
      ] as const) {
        await own().write({ key: `bytes/${name}`, data, now: at(0) });
        for (const snapshots of [own(), neighbour]) {
          const kept = (await read(`bytes/${name}`, snapshots)) as Uint8Array;
          expect(Object.getPrototypeOf(kept), name).toBe(Uint8Array.prototype);
          expect(Buffer.compare(kept, data), name).toBe(0);
        }
      }
    });

    it('are kept as they were when written, whatever the caller does with its buffer then', async () => {
      const data = bytes('first');
      const written = own().write({ key: 'buffer', data, now: at(0) });
      await written;
      data.fill(0);
      const kept = (await read('buffer')) as Uint8Array;
      expect(kept).toEqual(bytes('first'));
      kept.fill(0);
      expect(await read('buffer')).toEqual(bytes('first'));
    });

    it('are null where there are none, and deleting them is no error', async () => {
      expect(await read('nothing')).toBeNull();
      await own().delete('nothing');
      await write('something', 'x');
      await own().delete('something');
      expect(await read('something')).toBeNull();
      expect(await own().list('something')).toEqual([]);
    });

    it('are replaced whole: who reads meanwhile has one of the two', async () => {
      const texts = ['a', 'b'].map((letter) => letter.repeat(200_000));
      await write('replaced', texts[0] as string);
      const reads: Promise<Uint8Array | null>[] = [];
      const writes = Array.from({ length: 20 }, (_, index) => {
        reads.push(read('replaced'));
        return write('replaced', texts[index % 2] as string);
      });
      await Promise.all(writes);
      for (const found of await Promise.all(reads)) {
        expect(texts).toContain(new TextDecoder().decode(found as Uint8Array));
      }
      expect(await own().list('replaced')).toEqual(['replaced']);
    });

    it('may be written for the first time by several instances at once', async () => {
      const neighbour = await others();
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => write('first', `${index}`, index % 2 ? neighbour : own())),
      );
      expect(await own().list('first')).toEqual(['first']);
      expect(Number(new TextDecoder().decode((await read('first')) as Uint8Array))).toBeLessThan(10);
    });

    it('are listed by the beginning of their keys, in the order of code points', async () => {
      const keys = [
        'l/',
        'l/a',
        'l/a/b',
        'l/a0',
        'l/aa',
        'l/B',
        'l/é',
        'l/\u{1f600}',
        'l/\uffff',
        'l/%',
        'l/_',
        'l0',
      ];
      for (const key of keys) await write(key, key);
      const sorted = keys.filter((key) => key.startsWith('l/')).sort(compareCodePoints);
      expect(await own().list('l/')).toEqual(sorted);
      expect(await own().list('l/a')).toEqual(['l/a', 'l/a/b', 'l/a0', 'l/aa']);
      expect(await own().list('l/a/')).toEqual(['l/a/b']);
      expect(await own().list('l/%')).toEqual(['l/%']);
      expect(await own().list('l/_')).toEqual(['l/_']);
      expect(await own().list('l/\uffff')).toEqual(['l/\uffff']);
      expect(await own().list('L')).toEqual([]);
      const all = await own().list('');
      expect(all).toEqual([...all].sort(compareCodePoints));
      expect(all).toEqual(expect.arrayContaining(keys));
    });

    it('take keys that a database might misread', async () => {
      for (const key of [
        '$where',
        'a.b.c',
        '__proto__',
        'constructor',
        ' ',
        "it's",
        '{"$gt":""}',
        'k'.repeat(2048),
      ]) {
        await write(key, key);
        expect(await read(key)).toEqual(bytes(key));
        expect(await own().list(key)).toEqual([key]);
        await own().delete(key);
        expect(await read(key)).toBeNull();
      }
    });

    it('are deleted with their session, with all its agents and the context they set aside', async () => {
      const [sessionId, other] = [stage.id(), stage.id()];
      const gone = [
        latest(sessionId),
        `session/${sessionId}/scopes/agent/a/snapshots/manifest.json`,
        `session/${sessionId}/scopes/agent/b/snapshots/immutable_history/snapshot_1.json`,
        `session/${sessionId}/scopes/multiAgent/team/snapshots/snapshot_latest.json`,
        `context/${sessionId}/scopes/agent/a/tool_0`,
      ];
      const kept = [
        latest(other),
        latest(`${sessionId}0`),
        latest(`${sessionId}-`),
        `other/${sessionId}/scopes/agent/a/x`,
        `session/${sessionId}`,
      ];
      await stage.store.createSession(aSession(sessionId));
      for (const key of [...gone, ...kept]) await write(key, 'x');
      expect(await stage.store.deleteSession(sessionId, at(1))).toBe(true);
      for (const key of gone) expect(await read(key), key).toBeNull();
      for (const key of kept) expect(await read(key), key).toEqual(bytes('x'));
    });

    it('do not come back when their session is made anew', async () => {
      const sessionId = stage.id();
      for (const round of [1, 2]) {
        await stage.store.appendMessages(anAppend(sessionId, 'a', [`${round}`], { createIfMissing: {} }));
        expect(await read(latest(sessionId))).toBeNull();
        await write(latest(sessionId), `${round}`);
        expect(await readMessages(stage.store, sessionId, 'a')).toHaveLength(1);
        await stage.neighbour.deleteSession(sessionId, at(round));
      }
      expect(await own().list(`session/${sessionId}/`)).toEqual([]);
    });

    it('need no session, and are deleted without one', async () => {
      const sessionId = stage.id();
      await write(latest(sessionId), 'x');
      expect(await stage.store.loadSessions([sessionId])).toEqual([null]);
      expect(await stage.store.deleteSession(sessionId, at(1))).toBe(true);
      expect(await read(latest(sessionId))).toBeNull();
      expect(await stage.store.deleteSession(sessionId, at(1))).toBe(false);
    });

    it('of one session are not taken for those of a session with a slash in its id', async () => {
      const sessionId = stage.id();
      const key = `session/${sessionId}/scopes/agent/scopes/x`;
      await write(key, 'x');
      for (const id of [`${sessionId}/scopes/agent`, `/${sessionId}`, `${sessionId}/`]) {
        expect(await stage.store.deleteSession(id, at(1))).toBe(false);
      }
      expect(await read(key)).toEqual(bytes('x'));
    });

    it('of a session with a slash in its id are deleted with it, too', async () => {
      const ids = [`${stage.id()}/x`, `${stage.id()}%2Fx`];
      for (const id of ids) await write(snapshotKeyOf(id, 'state'), id);
      for (const id of ids) {
        expect(await read(snapshotKeyOf(id, 'state'))).toEqual(bytes(id));
        expect(await stage.store.deleteSession(id, at(1))).toBe(true);
        expect(await read(snapshotKeyOf(id, 'state'))).toBeNull();
      }
    });

    it('say when they were written', async () => {
      await own().write({ key: 'dated', data: bytes('x'), now: at(7) });
      expect((await own().read('dated'))?.writtenAt).toEqual(at(7));
      await own().write({ key: 'dated', data: bytes('x'), now: at(9) });
      expect((await (await others()).read('dated'))?.writtenAt).toEqual(at(9));
    });

    it('are listed in pages, each behind the last key of the one before', async () => {
      const keys = ['p/a', 'p/a/b', 'p/é', 'p/\uffff', 'p/\u{1f600}'];
      for (const key of keys) await write(key, key);
      const listed: string[] = [];
      for (let page = [''], after: string | undefined; page.length > 0; after = page.at(-1)) {
        page = await own().list('p/', { after, limit: 2 });
        listed.push(...page);
      }
      expect(listed).toEqual(keys);
      expect(await own().list('p/', { after: 'a', limit: 1 })).toEqual(['p/a']);
      expect(await own().list('p/', { after: 'p/a', limit: 1 })).toEqual(['p/a/b']);
      expect(await own().list('p/', { after: 'q', limit: 1 })).toEqual([]);
    });

    it('are let through by the budget before they are read, large ones before they are loaded', async () => {
      for (const size of [1_000, 2_000_000]) {
        const data = new Uint8Array(size).fill(size % 251);
        await own().write({ key: 'budget', data, now: at(0) });
        const asked: number[] = [];
        const allowing = {
          takeNow: (taken: number) => void asked.push(taken) as never,
          take: async (taken: number) => void asked.push(taken),
        };
        expect(Buffer.compare((await own().read('budget', allowing))?.data as Uint8Array, data)).toBe(0);
        expect(Math.max(...asked)).toBeGreaterThanOrEqual(size);
        const refusal = new ParleyError('QUERY_TOO_COMPLEX', 'too much');
        const refusing = { takeNow: () => false, take: () => Promise.reject(refusal) };
        await expect(own().read('budget', refusing)).rejects.toBe(refusal);
      }
      expect(await own().read('nothing', { takeNow: () => true, take: async () => {} })).toBeNull();
    });

    it('of a session that has to be there are refused where it is not, and what was there stays', async () => {
      const sessionId = stage.id();
      const key = latest(sessionId);
      const ofIt = (text: string) =>
        own().write({ key, data: bytes(text), now: at(0), of: { sessionId, most: 10 } });
      await expectCode(ofIt('none'), 'SESSION_NOT_FOUND');
      expect(await read(key)).toBeNull();
      await write(key, 'older');
      await expectCode(ofIt('none'), 'SESSION_NOT_FOUND');
      expect(await read(key)).toEqual(bytes('older'));
      await stage.store.createSession(aSession(sessionId));
      await ofIt('newer');
      expect(await read(key)).toEqual(bytes('newer'));
      await stage.neighbour.deleteSession(sessionId, at(1));
      await expectCode(ofIt('late'), 'SESSION_NOT_FOUND');
      expect(await read(key)).toBeNull();
    });

    it('leave nothing behind where their session is deleted while they are written', async () => {
      for (let round = 0; round < 5; round++) {
        const sessionId = stage.id();
        await stage.store.createSession(aSession(sessionId));
        const writes = Array.from({ length: 8 }, (_, n) =>
          own()
            .write({
              key: snapshotKeyOf(sessionId, `${n}`),
              data: bytes('x'),
              now: at(0),
              of: { sessionId, most: 10 },
            })
            .catch((error: ParleyError) => expect(error.code).toBe('SESSION_NOT_FOUND')),
        );
        const deleted = stage.neighbour.deleteSession(sessionId, at(1));
        await Promise.all([...writes, deleted]);
        expect(await own().list(snapshotKeyOf(sessionId, '0').slice(0, -1))).toEqual([]);
      }
    });

    it('of a session are at most so many; each may be replaced all the same', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      const ofIt = (key: string) =>
        own().write({
          key: snapshotKeyOf(sessionId, key),
          data: bytes(key),
          now: at(0),
          of: { sessionId, most: 3 },
        });
      for (const key of ['a', 'b', 'context/c']) await ofIt(key);
      await expect(ofIt('d')).rejects.toMatchObject({ code: 'DOCUMENT_TOO_LARGE', details: { limit: 3 } });
      await ofIt('context/c');
      await own().delete(snapshotKeyOf(sessionId, 'a'));
      await ofIt('d');
      expect(await read(snapshotKeyOf(sessionId, 'd'))).toEqual(bytes('d'));
    });

    it('outlive the instance that wrote them', async () => {
      const first = await stage.open();
      await write('kept', 'x', first.snapshots);
      await first.close();
      expect(await read('kept', await others())).toEqual(bytes('x'));
    });

    it.each(CALLS)('reject with STORE_UNAVAILABLE once the store is closed: %s', async (_, call) => {
      const opened = await stage.open();
      await opened.close();
      await expectCode(call(opened.snapshots), 'STORE_UNAVAILABLE');
    });
  });

  it('the range of a prefix holds what begins with it, and nothing else', () => {
    const text = fc.string({ unit: 'binary', maxLength: 6 });
    fc.assert(
      fc.property(text, text, (prefix, other) => {
        const { from, before } = rangeOfPrefix(prefix);
        const inside = (key: string) =>
          compareCodePoints(key, from) >= 0 && (before === null || compareCodePoints(key, before) < 0);
        expect(inside(prefix + other)).toBe(true);
        expect(inside(other)).toBe(other.startsWith(prefix));
      }),
    );
  });
}
