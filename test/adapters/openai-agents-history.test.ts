import type { AgentInputItem } from '@openai/agents';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import { BACKINGS } from './backings.js';
import { call } from './openai-agents-agent.mjs';
import { stageOn, texts, user } from './openai-agents-stage.js';

describe.each(Object.entries(BACKINGS))(
  'the history of a session of the Agents SDK on %s',
  (_name, openBacking) => {
    const { open, shown, append, erase } = stageOn(openBacking);

    it('gives the newest items for a limit, in pages, and none for 0 and less', async () => {
      const session = await open();
      const all = Array.from({ length: 450 }, (_, index) => user(`${index}`));
      await session.addItems(all);
      expect(await session.getItems()).toEqual(all);
      expect(await session.getItems(2)).toEqual(all.slice(-2));
      expect(await session.getItems(333)).toEqual(all.slice(-333));
      expect(await session.getItems(1000)).toEqual(all);
      expect(await session.getItems(0)).toEqual([]);
      expect(await session.getItems(-1)).toEqual([]);
      expect(await (await open()).getItems()).toEqual([]);
      await (await open()).addItems([]);
    });

    it('sums up nothing that others have said in a session that was made anew meanwhile', async () => {
      for (const reads of [true, false]) {
        const session = await open();
        const sessionId = await session.getSessionId();
        await session.addItems([user('one'), user('two')]);
        if (reads) await session.getItems();
        await erase(sessionId);
        await append(sessionId, [{ role: 'USER', text: 'of others' }]);
        await session.replaceHistoryWithCompaction([user('in short')]);
        expect(await (await open(sessionId)).getItems()).toMatchObject([
          user('in short'),
          { role: 'user', content: [{ type: 'input_text', text: 'of others' }] },
        ]);
      }
    });

    it('pops and clears what people go on seeing', async () => {
      const session = await open();
      const sessionId = await session.getSessionId();
      expect(await session.popItem()).toBeUndefined();
      await session.clearSession();
      await session.addItems([user('one'), user('two'), user('three')]);
      expect(await session.popItem()).toEqual(user('three'));
      expect(await session.popItem()).toEqual(user('two'));
      expect(await session.getItems()).toEqual([user('one')]);
      await session.addItems([user('four')]);
      expect(await session.getItems()).toEqual([user('one'), user('four')]);
      await session.clearSession();
      expect(await session.getItems()).toEqual([]);
      expect(await session.popItem()).toBeUndefined();
      await session.addItems([user('five')]);
      expect(await (await open(sessionId)).getItems()).toEqual([user('five')]);
      const { messages } = await shown(sessionId);
      const said = messages.filter(({ content }: { content: unknown[] }) => content.length > 0);
      expect(said.map(({ text, supersededBy }: JsonObject) => [text, supersededBy !== null])).toEqual([
        ['one', true],
        ['two', true],
        ['three', true],
        ['four', true],
        ['five', false],
      ]);
    });

    it('clears what lies between thoughts of others in more stretches than one message takes away', async () => {
      const session = await open();
      const sessionId = await session.getSessionId();
      const thought = { reasoningContent: { reasoningText: { text: 'Hm.' } } };
      const messages = Array.from({ length: 50 }, () => [
        { role: 'USER', text: 'Hi' },
        { role: 'ASSISTANT', content: [thought] },
      ]).flat();
      for (let call = 0; call < 3; call++) await append(sessionId, messages);
      expect(await session.getItems()).toHaveLength(150);
      await session.clearSession();
      expect(await session.getItems()).toEqual([]);
      const { messages: seen, count } = await shown(sessionId);
      expect(count).toBe(302);
      expect(seen.map(({ supersededBy }: JsonObject) => supersededBy)).toEqual(
        Array.from({ length: 50 }, () => [300, null]).flat(),
      );
    });

    it('lets two sessions pop at once without giving one item twice', async () => {
      const first = await open();
      await first.addItems(Array.from({ length: 6 }, (_, index) => user(`${index}`)));
      const second = await open(await first.getSessionId());
      const popped = await Promise.all([first, second, first, second].map((session) => session.popItem()));
      expect(texts(popped as AgentInputItem[]).sort()).toEqual(['"2"', '"3"', '"4"', '"5"']);
      expect(await first.getItems()).toEqual([user('0'), user('1')]);
    });

    it('keeps all that two sessions add at once, each call together', async () => {
      const first = await open();
      const second = await open(await first.getSessionId());
      const turns = Array.from({ length: 10 }, (_, turn) => [user(`${turn} a`), user(`${turn} b`)]);
      await Promise.all(turns.map((items, index) => (index % 2 ? first : second).addItems(items)));
      const said = (await first.getItems()).map((item) =>
        'content' in item ? item.content : '',
      ) as string[];
      expect([...said].sort()).toEqual(turns.flat().map((item) => ('content' in item ? item.content : '')));
      for (let index = 0; index < said.length; index += 2)
        expect(said[index + 1]).toBe(said[index]?.replace('a', 'b'));
    });

    it('puts a compaction in the place of what was read, and keeps what another session has added since', async () => {
      const session = await open();
      const compaction = { type: 'compaction', encrypted_content: 'c3Vt' } as AgentInputItem;
      await session.addItems([user('one'), user('two'), user('three')]);
      const other = await open(await session.getSessionId());
      await session.getItems();
      await other.addItems([user('meanwhile')]);
      await session.replaceHistoryWithCompaction([compaction, user('three')]);
      expect(await other.getItems()).toEqual([compaction, user('three'), user('meanwhile')]);
      expect((await shown(await session.getSessionId())).count).toBe(7);
    });

    it('makes a transaction once for its operation, also from another session', async () => {
      const session = await open();
      const other = await open(await session.getSessionId());
      const append = { type: 'append_items' as const, items: [user('one'), user('two')] };
      await session.applyHistoryTransaction({ operationId: 'op-1', transaction: append });
      await other.applyHistoryTransaction({ operationId: 'op-1', transaction: append });
      await expect(
        other.applyHistoryTransaction({
          operationId: 'op-1',
          transaction: { type: 'append_items', items: [user('x')] },
        }),
      ).rejects.toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
      const replace = {
        type: 'replace_suffix' as const,
        expectedSuffix: [user('two')],
        replacement: [user('deux'), user('trois')],
      };
      await Promise.all(
        [session, other].map((one) =>
          one.applyHistoryTransaction({ operationId: 'op-2', transaction: replace }),
        ),
      );
      const after = [user('one'), user('deux'), user('trois')];
      expect(await session.getItems()).toEqual(after);
      await expect(
        session.applyHistoryTransaction({ operationId: 'op-3', transaction: replace }),
      ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      const remove = { type: 'replace_suffix' as const, expectedSuffix: after.slice(1), replacement: [] };
      await session.applyHistoryTransaction({ operationId: 'op-4', transaction: remove });
      await other.applyHistoryTransaction({ operationId: 'op-4', transaction: remove });
      expect(await other.getItems()).toEqual([user('one')]);
    });

    it('replaces a call in its place, and removes what repeats it', async () => {
      const session = await open();
      const made = (args: object) => {
        const { id, ...item } = call('c1', 'lookup', args);
        return item as Extract<AgentInputItem, { type: 'function_call' }>;
      };
      await session.addItems([user('one'), made({ order: 5 }), user('two'), made({ order: 5 })]);
      const mutation = {
        type: 'replace_function_call' as const,
        callId: 'c1',
        replacement: made({ order: 6 }),
      };
      await session.applyHistoryMutations({ mutations: [mutation] });
      expect(await session.getItems()).toEqual([user('one'), made({ order: 6 }), user('two')]);
      await session.applyHistoryMutations({ mutations: [{ ...mutation, callId: 'c9' }] });
      expect((await shown(await session.getSessionId())).count).toBe(6);
    });
  },
);
