import { beforeAll, describe, expect, it } from 'vitest';
import type { MessageAddress, MessageKey } from '../../../src/domain/sessions/session-store.js';
import { anAgent, anAppend, aSession } from './inputs.js';
import { keyOf, textOf } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

export function batchedReadSentences(setup: StoreSetup): void {
  describe('reading many things at once', () => {
    const stage = useStage(setup);
    let identity: MessageKey = { storageId: '' };

    beforeAll(async () => {
      const { store } = stage;
      for (const sessionId of ['one', 'two', 'bare']) await store.createSession(aSession(sessionId));
      for (const agentId of ['z', '7', 'a'])
        await store.upsertAgent(anAgent('one', agentId, { model: `one/${agentId}` }));
      await store.upsertAgent(anAgent('two', 'a', { model: 'two/a' }));
      const [, second] = await store.appendMessages(anAppend('one', 'a', ['a0', 'a1', 'a2']));
      identity = keyOf(second);
      await store.appendMessages(anAppend('one', '7', ['s0']));
      await store.appendMessages(anAppend('two', 'a', ['t0', 't1']));
    });

    it('answers sessions in the order of the ids, null where there is none, one that is asked twice twice', async () => {
      const sessions = await stage.store.loadSessions(['two', 'no', 'one', 'two', '__proto__']);
      expect(sessions.map((session) => session?.sessionId ?? null)).toEqual([
        'two',
        null,
        'one',
        'two',
        null,
      ]);
    });

    it('answers nothing to nothing', async () => {
      expect(await stage.store.loadSessions([])).toEqual([]);
      expect(await stage.store.loadAgents([])).toEqual([]);
      expect(await stage.store.loadMessages([])).toEqual([]);
    });

    it('lists all agents of each session in stored order, none of a missing one', async () => {
      const all = (sessionId: string) => ({ sessionId, among: 'all' as const, windows: [] });
      const lists = await stage.store.loadAgents(['two', 'no', 'one', 'bare', 'two'].map(all));
      const ids = lists.map((list) => list.map(({ agent }) => `${agent.sessionId}/${agent.agentId}`));
      expect(ids).toEqual([['two/a'], [], ['one/z', 'one/7', 'one/a'], [], ['two/a']]);
      expect(lists.flat().every(({ pages }) => pages.length === 0)).toBe(true);
    });

    it('lists the agents that are asked for in the order asked, without those that are missing', async () => {
      const some = (sessionId: string, among: string[]) => ({ sessionId, among, windows: [] });
      const lists = await stage.store.loadAgents([
        some('one', ['a', 'no', 'constructor', 'z']),
        some('no', ['a']),
        some('two', ['z', 'a']),
        some('one', []),
      ]);
      const models = lists.map((list) => list.map(({ agent }) => agent.model));
      expect(models).toEqual([['one/a', 'one/z'], [], ['two/a'], []]);
    });

    it('gives every agent one page for each window, in their order', async () => {
      const [agents = []] = await stage.store.loadAgents([
        { sessionId: 'one', among: 'all', windows: [{ last: 1 }, { first: 2 }, { first: 5, after: 0 }] },
      ]);
      const texts = agents.map(({ pages }) => pages.map(({ messages }) => messages.map(textOf)));
      expect(texts).toEqual([
        [[], [], []],
        [['s0'], ['s0'], []],
        [['a2'], ['a0', 'a1'], ['a1', 'a2']],
      ]);
    });

    it('answers requests with different windows for one session each for itself', async () => {
      const lists = await stage.store.loadAgents([
        { sessionId: 'one', among: ['a'], windows: [{ last: 1 }] },
        { sessionId: 'two', among: 'all', windows: [{ first: 1 }] },
        { sessionId: 'one', among: ['7', 'a'], windows: [{ first: 1 }, { last: 2 }] },
      ]);
      const texts = lists.map((list) =>
        list.map(({ pages }) => pages.map(({ messages }) => messages.map(textOf))),
      );
      expect(texts).toEqual([
        [[['a2']]],
        [[['t0']]],
        [
          [['s0'], ['s0']],
          [['a0'], ['a1', 'a2']],
        ],
      ]);
    });

    it('counts all messages of an agent, whatever the window', async () => {
      const [agents = []] = await stage.store.loadAgents([
        { sessionId: 'one', among: 'all', windows: [{ last: 1 }] },
      ]);
      expect(agents.map(({ agent }) => agent.messageCount)).toEqual([0, 1, 3]);
    });

    it('answers messages in the order of the addresses, null where something is missing', async () => {
      const addresses: MessageAddress[] = [
        { sessionId: 'two', agentId: 'a', position: 1 },
        { sessionId: 'one', agentId: 'a', ...identity },
        { sessionId: 'no', agentId: 'a', position: 0 },
        { sessionId: 'one', agentId: 'no', position: 0 },
        { sessionId: 'one', agentId: 'z', position: 0 },
        { sessionId: 'one', agentId: 'a', messageId: 2 },
        { sessionId: 'one', agentId: 'a', position: 3 },
        { sessionId: 'one', agentId: 'a', messageId: 3 },
        { sessionId: 'one', agentId: '7', storageId: 'f'.repeat(32) },
        { sessionId: 'two', agentId: 'a', storageId: 'f'.repeat(32) },
        { sessionId: 'one', agentId: '__proto__', position: 0 },
        { sessionId: 'two', agentId: 'a', position: 1 },
      ];
      const messages = await stage.store.loadMessages(addresses);
      const nothing = null;
      expect(messages.map((message) => message && `${message.sessionId}/${textOf(message)}`)).toEqual([
        ...['two/t1', 'one/a1', nothing, nothing, nothing, 'one/a2'],
        ...[nothing, nothing, nothing, nothing, nothing, 'two/t1'],
      ]);
    });

    it('answers hundreds of sessions, agents and messages in one call', async () => {
      const times = Array.from({ length: 300 }, (_, index) => index);
      const sessions = await stage.store.loadSessions(
        times.map((index) => (index % 2 ? 'one' : `no-${index}`)),
      );
      expect(sessions.filter((session) => session !== null)).toHaveLength(150);
      const windows = [{ last: 2 }];
      const lists = await stage.store.loadAgents(
        times.map((index) => ({
          sessionId: index % 3 ? 'two' : `no-${index}`,
          among: 'all' as const,
          windows,
        })),
      );
      expect(lists.flat().map(({ pages }) => pages[0]?.messages.length)).toEqual(Array(200).fill(2));
      const messages = await stage.store.loadMessages(
        times.map((index) => ({ sessionId: 'two', agentId: 'a', position: index % 3 })),
      );
      expect(messages.filter((message) => message !== null)).toHaveLength(200);
    });
  });
}
