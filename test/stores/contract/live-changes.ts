import { describe, expect, it } from 'vitest';
import type { Change } from '../../../src/domain/sessions/session-store.js';
import { brief, follow } from './feed.js';
import { aFeedback, anAgent, anAppend, aRedaction, aSession, at, setting, someMetrics } from './inputs.js';
import { readMessages, textOf } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

/** The kinds that a listener counts; a store may tell of an agent or a session once more than needed. */
const counted = (change: Change) => change.kind !== 'agent-updated' && change.kind !== 'session-changed';
const createIfMissing = {};

export function liveChangeSentences(setup: StoreSetup): void {
  describe('live changes', () => {
    const stage = useStage(setup);

    it('begin at once with where the feed stands, and with nothing that was written before', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      const feed = await follow(stage.store);
      expect(feed.start).toBeTypeOf('string');
      expect(await feed.of(sessionId)).toEqual([]);
    });

    it('give a sign of life while nothing happens, and say when the last change was committed', async () => {
      const { store } = stage;
      const feed = await follow(store);
      const quiet = await feed.next();
      expect(quiet.value).toMatchObject({ changes: [], committedAt: null });
      // MongoDB before 6.0 tells the second alone.
      const before = Date.now() - 1_000;
      await store.createSession({ ...aSession(stage.id()), now: new Date() });
      let batch = await feed.next();
      while (batch.value.changes.length === 0) batch = await feed.next();
      expect(batch.value.committedAt).toBeGreaterThanOrEqual(before);
      expect(batch.value.committedAt).toBeLessThanOrEqual(Date.now());
    });

    it('tell of every write, in the order of the writes', async () => {
      const sessionId = stage.id();
      const { store } = stage;
      const feed = await follow(store);
      const address = { sessionId, agentId: 'a', position: 1 };
      await store.createSession(aSession(sessionId));
      await store.appendMessages(anAppend(sessionId, 'a', ['0', '1'], { createIfMissing }));
      await store.recordMetrics(someMetrics(address, { custom: 1 }));
      await store.changeMetadata(setting(sessionId, { a: 1 }));
      await store.addFeedback(aFeedback(sessionId, 'up'));
      await store.redactMessage(aRedaction({ ...address, position: 0 }, '[removed]'));
      await store.addFeedback(aFeedback(sessionId, 'down'));
      await store.deleteSession(sessionId, at(1));
      expect((await feed.of(sessionId)).filter(counted).map(brief)).toEqual([
        'session-created',
        'message-added a 0',
        'message-added a 1',
        'message-updated a 1',
        'metadata-changed',
        'feedback-added 0',
        'message-updated a 0',
        'feedback-added 1',
        'session-deleted',
      ]);
    });

    it('tell of an agent that is made and of one that is changed', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      const feed = await follow(stage.store);
      await stage.store.upsertAgent(anAgent(sessionId, '__proto__', { model: 'm' }));
      const told = async () =>
        (await feed.of(sessionId)).filter(({ kind }) => kind !== 'session-changed').map(brief);
      expect(new Set(await told())).toEqual(new Set(['agent-updated __proto__']));
      for (const fields of [
        { model: 'n' },
        { state: { a: 1 } },
        { systemPrompt: 's' },
        { promptMetadata: {} },
        { model: null },
      ]) {
        const before = (await told()).length;
        await stage.store.upsertAgent(anAgent(sessionId, '__proto__', fields));
        expect(new Set((await told()).slice(before))).toEqual(new Set(['agent-updated __proto__']));
      }
    });

    it('tell that a session was created before they tell of its messages, where an append made it', async () => {
      const sessionId = stage.id();
      const feed = await follow(stage.store);
      await stage.store.appendMessages(anAppend(sessionId, '10', ['0', '1', '2'], { createIfMissing }));
      expect((await feed.of(sessionId)).filter(counted).map(brief)).toEqual([
        'session-created',
        'message-added 10 0',
        'message-added 10 1',
        'message-added 10 2',
      ]);
    });

    it('tell of nothing where nothing was written', async () => {
      const sessionId = stage.id();
      const { store } = stage;
      const append = anAppend(sessionId, 'a', ['0'], { createIfMissing });
      await store.appendMessages(append);
      const feed = await follow(store);
      await store.appendMessages(append);
      await store.deleteSession('no such session', at(0));
      const missing = { sessionId, agentId: 'a', position: 5 };
      const refused = [
        store.createSession(aSession(sessionId)),
        store.appendMessages(anAppend(sessionId, 'b', ['0'])),
        store.recordMetrics(someMetrics(missing, {})),
        store.redactMessage(aRedaction(missing, '-')),
      ];
      const outcomes = await Promise.allSettled(refused);
      expect(outcomes.map(({ status }) => status)).toEqual(Array(4).fill('rejected'));
      expect(await feed.of(sessionId, 'no such session')).toEqual([]);
    });

    it('tell of what another instance writes, and show it when they do', async () => {
      const sessionId = stage.id();
      const feed = await follow(stage.store);
      await stage.neighbour.appendMessages(anAppend(sessionId, 'a', ['from afar'], { createIfMissing }));
      await feed.until((change) => change.sessionId === sessionId && change.kind === 'message-added');
      expect((await readMessages(stage.store, sessionId, 'a')).map(textOf)).toEqual(['from afar']);
    });

    it('tell of each message once and in order, though many are written at once by two instances', async () => {
      const sessionId = stage.id();
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['0'], { createIfMissing }));
      const [here, there] = [await follow(stage.store), await follow(stage.neighbour)];
      const stores = [stage.store, stage.neighbour];
      await Promise.all(
        Array.from({ length: 40 }, (_, index) =>
          (stores[index % 2] ?? stage.store).appendMessages(
            anAppend(sessionId, index % 4 < 2 ? 'a' : 'b', ['x', 'y'], { createIfMissing }),
          ),
        ),
      );
      const told = (await here.of(sessionId)).filter(counted);
      for (const [agentId, first] of [['a', 1] as const, ['b', 0] as const]) {
        const indices = told.flatMap((change) =>
          change.kind === 'message-added' && change.agentId === agentId ? [change.index] : [],
        );
        expect(indices).toEqual(Array.from({ length: 40 }, (_, index) => index + first));
      }
      expect((await there.of(sessionId)).filter(counted)).toEqual(told);
    });

    it('have positions that only rise, in the changes and in the batches', async () => {
      const feed = await follow(stage.store);
      const ids = Array.from({ length: 12 }, () => stage.id());
      for (const sessionId of ids) {
        await stage.store.appendMessages(anAppend(sessionId, 'a', ['0', '1'], { createIfMissing }));
      }
      await feed.of();
      const positions = feed.seen.map(({ position }) => position);
      expect(positions).toEqual(positions.toSorted());
      expect(feed.batches).toEqual(feed.batches.toSorted());
      expect((feed.batches.at(-1) ?? '') >= (positions.at(-1) ?? '')).toBe(true);
      expect((positions[0] ?? '') > feed.start).toBe(true);
    });

    it('carry no content, only identities', async () => {
      const sessionId = stage.id();
      const feed = await follow(stage.store);
      const metadata = { note: 'CONTENT' };
      await stage.store.createSession(aSession(sessionId, { metadata, applicationName: 'CONTENT' }));
      await stage.store.appendMessages(anAppend(sessionId, 'a', ['CONTENT'], { createIfMissing }));
      await stage.store.addFeedback(aFeedback(sessionId, 'up', { comment: 'CONTENT' }));
      expect(JSON.stringify(await feed.of(sessionId))).not.toContain('CONTENT');
    });

    it('tell when they were written, to the second at least', async () => {
      const sessionId = stage.id();
      const feed = await follow(stage.store);
      const before = Date.now();
      await stage.store.createSession(aSession(sessionId, { now: new Date() }));
      const [created] = await feed.of(sessionId);
      expect(created?.at).toBeGreaterThan(before - 2_000);
      expect(created?.at).toBeLessThanOrEqual(Date.now());
      const { position } = created as Change;
      const query = { sessionId, after: feed.start, until: position, limit: 1 };
      expect((await stage.store.history(query)).changes).toEqual([created]);
    });

    it('tell a session from an earlier one of its id by when it was created', async () => {
      const sessionId = stage.id();
      const feed = await follow(stage.store);
      for (const minute of [1, 2]) {
        await stage.store.createSession(aSession(sessionId, { now: at(minute) }));
        await stage.store.appendMessages(
          anAppend(sessionId, 'a', ['0'], { createIfMissing, now: at(minute) }),
        );
        await stage.store.deleteSession(sessionId, at(minute));
      }
      const changes = await feed.of(sessionId);
      const created = changes.filter(({ kind }) => kind === 'session-created');
      expect(created.map(({ sessionCreatedAt }) => sessionCreatedAt)).toEqual([at(1), at(2)].map(Number));
      const second = changes.findLastIndex(({ kind }) => kind === 'session-created');
      for (const [index, { sessionCreatedAt }] of changes.entries()) {
        expect([null, Number(at(index < second ? 1 : 2))]).toContain(sessionCreatedAt);
      }
    });

    it('end when their signal aborts, also while they wait', async () => {
      const feed = await follow(stage.store);
      await feed.of();
      const waiting = (async () => {
        while (!(await feed.next()).done);
        return 'ended';
      })();
      feed.abort();
      expect(await waiting).toBe('ended');
      expect((await feed.next()).done).toBe(true);
    });

    it('end at once when their signal has aborted before', async () => {
      const seen: string[] = [];
      const changes = stage.store.changes({ after: null, signal: AbortSignal.abort() });
      for await (const batch of changes) seen.push(batch.position);
      expect(seen.length).toBeLessThanOrEqual(1);
    });

    it('may be left at any time, and leave the others running', async () => {
      const sessionId = stage.id();
      const other = await follow(stage.store);
      const signal = new AbortController().signal;
      for await (const _ of stage.store.changes({ after: null, signal })) break;
      await stage.store.createSession(aSession(sessionId));
      expect((await other.of(sessionId)).map(brief)).toEqual(['session-created']);
    });
  });
}
