import type { AgentInputItem } from '@openai/agents';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import { stageOn as chatsOn, message } from './ai-sdk-stage.js';
import { BACKINGS } from './backings.js';
import { inChild } from './child-agent.js';
import { newId, stageOn as sessionsOn, user } from './openai-agents-stage.js';

const many = (name: string, count = 250) => Array.from({ length: count }, (_, n) => user(`${name} ${n}`));
const STANDING = `query ($id: ID!) { session(sessionId: $id) { agent(agentId: "agent") { messageCount
  messages(first: 200, superseded: false) { nodes { text } totalCount } } } }`;

describe.each(Object.entries(BACKINGS))(
  'a conversation on %s whose writer is killed',
  (_name, openBacking) => {
    const { open, backing } = sessionsOn(openBacking);
    const chats = chatsOn(openBacking);

    /** In a process that is killed at this write. */
    const killedAt = async (
      append: number,
      sessionId: string,
      does: object,
      when: 'before' | 'during' | 'after' = 'before',
      elsewhere: object = backing().elsewhere,
    ) => {
      const dies = { append, when };
      expect(await inChild('./dying-agent.mjs', { elsewhere, sessionId, does, dies })).toBeNull();
    };
    const by = (method: string, argument: unknown) => ({ of: 'openai', method, argument });
    const standing = async (id: string) =>
      (await backing().server.request(STANDING, { id })).body.data.session.agent as JsonObject;

    it.each(['before', 'during', 'after'] as const)(
      '%s an addItems has all of it or nothing',
      async (when) => {
        const session = await open();
        const sessionId = await session.getSessionId();
        await session.addItems(many('old', 4));
        const added = many('new', 4);
        await killedAt(1, sessionId, by('addItems', added), when);
        const left = await session.getItems();
        const [without, whole] = [many('old', 4), [...many('old', 4), ...added]];
        if (when === 'before') expect(left).toEqual(without);
        else if (when === 'after') expect(left).toEqual(whole);
        else expect([without, whole]).toContainEqual(left);
        await session.addItems(many('next', 4));
        expect(await (await open(sessionId)).getItems()).toEqual([...left, ...many('next', 4)]);
      },
    );

    it.each([2, 3])(
      'at call %i of a long addItems has nothing of it, and all when it is added again',
      async (call) => {
        const session = await open();
        const sessionId = await session.getSessionId();
        await session.addItems(many('old', 4));
        await killedAt(call, sessionId, by('addItems', many('new')));
        expect(await session.getItems()).toEqual(many('old', 4));
        expect(await session.getItems(2)).toEqual(many('old', 4).slice(-2));
        await session.addItems(many('new'));
        expect(await (await open(sessionId)).getItems()).toEqual([...many('old', 4), ...many('new')]);
        expect(await session.getItems(300)).toEqual([...many('old', 4), ...many('new')]);
      },
    );

    it.each([2, 3])(
      'at call %i of a replacement has the list of before, and the next replacement makes it whole',
      async (call) => {
        const session = await open();
        const sessionId = await session.getSessionId();
        await session.addItems(many('old'));
        await killedAt(call, sessionId, by('replaceHistoryWithCompaction', many('new')));
        expect(await session.getItems()).toEqual(many('old'));
        expect(await session.popItem()).toEqual(many('old').at(-1));
        await session.addItems([user('meanwhile')]);
        const now = [...many('old').slice(0, -1), user('meanwhile')];
        expect(await (await open(sessionId)).getItems()).toEqual(now);
        await session.getItems();
        await session.replaceHistoryWithCompaction(many('new'));
        expect(await (await open(sessionId)).getItems()).toEqual(many('new'));
        const { messages, messageCount } = await standing(sessionId);
        expect(messages).toMatchObject({ totalCount: messageCount });
        await session.clearSession();
        expect((await standing(sessionId)).messages).toMatchObject({ nodes: [] });
      },
    );

    it('in the middle of a long transaction has it made once when another process makes it again', async () => {
      const session = await open();
      const sessionId = await session.getSessionId();
      await session.addItems(many('old', 4));
      const transaction = {
        type: 'replace_suffix' as const,
        expectedSuffix: many('old', 4).slice(2),
        replacement: many('new'),
      };
      const args = { operationId: 'op-1', transaction };
      await killedAt(2, sessionId, by('applyHistoryTransaction', args));
      expect(await session.getItems()).toEqual(many('old', 4));
      await Promise.all([session, await open(sessionId)].map((one) => one.applyHistoryTransaction(args)));
      await session.applyHistoryTransaction(args);
      const whole = [...many('old', 2), ...many('new')];
      expect(await session.getItems()).toEqual(whole);
      expect(await session.popItem()).toEqual(whole.at(-1));
      expect(await (await open(sessionId)).getItems()).toEqual(whole.slice(0, -1));
    });

    it('in the middle of a list that is saved anew has the list of before', async () => {
      const sessionId = newId();
      const list = Array.from({ length: 250 }, (_, n) =>
        message(`m${n}`, `${n}`, n % 2 ? 'assistant' : 'user'),
      );
      const chat = await chats.open(sessionId);
      await chat.save(list);
      const edited = [message('m0', 'edited'), ...list.slice(1), message('more', 'more')];
      await killedAt(3, sessionId, { of: 'ai', messages: edited }, 'before', chats.backing().elsewhere);
      expect(await chats.reload(sessionId)).toEqual(list);
      const again = await chats.open(sessionId);
      await again.load();
      await again.save(edited);
      expect(await chats.reload(sessionId)).toEqual(edited);
      await again.save([...edited, message('last', 'last')]);
      expect(await chats.reload(sessionId)).toEqual([...edited, message('last', 'last')]);
    });
  },
);

describe.each(Object.entries(BACKINGS))('a long replacement on %s', (_name, openBacking) => {
  const { open } = sessionsOn(openBacking);

  it('is one step for whoever reads and writes meanwhile', async () => {
    const session = await open();
    const sessionId = await session.getSessionId();
    await session.addItems(many('old'));
    await session.getItems();
    const other = await open(sessionId);
    const seen: AgentInputItem[][] = [];
    let over = false;
    const reading = (async () => {
      const reader = await open(sessionId);
      while (!over) seen.push(await reader.getItems());
    })();
    const adding = (async () => {
      for (let n = 0; n < 3; n++) await other.addItems([user(`other ${n}`)]);
    })();
    await Promise.all([session.replaceHistoryWithCompaction(many('new')), adding]);
    over = true;
    await reading;
    const isOther = (item: AgentInputItem) => 'content' in item && String(item.content).startsWith('other');
    for (const items of [...seen, await session.getItems()]) {
      const own = items.filter((item) => !isOther(item));
      expect([many('old'), many('new')]).toContainEqual(own);
      // Those that stood before the replacement was decided are behind it, and all are once there.
      expect(items.slice(0, own.length)).toEqual(own);
    }
    const others = (await session.getItems()).filter(isOther);
    expect(others).toEqual([0, 1, 2].map((n) => user(`other ${n}`)));
  });
});
