import { describe, expect, it } from 'vitest';
import type { Later } from '../../../src/domain/async/later.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { follow } from './feed.js';
import { aFeedback, anAgent, anAppend, aRedaction, aSession, at, setting, someMetrics } from './inputs.js';
import { expectCode, readMessages } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

const address = { sessionId: 's', agentId: 'a', position: 0 };
const query = { filter: {}, limit: 1, backward: false, after: null, before: null };

/** Every method, on a session that is there. */
const CALLS: [name: keyof SessionStore, call: (store: SessionStore) => Later<unknown>][] = [
  [
    'findSessions',
    (store) => store.findSessions({ ...query, orderBy: { field: 'createdAt', direction: 'asc' } }),
  ],
  ['countSessions', (store) => store.countSessions({})],
  ['loadSessions', (store) => store.loadSessions(['s'])],
  ['loadUsage', (store) => store.loadUsage([{ sessionId: 's' }])],
  ['loadAgents', (store) => store.loadAgents([{ sessionId: 's', among: 'all', windows: [] }])],
  ['loadSuperseding', (store) => store.loadSuperseding([{ sessionId: 's', among: 'all' }])],
  ['loadMessages', (store) => store.loadMessages([address])],
  ['createSession', (store) => store.createSession(aSession('new'))],
  ['deleteSession', (store) => store.deleteSession('s', at(1))],
  [
    'expireSession',
    (store) =>
      store.expireSession({ sessionId: 's', filter: {}, unchangedSince: at(9), dryRun: false, now: at(9) }),
  ],
  ['remainsOf', (store) => store.remainsOf(['s'])],
  ['upsertAgent', (store) => store.upsertAgent(anAgent('s', 'a'))],
  ['appendMessages', (store) => store.appendMessages(anAppend('s', 'a', ['x'], { createIfMissing: {} }))],
  ['recordMetrics', (store) => store.recordMetrics(someMetrics(address, {}))],
  ['redactMessage', (store) => store.redactMessage(aRedaction(address, '-'))],
  ['changeMetadata', (store) => store.changeMetadata(setting('s', { a: 1 }))],
  ['addFeedback', (store) => store.addFeedback(aFeedback('s', 'up'))],
  [
    'changes',
    async (store) => {
      const signal = new AbortController().signal;
      for await (const _ of store.changes({ after: null, signal })) break;
    },
  ],
  ['history', (store) => store.history({ sessionId: null, after: '', until: '', limit: 1 })],
  ['ping', (store) => store.ping()],
  ['tryWrite', (store) => store.tryWrite()],
];

export function closingSentences(setup: StoreSetup): void {
  describe('an instance', () => {
    const stage = useStage(setup);

    it('answers a ping while it is open', async () => {
      await stage.store.ping();
    });

    it('takes a try at a write, which changes nothing and is told to nobody', async () => {
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      const before = await stage.store.loadSessions([sessionId]);
      const feed = await follow(stage.store);
      await stage.store.tryWrite();
      expect(await stage.store.loadSessions([sessionId])).toEqual(before);
      expect(await stage.store.loadSessions([''])).toEqual([null]);
      const next = stage.id();
      await stage.store.createSession(aSession(next));
      expect(await feed.of(next)).toHaveLength(1);
      expect(await feed.of(sessionId)).toHaveLength(0);
    });

    it('may be closed twice, also at the same time', async () => {
      const opened = await stage.open();
      await Promise.all([opened.close(), opened.close()]);
      await opened.close();
      await opened.sessions.close();
    });

    it.each(CALLS)('rejects with STORE_UNAVAILABLE after it is closed: %s', async (_, call) => {
      const opened = await stage.open();
      await opened.sessions.close();
      await expectCode((async () => call(opened.sessions))(), 'STORE_UNAVAILABLE');
      await opened.close();
    });

    it('finishes the writes under way before it is closed', async () => {
      const opened = await stage.open();
      const sessionId = stage.id();
      const writes = Array.from({ length: 20 }, (_, index) =>
        opened.sessions.appendMessages(anAppend(sessionId, 'a', [`${index}`], { createIfMissing: {} })),
      );
      const [outcomes] = await Promise.all([Promise.all(writes), opened.close()]);
      expect(await readMessages(stage.store, sessionId, 'a')).toHaveLength(outcomes.length);
    });

    it('ends its open feeds when it is closed, and leaves those of the others running', async () => {
      const opened = await stage.open();
      const [own, other] = [await follow(opened.sessions), await follow(stage.store)];
      const ended = (async () => {
        while (!(await own.next()).done);
        return 'ended';
      })().catch((error: { code?: string }) => error.code);
      await opened.close();
      expect(['ended', 'STORE_UNAVAILABLE']).toContain(await ended);
      const sessionId = stage.id();
      await stage.store.createSession(aSession(sessionId));
      expect(await other.of(sessionId)).toHaveLength(1);
    });

    it('finds everything again that an earlier instance had written', async () => {
      const sessionId = stage.id();
      const first = await stage.open();
      const messages = await first.sessions.appendMessages(
        anAppend(sessionId, 'a', ['0', '1'], { createIfMissing: {}, now: at(2) }),
      );
      const [session] = await first.sessions.loadSessions([sessionId]);
      await first.close();
      const second = await stage.open();
      expect(await second.sessions.loadSessions([sessionId])).toEqual([session]);
      expect(await readMessages(second.sessions, sessionId, 'a')).toEqual(messages);
    });
  });
}
