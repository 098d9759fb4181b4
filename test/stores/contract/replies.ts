import { describe, expect, it } from 'vitest';
import { ABANDONED_KEPT_MS } from '../../../src/domain/replies/reply-store.js';
import { eventually } from '../../support/eventually.js';
import { anAgent, aReply, aSession, at, someParts } from './inputs.js';
import { expectCode, readAgents, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

/** What every call of one writer has in common. */
const by = (replyId: string, epoch = 1) => ({ replyId, epoch });

export function replySentences(setup: StoreSetup): void {
  describe('a reply in progress', () => {
    const stage = useStage(setup);
    const own = () => stage.opened.replies;
    const others = async () => (await stage.open()).replies;
    let serial = 0;
    const begin = async (options: Parameters<typeof aReply>[3] = {}) => {
      const [sessionId, replyId] = [stage.id(), `reply-${++serial}`];
      const reply = await own().start(aReply(sessionId, 'a', replyId, { createIfMissing: {}, ...options }));
      return { sessionId, replyId, reply };
    };
    const textOf = async (replyId: string, store = own()) =>
      (await store.parts(replyId)).map(({ text }) => text).join('');

    it('is made with its session and agent where they are missing, and only where that is asked for', async () => {
      const [sessionId, agentId] = [stage.id(), 'a'];
      await expectCode(own().start(aReply(sessionId, agentId, 'nowhere')), 'SESSION_NOT_FOUND');
      await expectCode(
        own().start(aReply(sessionId, agentId, 'nowhere', { createIfMissing: 'agent' })),
        'SESSION_NOT_FOUND',
      );
      await stage.store.createSession(aSession(sessionId));
      await expectCode(own().start(aReply(sessionId, agentId, 'nowhere')), 'AGENT_NOT_FOUND');
      const reply = await own().start(
        aReply(sessionId, agentId, 'somewhere', { createIfMissing: 'agent', now: at(3), timeoutMs: 5_000 }),
      );
      expect(reply).toEqual({
        replyId: 'somewhere',
        sessionId,
        agentId,
        state: 'writing',
        epoch: 1,
        durability: 'each',
        timeoutMs: 5_000,
        caller: 'a caller',
        offset: 0,
        startedAt: at(3),
        endedAt: null,
        reason: null,
        position: null,
      });
      expect((await readAgents(stage.store, sessionId)).map((agent) => agent.agentId)).toEqual([agentId]);
      const fresh = await begin();
      expect((await readSession(stage.neighbour, fresh.sessionId)).messageCount).toBe(0);
    });

    it('grows by what is appended at its end, for every instance, and is no message', async () => {
      const { sessionId, replyId } = await begin();
      const tool = { block: 1, kind: 'tool-input', toolUseId: 't', name: 'search', text: '{"q":' } as const;
      const first = someParts('Grüße ', '\u{1F600}', tool);
      const second = someParts({ ...tool, text: '1}' }, '!');
      expect(await own().append([{ ...by(replyId), offset: 0, parts: first }])).toEqual([
        { taken: true, reply: expect.objectContaining({ offset: 13, state: 'writing' }) },
      ]);
      const neighbour = await others();
      const [answer] = await neighbour.append([{ ...by(replyId), offset: 13, parts: second }]);
      expect(answer).toMatchObject({ taken: true, reply: { offset: 16 } });
      for (const store of [own(), neighbour]) {
        expect(await store.load([replyId])).toEqual([answer?.reply]);
        expect(await textOf(replyId, store)).toBe('Grüße \u{1F600}{"q":1}!');
        expect((await store.parts(replyId)).find(({ block }) => block === 1)).toMatchObject({
          ...tool,
          text: expect.any(String),
        });
      }
      expect((await readSession(stage.store, sessionId)).messageCount).toBe(0);
    });

    it('takes a block that has no text yet', async () => {
      const { replyId } = await begin();
      const head = { block: 0, kind: 'tool-result', toolUseId: 't', status: 'error', text: '' } as const;
      await own().append([{ ...by(replyId), offset: 0, parts: someParts(head) }]);
      expect(await own().parts(replyId)).toEqual(someParts(head));
    });

    it('takes nothing elsewhere than at its end, and says where that is', async () => {
      const { replyId } = await begin();
      const parts = someParts('Hello');
      await own().append([{ ...by(replyId), offset: 0, parts }]);
      for (const offset of [0, 4, 6]) {
        expect(await own().append([{ ...by(replyId), offset, parts }])).toEqual([
          { taken: false, reply: expect.objectContaining({ offset: 5 }) },
        ]);
      }
      expect(await textOf(replyId)).toBe('Hello');
    });

    it('is taken over by a later start: the writer before changes nothing from then on', async () => {
      const { sessionId, replyId } = await begin();
      await own().append([{ ...by(replyId), offset: 0, parts: someParts('one') }]);
      const neighbour = await others();
      const taken = await neighbour.start(aReply(sessionId, 'a', replyId));
      expect(taken).toMatchObject({ epoch: 2, offset: 3, state: 'writing' });
      expect(await own().append([{ ...by(replyId), offset: 3, parts: someParts('!') }])).toEqual([
        { taken: false, reply: taken },
      ]);
      const [answer] = await neighbour.append([{ ...by(replyId, 2), offset: 3, parts: someParts(' two') }]);
      expect(answer).toMatchObject({ taken: true });
      expect(await textOf(replyId)).toBe('one two');
    });

    it('takes nothing that is meant for one that had its id before, and is not ended for it', async () => {
      const { sessionId, replyId, reply } = await begin({ now: at(1) });
      await stage.store.deleteSession(sessionId, at(2));
      const other = stage.id();
      const start = aReply(other, 'a', replyId, { createIfMissing: {}, now: at(3) });
      const { startedAt } = await own().start(start);
      const before = { ...by(replyId), startedAt: reply.startedAt };
      const [said] = await own().append([{ ...before, offset: 0, parts: someParts('not its own') }]);
      expect(said).toMatchObject({ taken: false, reply: { sessionId: other, offset: 0 } });
      const ending = { state: 'aborted', reason: null, rest: null, message: null, now: at(4) } as const;
      for (const epoch of [1, null])
        expect(await own().end({ ...before, ...ending, epoch })).toMatchObject({ ended: false });
      const [own1] = await own().append([
        { ...by(replyId), startedAt, offset: 0, parts: someParts('its own') },
      ]);
      expect(own1).toMatchObject({ taken: true });
      expect(await textOf(replyId)).toBe('its own');
      expect(await own().end({ ...by(replyId), startedAt, ...ending })).toMatchObject({ ended: true });
    });

    it('has one writer for each epoch, whoever starts it at once', async () => {
      const { sessionId, replyId } = await begin();
      const stores = [own(), await others(), await others()];
      const starts = Array.from({ length: 12 }, (_, index) =>
        (stores[index % 3] as (typeof stores)[0]).start(aReply(sessionId, 'a', replyId)),
      );
      const epochs = (await Promise.all(starts)).map(({ epoch }) => epoch);
      expect(epochs.sort((a, b) => a - b)).toEqual(Array.from({ length: 12 }, (_, index) => index + 2));
    });

    it('takes each part once, whoever sends it at once', async () => {
      const { replyId } = await begin();
      const stores = [own(), await others(), await others()];
      for (const [round, piece] of ['aa', 'bb', 'cc'].entries()) {
        const tries = Array.from({ length: 6 }, (_, index) =>
          (stores[index % 3] as (typeof stores)[0]).append([
            { ...by(replyId), offset: round * 2, parts: someParts(piece) },
          ]),
        );
        const answers = (await Promise.all(tries)).flat();
        expect(answers.filter(({ taken }) => taken)).toHaveLength(1);
      }
      expect(await textOf(replyId)).toBe('aabbcc');
    });

    it('is started once for each key, and fences nobody by a repetition', async () => {
      const { sessionId, replyId } = await begin({ key: 'first' });
      expect(await own().start(aReply(sessionId, 'a', replyId, { key: 'first' }))).toMatchObject({
        epoch: 1,
      });
      expect(await own().start(aReply(sessionId, 'a', replyId, { key: 'second' }))).toMatchObject({
        epoch: 2,
      });
      expect(await own().start(aReply(sessionId, 'a', replyId, { key: 'first' }))).toMatchObject({
        epoch: 1,
      });
      expect((await own().load([replyId]))[0]).toMatchObject({ epoch: 2 });
      await stage.store.upsertAgent(anAgent(sessionId, 'b'));
      await expectCode(
        own().start(aReply(sessionId, 'b', 'another', { key: 'first' })),
        'IDEMPOTENCY_CONFLICT',
      );
    });

    it('has its id for itself in the whole database', async () => {
      const { replyId } = await begin();
      await expectCode(
        own().start(aReply(stage.id(), 'a', replyId, { createIfMissing: {} })),
        'IDEMPOTENCY_CONFLICT',
      );
    });

    it('is one of so many of its session, and of its caller', async () => {
      const most = { ofSession: 2, ofCaller: 3 };
      const caller = 'a busy caller';
      const { sessionId, replyId } = await begin({ most, caller });
      await own().start(aReply(sessionId, 'a', 'busy-2', { most, caller }));
      await expectCode(
        own().start(aReply(sessionId, 'a', 'busy-3', { most, caller: 'other' })),
        'RATE_LIMITED',
      );
      await begin({ most, caller });
      await expectCode(begin({ most, caller }), 'RATE_LIMITED');
      expect(await own().start(aReply(sessionId, 'a', replyId, { most, caller }))).toMatchObject({
        epoch: 2,
      });
    });

    it('is told of each in a group by itself: one that is not taken leaves its neighbours alone', async () => {
      const [one, two, three] = [await begin(), await begin(), await begin()];
      const answers = await own().append([
        { ...by(one.replyId), offset: 0, parts: someParts('one') },
        { ...by(two.replyId), offset: 9, parts: someParts('two') },
        { ...by('nobody'), offset: 0, parts: someParts('none') },
        { ...by(three.replyId), offset: 0, parts: someParts('three') },
      ]);
      expect(answers.map(({ taken }) => taken)).toEqual([true, false, false, true]);
      expect(answers[2]?.reply).toBeNull();
      expect(await textOf(three.replyId)).toBe('three');
    });

    it('is listed with its session by state, agent and number, in the order in which they were started', async () => {
      const { sessionId, replyId } = await begin();
      const second = await own().start(aReply(sessionId, 'b', `${replyId}-b`, { createIfMissing: 'agent' }));
      const all = { sessionId, agentId: null, states: ['writing', 'abandoned'] as const, limit: 10 };
      const ids = async (...requests: Parameters<ReturnType<typeof own>['list']>[0]) =>
        (await own().list(requests)).map((list) => list.map((reply) => reply.replyId));
      expect(
        await ids(
          all,
          { ...all, agentId: 'b' },
          { ...all, limit: 1 },
          { ...all, states: ['finished'] },
          { ...all, sessionId: 'none' },
        ),
      ).toEqual([[replyId, second.replyId], [second.replyId], [replyId], [], []]);
    });

    it('is abandoned exactly once among all instances where nobody is heard of, and goes on with the next sign', async () => {
      const { sessionId, replyId } = await begin({ timeoutMs: 1 });
      const patient = await begin();
      await own().append([{ ...by(replyId), offset: 0, parts: someParts('Hel') }]);
      const stores = [own(), await others(), await others()];
      const found: string[] = [];
      await eventually(async () => {
        const late = await Promise.all(stores.map((store) => store.abandonOverdue()));
        found.push(...late.flat().map((name) => name.replyId));
        expect(found).toContain(replyId);
      });
      for (const store of stores) found.push(...(await store.abandonOverdue()).map((name) => name.replyId));
      expect(found.filter((id) => id === replyId)).toHaveLength(1);
      expect(found).not.toContain(patient.replyId);
      expect((await own().load([replyId]))[0]).toMatchObject({ state: 'abandoned', offset: 3 });
      expect(await textOf(replyId)).toBe('Hel');
      const [answer] = await own().append([{ ...by(replyId), offset: 3, parts: [] }]);
      expect(answer).toMatchObject({ taken: true, reply: { state: 'writing' } });
      await eventually(async () => {
        await own().abandonOverdue();
        expect((await own().load([replyId]))[0]).toMatchObject({ state: 'abandoned' });
      });
      expect(await own().start(aReply(sessionId, 'a', replyId))).toMatchObject({
        epoch: 2,
        state: 'writing',
        offset: 3,
      });
    });

    it('is removed where nobody has gone on with it for 7 days', async () => {
      const { replyId } = await begin({ timeoutMs: 1 });
      await eventually(async () => {
        await own().abandonOverdue();
        expect((await own().load([replyId]))[0]).toMatchObject({ state: 'abandoned' });
      });
      await begin({ now: new Date(Date.now() + ABANDONED_KEPT_MS / 2) });
      expect((await own().load([replyId]))[0]).not.toBeNull();
      await begin({ now: new Date(Date.now() + ABANDONED_KEPT_MS + 60_000) });
      expect(await own().load([replyId])).toEqual([null]);
    });

    it('goes with its session, whatever it has', async () => {
      const { sessionId, replyId } = await begin();
      await own().append([{ ...by(replyId), offset: 0, parts: someParts('a secret') }]);
      await stage.neighbour.deleteSession(sessionId, at(1));
      expect(await own().load([replyId])).toEqual([null]);
      expect(await own().parts(replyId)).toEqual([]);
      expect(await own().append([{ ...by(replyId), offset: 8, parts: someParts('!') }])).toEqual([
        { reply: null, taken: false },
      ]);
      const left = await stage.store.remainsOf([sessionId]);
      expect(left.filter((place) => place.left > 0)).toEqual([]);
    });

    it('rejects with STORE_UNAVAILABLE once the store is closed', async () => {
      const opened = await stage.open();
      await opened.close();
      const { replies } = opened;
      await expectCode(replies.start(aReply('s', 'a', 'r')), 'STORE_UNAVAILABLE');
      await expectCode(replies.append([{ ...by('r'), offset: 0, parts: [] }]), 'STORE_UNAVAILABLE');
      await expectCode(replies.load(['r']), 'STORE_UNAVAILABLE');
      await expectCode(replies.parts('r'), 'STORE_UNAVAILABLE');
      await expectCode(replies.abandonOverdue(), 'STORE_UNAVAILABLE');
      await expectCode(
        replies.list([{ sessionId: 's', agentId: null, states: ['writing'], limit: 1 }]),
        'STORE_UNAVAILABLE',
      );
    });
  });
}
