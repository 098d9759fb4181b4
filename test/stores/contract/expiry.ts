import { describe, expect, it } from 'vitest';
import type { SessionFilter } from '../../../src/domain/sessions/session-store.js';
import { anAppend, aReply, aSession, at } from './inputs.js';
import { type StoreSetup, useStage } from './stage.js';

const keyOf = (sessionId: string) => `session/${sessionId}/scopes/agent/a/snapshots/snapshot_latest.json`;

export function expirySentences(setup: StoreSetup): void {
  describe('the expiry of a session', () => {
    const stage = useStage(setup);
    const expire = (
      sessionId: string,
      {
        since = 10,
        filter = {},
        dryRun = false,
      }: { since?: number; filter?: SessionFilter; dryRun?: boolean } = {},
    ) => stage.store.expireSession({ sessionId, filter, unchangedSince: at(since), dryRun, now: at(30) });
    const isThere = async (sessionId: string) =>
      (await stage.neighbour.loadSessions([sessionId]))[0] !== null;
    const make = async (sessionId: string, fields: Parameters<typeof aSession>[1] = {}) => {
      await stage.store.createSession(aSession(sessionId, fields));
      await stage.store.appendMessages(
        anAppend(sessionId, 'a', ['Hello'], { createIfMissing: {}, now: at(5) }),
      );
      return sessionId;
    };
    const snapshot = (sessionId: string, minute: number) =>
      stage.opened.snapshots.write({ key: keyOf(sessionId), data: new Uint8Array(1), now: at(minute) });

    it('deletes it with everything below it, where nothing of it has changed since', async () => {
      const sessionId = await make(stage.id());
      await snapshot(sessionId, 5);
      expect(await expire(sessionId)).toBe(true);
      expect(await isThere(sessionId)).toBe(false);
      expect((await stage.store.remainsOf([sessionId])).filter(({ left }) => left > 0)).toEqual([]);
      expect(await expire(sessionId)).toBe(false);
    });

    it('leaves what has changed at that time or later alone', async () => {
      const sessionId = await make(stage.id());
      expect(await expire(sessionId, { since: 5 })).toBe(false);
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['again'], { now: at(20) }));
      expect(await expire(sessionId)).toBe(false);
      expect(await isThere(sessionId)).toBe(true);
      expect(await expire(sessionId, { since: 21 })).toBe(true);
    });

    it('takes a snapshot for a change of its session', async () => {
      const sessionId = await make(stage.id());
      await snapshot(sessionId, 10);
      expect(await expire(sessionId)).toBe(false);
      expect(await isThere(sessionId)).toBe(true);
      expect(await stage.opened.snapshots.read(keyOf(sessionId))).not.toBeNull();
      expect(await expire(sessionId, { since: 11 })).toBe(true);
      expect(await stage.opened.snapshots.read(keyOf(sessionId))).toBeNull();
    });

    it('takes a sign of the writer of a reply for a change of its session', async () => {
      const sessionId = await make(stage.id());
      const replyId = `of ${sessionId}`;
      await stage.opened.replies.start(aReply(sessionId, 'a', replyId));
      expect(await expire(sessionId, { dryRun: true })).toBe(false);
      expect(await expire(sessionId)).toBe(false);
      expect(await stage.opened.replies.load([replyId])).toMatchObject([{ state: 'writing' }]);
      const muchLater = new Date(Date.now() + 3_600_000);
      const late = { sessionId, filter: {}, unchangedSince: muchLater, now: muchLater };
      expect(await stage.store.expireSession({ ...late, dryRun: true })).toBe(true);
      expect(await stage.store.expireSession({ ...late, dryRun: false })).toBe(true);
      expect(await stage.opened.replies.load([replyId])).toEqual([null]);
      expect((await stage.store.remainsOf([sessionId])).filter(({ left }) => left > 0)).toEqual([]);
    });

    it('leaves a session alone that the filter does not match, whatever it asks for', async () => {
      const sessionId = await make(stage.id(), {
        applicationName: 'shop',
        metadata: { user: { plan: 'free' } },
      });
      const plan = (equals: string): SessionFilter => ({ metadata: [{ path: 'user.plan', equals }] });
      for (const filter of [
        { applicationName: 'desk' },
        plan('paid'),
        { not: plan('free') },
        { and: [plan('free'), { not: { applicationName: 'shop' } }] },
        { sessionType: 'default' },
        { metadata: [{ path: 'user.plan', gt: 'free' }] },
        { metadata: [{ path: 'a-b.c"d', exists: true }] },
      ]) {
        expect(await expire(sessionId, { filter })).toBe(false);
      }
      expect(await isThere(sessionId)).toBe(true);
      expect(await expire(sessionId, { filter: { and: [plan('free'), { applicationName: 'shop' }] } })).toBe(
        true,
      );
    });

    it('only tells of it in a dry run', async () => {
      const sessionId = await make(stage.id());
      await snapshot(sessionId, 5);
      expect(await expire(sessionId, { dryRun: true })).toBe(true);
      expect(await expire(sessionId, { dryRun: true, since: 5 })).toBe(false);
      expect(await isThere(sessionId)).toBe(true);
      expect(await stage.opened.snapshots.read(keyOf(sessionId))).not.toBeNull();
    });
  });
}
