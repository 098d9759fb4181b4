import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rangeOfPrefix } from '../../../src/domain/sessions/prefix-range.js';
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
          const read = (await snapshots.read(`bytes/${name}`)) as Uint8Array;
          expect(Object.getPrototypeOf(read), name).toBe(Uint8Array.prototype);
          expect(Buffer.compare(read, data), name).toBe(0);
        }
      }
    });

    it('are kept as they were when written, whatever the caller does with its buffer then', async () => {
      const data = bytes('first');
      const written = own().write({ key: 'buffer', data, now: at(0) });
      await written;
      data.fill(0);
      const read = (await own().read('buffer')) as Uint8Array;
      expect(read).toEqual(bytes('first'));
      read.fill(0);
      expect(await own().read('buffer')).toEqual(bytes('first'));
    });

    it('are null where there are none, and deleting them is no error', async () => {
      expect(await own().read('nothing')).toBeNull();
      await own().delete('nothing');
      await write('something', 'x');
      await own().delete('something');
      expect(await own().read('something')).toBeNull();
      expect(await own().list('something')).toEqual([]);
    });

    it('are replaced whole: who reads meanwhile has one of the two', async () => {
      const texts = ['a', 'b'].map((letter) => letter.repeat(200_000));
      await write('replaced', texts[0] as string);
      const reads: Promise<Uint8Array | null>[] = [];
      const writes = Array.from({ length: 20 }, (_, index) => {
        reads.push(own().read('replaced'));
        return write('replaced', texts[index % 2] as string);
      });
      await Promise.all(writes);
      for (const read of await Promise.all(reads)) {
        expect(texts).toContain(new TextDecoder().decode(read as Uint8Array));
      }
      expect(await own().list('replaced')).toEqual(['replaced']);
    });

    it('may be written for the first time by several instances at once', async () => {
      const neighbour = await others();
      await Promise.all(
        Array.from({ length: 10 }, (_, index) => write('first', `${index}`, index % 2 ? neighbour : own())),
      );
      expect(await own().list('first')).toEqual(['first']);
      expect(Number(new TextDecoder().decode((await own().read('first')) as Uint8Array))).toBeLessThan(10);
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
        expect(await own().read(key)).toEqual(bytes(key));
        expect(await own().list(key)).toEqual([key]);
        await own().delete(key);
        expect(await own().read(key)).toBeNull();
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
      for (const key of gone) expect(await own().read(key), key).toBeNull();
      for (const key of kept) expect(await own().read(key), key).toEqual(bytes('x'));
    });

    it('do not come back when their session is made anew', async () => {
      const sessionId = stage.id();
      for (const round of [1, 2]) {
        await stage.store.appendMessages(anAppend(sessionId, 'a', [`${round}`], { createIfMissing: {} }));
        expect(await own().read(latest(sessionId))).toBeNull();
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
      expect(await own().read(latest(sessionId))).toBeNull();
      expect(await stage.store.deleteSession(sessionId, at(1))).toBe(false);
    });

    it('of one session are not taken for those of a session with a slash in its id', async () => {
      const sessionId = stage.id();
      const key = `session/${sessionId}/scopes/agent/scopes/x`;
      await write(key, 'x');
      for (const id of [`${sessionId}/scopes/agent`, `/${sessionId}`, `${sessionId}/`]) {
        expect(await stage.store.deleteSession(id, at(1))).toBe(false);
      }
      expect(await own().read(key)).toEqual(bytes('x'));
    });

    it('outlive the instance that wrote them', async () => {
      const first = await stage.open();
      await write('kept', 'x', first.snapshots);
      await first.close();
      expect(await (await others()).read('kept')).toEqual(bytes('x'));
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
