import { AIMessage, HumanMessage } from '@langchain/core/messages';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import { BACKINGS } from './backings.js';
import { newId, saidIn, stageOn } from './langchain-stage.js';

const human = (content: string, id?: string) => new HumanMessage({ content, ...(id && { id }) });
const ai = (content: string, id?: string) => new AIMessage({ content, ...(id && { id }) });

describe.each(Object.entries(BACKINGS))(
  'what an agent of LangChain gives back on %s',
  (_name, openBacking) => {
    const { open, shown } = stageOn(openBacking);

    /** What people see: each text, and whether another stands in its place. */
    async function seen(sessionId: string) {
      const { messages } = await shown(sessionId);
      return messages.map(({ text, supersededBy }: JsonObject) => [text, supersededBy !== null]);
    }

    it('is added behind what there was, also where that was given ids meanwhile', async () => {
      const sessionId = newId();
      const history = await open(sessionId);
      await history.addMessages([human('one'), ai('two')]);
      const list = [human('one', 'h1'), ai('two', 'a1'), human('three', 'h2'), ai('four', 'a2')];
      await history.saveMessages(list);
      await history.saveMessages(list);
      expect(saidIn(await history.getMessages())).toEqual(['one', 'two', 'three', 'four']);
      expect(await seen(sessionId)).toEqual(['one', 'two', 'three', 'four'].map((text) => [text, false]));
    });

    it('stands in the place of what it sums up, and people go on seeing that', async () => {
      const sessionId = newId();
      const history = await open(sessionId);
      const first = [human('one', 'h1'), ai('two', 'a1'), human('three', 'h2')];
      await history.saveMessages(first);
      const after = [human('in short', 's1'), human('three', 'h2'), ai('four', 'a2')];
      await history.saveMessages(after);
      expect(await (await open(sessionId)).getMessages()).toStrictEqual(after);
      expect(await seen(sessionId)).toEqual([
        ['one', true],
        ['two', true],
        ['three', true],
        ['in short', false],
        ['three', false],
        ['four', false],
      ]);
    });

    it('is kept where an answer took the place of another by its id', async () => {
      const history = await open();
      await history.saveMessages([human('one', 'h1'), ai('two', 'same')]);
      await history.saveMessages([human('one', 'h1'), ai('four', 'same'), human('three', 'h2')]);
      expect(saidIn(await history.getMessages())).toEqual(['one', 'four', 'three']);
    });

    it('loses nothing that another history has added meanwhile', async () => {
      const sessionId = newId();
      const history = await open(sessionId);
      await history.addMessages([human('one', 'h1'), ai('two', 'a1')]);
      await history.getMessages();
      await (await open(sessionId)).addMessage(human('from elsewhere', 'e1'));
      await history.saveMessages([human('in short', 's1'), human('three', 'h2')]);
      expect(saidIn(await history.getMessages())).toEqual(['from elsewhere', 'in short', 'three']);
      await history.saveMessages([]);
      expect(await history.getMessages()).toEqual([]);
    });

    it('is refused before anything is written where nobody can keep it', async () => {
      const history = await open();
      await history.addMessage(human('one'));
      const bad = new HumanMessage({ content: 'two', additional_kwargs: { run: () => {} } });
      await expect(history.saveMessages([human('three'), bad])).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
        message: expect.stringContaining('messages[1]'),
      });
      await expect(history.saveMessages('four' as never)).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
      expect(saidIn(await history.getMessages())).toEqual(['one']);
    });
  },
);
