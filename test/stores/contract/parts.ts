import { beforeAll, describe, expect, it } from 'vitest';
import type { Later } from '../../../src/domain/async/later.js';
import { ParleyError } from '../../../src/domain/errors.js';
import type { ReadBudget } from '../../../src/domain/read-budget.js';
import { speechOf } from '../../../src/domain/sessions/block-speech.js';
import type { GuardrailEvent, Message } from '../../../src/domain/sessions/model.js';
import { AGENT_PARTS, MESSAGE_PARTS, SESSION_PARTS } from '../../../src/domain/sessions/session-store.js';
import { aFeedback, anAgent, anAppend, aRedaction, aSession, at, someMetrics } from './inputs.js';
import { readMessages, readSession } from './reads.js';
import { type StoreSetup, useStage } from './stage.js';

/** More than comes along with a size. */
const BIG = 'x'.repeat(2 * 1024 * 1024);
const EVENT: GuardrailEvent = {
  action: 'INTERVENED',
  timestamp: at(1),
  stopReason: null,
  policiesTriggered: null,
  trace: { why: 'because' },
};

/** Lets everything through, and notes what it was asked for. */
function noting(): ReadBudget & { asked: number[] } {
  const asked: number[] = [];
  return { asked, takeNow: (bytes) => asked.push(bytes) > 0, take: async () => {} };
}

const refusing = (): ReadBudget => {
  const refuse = () => {
    throw new ParleyError('QUERY_TOO_COMPLEX', 'too much');
  };
  return { takeNow: (bytes) => bytes < BIG.length || refuse(), take: async () => refuse() };
};

const saying = ({ text, content }: Message): string => text?.valueOf() ?? speechOf(content);

const withoutIdentities = ({
  storageId: _storage,
  clientId: _client,
  trackingId: _tracking,
  updatedAt: _updated,
  supersedes: _supersedes,
  ...others
}: Message) => others;

export function partSentences(setup: StoreSetup): void {
  describe('reading parts', () => {
    const stage = useStage(setup);
    const pages = { among: 'all' as const, windows: [{ first: 10 }] };

    beforeAll(async () => {
      const { store } = stage;
      const metadata = { user: { id: 'u' } };
      await store.createSession(aSession('s', { metadata, applicationName: 'app' }));
      const state = { state: { a: 1 }, conversationManagerState: { b: 2 } };
      const prompt = { systemPrompt: 'be kind', promptMetadata: { v: 1 }, model: 'm' };
      await store.upsertAgent(anAgent('s', 'a', { ...state, ...prompt }));
      const usage = { usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 } };
      const said = [{ content: [{ text: 'one' }], metadata: usage }, 'two', 'three'];
      await store.appendMessages(anAppend('s', 'a', said));
      const position = (index: number) => ({ sessionId: 's', agentId: 'a', position: index });
      await store.recordMetrics(someMetrics(position(1), { accumulated_usage: { totalTokens: 7 } }));
      await store.redactMessage(
        aRedaction(position(2), 'gone', { guardrailEvent: EVENT, role: 'assistant' }),
      );
      await store.addFeedback(aFeedback('s', 'up', { comment: 'good', fields: { by: 'me' } }));
      for (const sessionId of ['large', 'large too']) {
        await store.createSession(aSession(sessionId, { metadata: { text: BIG } }));
        await store.upsertAgent(anAgent(sessionId, 'a', { state: { text: BIG } }));
        await store.appendMessages(anAppend(sessionId, 'a', [BIG, 'short']));
      }
    });

    it('of a session gives what is small, and of the rest what is asked for', async () => {
      const { store } = stage;
      const whole = await readSession(store, 's');
      const bare = { ...whole, metadata: {}, feedback: [], guardrailEvents: [], messageCount: 0 };
      expect(await store.loadSessions(['s'], [])).toEqual([bare]);
      for (const part of SESSION_PARTS) {
        expect(await store.loadSessions(['s'], [part])).toEqual([{ ...bare, [part]: whole[part] }]);
      }
      expect(await store.loadSessions(['s'], SESSION_PARTS)).toEqual([whole]);
    });

    it('of a page of sessions gives the same', async () => {
      const { store } = stage;
      const query = {
        filter: { sessionIds: ['s'] },
        orderBy: { field: 'createdAt', direction: 'asc' } as const,
        limit: 5,
        backward: false,
        after: null,
        before: null,
      };
      const [whole] = (await store.findSessions(query)).sessions;
      const bare = { ...whole, metadata: {}, feedback: [], guardrailEvents: [], messageCount: 0 };
      const filters = [query.filter, { metadata: [{ path: 'user.id', equals: 'u' }] }];
      for (const filter of filters) {
        const found = await store.findSessions({ ...query, filter, parts: [] });
        expect(found).toEqual({ sessions: [bare], hasMore: false });
      }
      const some = await store.findSessions({ ...query, parts: ['feedback'] });
      expect(some.sessions).toEqual([{ ...bare, feedback: whole?.feedback }]);
    });

    it('of an agent gives what is small, and of the rest what is asked for', async () => {
      const { store } = stage;
      const asked = { sessionId: 's', among: 'all' as const, windows: [] };
      const [[whole] = []] = await store.loadAgents([asked]);
      const none = { systemPrompt: null, promptMetadata: null, state: {}, conversationManagerState: {} };
      const bare = { ...whole?.agent, ...none };
      expect(await store.loadAgents([{ ...asked, parts: [] }])).toEqual([[{ agent: bare, pages: [] }]]);
      for (const part of AGENT_PARTS) {
        const agent = { ...bare, [part]: whole?.agent[part] };
        expect(await store.loadAgents([{ ...asked, parts: [part] }])).toEqual([[{ agent, pages: [] }]]);
      }
    });

    it('of messages gives what is small, and of the rest what is asked for, redacted or not', async () => {
      const { store } = stage;
      const whole = await readMessages(store, 's', 'a');
      const none = { content: [], metadata: null, eventLoopMetrics: null, guardrailEvent: null };
      const bare = whole.map((message) => ({ ...message, ...none }));
      const addresses = whole.map(({ position }) => ({ sessionId: 's', agentId: 'a', position }));
      const asked = { sessionId: 's', ...pages };
      const read = async (messageParts: (typeof MESSAGE_PARTS)[number][]): Promise<Message[] | undefined> => {
        const [[agent] = []] = await store.loadAgents([{ ...asked, messageParts }]);
        return agent?.pages[0]?.messages;
      };
      expect(await read([])).toEqual(bare);
      expect(await store.loadMessages(addresses, [])).toEqual(bare);
      for (const part of MESSAGE_PARTS) {
        const some = bare.map((message, index) => ({ ...message, [part]: whole[index]?.[part] }));
        expect(await read([part])).toEqual(some);
        expect(await store.loadMessages(addresses, [part])).toEqual(some);
      }
    });

    it('of messages whose identities nobody looks at gives everything else', async () => {
      const whole = await readMessages(stage.store, 's', 'a');
      const [[agent] = []] = await stage.store.loadAgents([{ sessionId: 's', ...pages, identities: false }]);
      expect(agent?.pages[0]?.messages.map(withoutIdentities)).toEqual(whole.map(withoutIdentities));
    });

    it('of agents at whose times nobody looks gives everything else', async () => {
      const request = { sessionId: 's', ...pages };
      const [[whole] = []] = await stage.store.loadAgents([request]);
      const [[asked] = []] = await stage.store.loadAgents([{ ...request, times: false }]);
      const never = { createdAt: null, updatedAt: null };
      expect({ ...asked?.agent, ...never }).toEqual({ ...whole?.agent, ...never });
      expect(asked?.pages).toEqual(whole?.pages);
      expect(whole?.agent.createdAt).toBeInstanceOf(Date);
    });

    it('of what messages say alone gives the text, or the content that says it', async () => {
      const { store } = stage;
      const odd = ['"', '\\', '\\"', 'a "b" \\', '\n\u0001\u2028é😀', '"}]', ''];
      const said = [
        ...odd,
        { content: [{ text: 'two' }, { text: 'texts' }] },
        { content: [{ text: 'a', x: 1 }] },
      ];
      await store.upsertAgent(anAgent('s', 'odd'));
      await store.appendMessages(anAppend('s', 'odd', said));
      const whole = await readMessages(store, 's', 'odd');
      const addresses = whole.map(({ position }) => ({ sessionId: 's', agentId: 'odd', position }));
      const asked = {
        sessionId: 's',
        among: ['odd'],
        windows: [{ first: 10 }],
        messageParts: ['text' as const],
      };
      const [[agent] = []] = await store.loadAgents([asked]);
      const lists = [agent?.pages[0]?.messages ?? [], await store.loadMessages(addresses, ['text'])];
      for (const messages of lists) {
        expect(messages.map((message) => message && saying(message))).toEqual(whole.map(saying));
        expect(messages.map((message) => message?.metadata)).toEqual(whole.map(() => null));
      }
    });

    it('asks a budget for at least the bytes of what is asked for, and not for the rest', async () => {
      const { store } = stage;
      const addresses = [{ sessionId: 'large', agentId: 'a', position: 0 }];
      const reads: [(budget: ReadBudget) => Later<unknown>, large: boolean][] = [
        [(budget) => store.loadSessions(['large'], ['metadata'], budget), true],
        [(budget) => store.loadSessions(['large'], ['feedback'], budget), false],
        [(budget) => store.loadMessages(addresses, undefined, budget), true],
        [(budget) => store.loadMessages(addresses, ['guardrailEvent'], budget), false],
        [(budget) => store.loadAgents([{ sessionId: 'large', ...pages, parts: [] }], budget), true],
        [(budget) => store.loadAgents([{ sessionId: 'large', ...pages, messageParts: [] }], budget), true],
        [
          (budget) =>
            store.loadAgents([{ sessionId: 'large', ...pages, parts: [], messageParts: [] }], budget),
          false,
        ],
      ];
      for (const [read, large] of reads) {
        const budget = noting();
        await read(budget);
        const bytes = budget.asked.reduce((sum, some) => sum + some, 0);
        if (large) expect(bytes).toBeGreaterThan(BIG.length);
        else expect(bytes).toBeLessThan(10_000);
      }
    });

    it('rejects with what the budget refuses, and goes on', async () => {
      const { store } = stage;
      const find = (parts?: ['metadata']) => ({
        filter: { metadata: [{ path: 'text', exists: true }] },
        orderBy: { field: 'createdAt', direction: 'asc' } as const,
        limit: 5,
        backward: false,
        after: null,
        before: null,
        ...(parts ? { parts } : { parts: [] }),
      });
      const refused = { code: 'QUERY_TOO_COMPLEX' };
      await expect(store.loadSessions(['large'], undefined, refusing())).rejects.toMatchObject(refused);
      await expect(store.findSessions(find(['metadata']), refusing())).rejects.toMatchObject(refused);
      await expect(store.loadAgents([{ sessionId: 'large', ...pages }], refusing())).rejects.toMatchObject(
        refused,
      );
      expect((await store.findSessions(find(), refusing())).sessions).toHaveLength(2);
      expect(await store.loadSessions(['large'], [], refusing())).toHaveLength(1);
    });

    it('waits for the budget, and then gives what is there', async () => {
      const { store } = stage;
      const order: string[] = [];
      const budget: ReadBudget = {
        takeNow: (bytes) => bytes < BIG.length,
        async take() {
          order.push('asked');
        },
      };
      const ids = ['large', 's', 'large too'];
      const sessions = await store.loadSessions(ids, undefined, budget);
      expect(order).toEqual(['asked']);
      expect(sessions.map((session) => session?.metadata)).toEqual([
        { text: BIG },
        { user: { id: 'u' } },
        { text: BIG },
      ]);
    });
  });
}
