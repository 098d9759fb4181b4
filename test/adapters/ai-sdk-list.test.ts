import type { UIMessage } from 'ai';
import { describe, expect, it } from 'vitest';
import type { JsonObject } from '../../src/domain/json/json-value.js';
import { message, newId, said, stageOn } from './ai-sdk-stage.js';
import { BACKINGS, SHOWN } from './backings.js';

describe.each(Object.entries(BACKINGS))('the list of a chat on %s', (_name, openBacking) => {
  const { open, elsewhere, reload, shown, append, erase, backing } = stageOn(openBacking);

  it('gives none of a chat that was never saved, and makes none of an empty list', async () => {
    const chat = await open();
    expect(await chat.load()).toEqual([]);
    await chat.save([]);
    const { body } = await backing().server.request(SHOWN, { id: chat.sessionId });
    expect(body.data.session).toBeNull();
  });

  it('takes nothing away that others have said in a session that was made anew meanwhile', async () => {
    const chat = await open();
    await chat.save([message('one', 'one'), message('two', 'two', 'assistant')]);
    await erase(chat.sessionId);
    await append(chat.sessionId, [{ role: 'USER', text: 'of others' }]);
    await chat.save([message('three', 'three')]);
    expect(said(await reload(chat.sessionId))).toEqual(['parley-0: of others', 'three: three']);
  });

  it('takes away what an answer that is made again, or an edit, no longer has', async () => {
    const chat = await open();
    const [one, two, three, four] = ['one', 'two', 'three', 'four'].map((word, index) =>
      message(word, word, index % 2 ? 'assistant' : 'user'),
    ) as [UIMessage, UIMessage, UIMessage, UIMessage];
    await chat.save([one, two, three, four]);
    const again = message('vier', 'vier', 'assistant');
    await chat.save([one, two, three, again]);
    expect(said(await reload(chat.sessionId))).toEqual([
      'one: one',
      'two: two',
      'three: three',
      'vier: vier',
    ]);
    const edited = { ...one, parts: [{ type: 'text' as const, text: 'uno' }] };
    await chat.save([edited, message('due', 'due', 'assistant')]);
    expect(said(await reload(chat.sessionId))).toEqual(['one: uno', 'due: due']);
    await chat.save([one, message('due', 'due', 'assistant')]);
    expect(said(await reload(chat.sessionId))).toEqual(['one: one', 'due: due']);
    await chat.save([message('due', 'due', 'assistant')]);
    expect(said(await reload(chat.sessionId))).toEqual(['due: due']);
    await chat.save([]);
    expect(await reload(chat.sessionId)).toEqual([]);
    expect((await shown(chat.sessionId)).messages.filter(({ text }: JsonObject) => text !== '')).toHaveLength(
      9,
    );
  });

  it('never loses what another process has added meanwhile', async () => {
    const first = await open();
    await first.save([message('one', 'one'), message('two', 'two', 'assistant')]);
    const second = await open(first.sessionId);
    await second.load();
    await first.save([message('one', 'one'), message('two', 'two', 'assistant'), message('three', 'three')]);
    await second.save([message('one', 'one'), message('other', 'other')]);
    expect(said(await reload(first.sessionId))).toEqual(['one: one', 'three: three', 'other: other']);
    const chats = await Promise.all([1, 2, 3, 4].map(() => open(first.sessionId)));
    await Promise.all(
      chats.map(async (chat, index) => {
        const list = await chat.load();
        for (let turn = 0; turn < 5; turn++) {
          list.push(message(`${index}-${turn}`, 'more'));
          await chat.save(list);
        }
      }),
    );
    const ids = (await reload(first.sessionId)).map(({ id }) => id);
    expect(new Set(ids)).toHaveProperty('size', ids.length);
    expect(ids).toHaveLength(23);
    for (const index of [0, 1, 2, 3])
      expect(ids.filter((id) => id.startsWith(`${index}-`))).toEqual(
        [0, 1, 2, 3, 4].map((turn) => `${index}-${turn}`),
      );
  });

  it('goes on where a process was killed between two saves', async () => {
    const sessionId = newId();
    const messages = ['one', 'two', 'three'].map((word) => message(word, word));
    expect(await elsewhere(sessionId, { does: 'save', messages, dieAt: 2 })).toBeNull();
    expect(await elsewhere(sessionId)).toEqual(messages.slice(0, 2));
    expect(await elsewhere(sessionId, { does: 'save', messages })).toEqual(messages);
    expect(await elsewhere(sessionId)).toEqual(messages);
    expect((await shown(sessionId)).count).toBe(3);
  });

  it('keeps hundreds of messages, and changes the last of them alone', async () => {
    const chat = await open();
    const list = Array.from({ length: 450 }, (_, index) => message(`${index}`, `${index}`));
    await chat.save(list);
    const again = await open(chat.sessionId);
    expect(await again.load()).toEqual(list);
    await again.save([...list.slice(0, -1), message('449', 'changed')]);
    expect((await shown(chat.sessionId)).count).toBe(451);
    expect(said(await reload(chat.sessionId)).at(-1)).toBe('449: changed');
  });
});
