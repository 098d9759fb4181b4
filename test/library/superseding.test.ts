import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SessionManager, type StoredMessage } from '../../src/index.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';

const texts = (messages: readonly StoredMessage[]) =>
  messages.map(({ content }) => content.map(({ text }) => text).join());

describe.each(Object.entries(LOCATIONS))('messages in the place of earlier ones on %s', (_name, locate) => {
  let database: TestLocation;
  beforeAll(async () => {
    database = await locate();
  });
  afterAll(() => database.remove());
  const open = (sessionId: string) => SessionManager.open({ sessionId, ...database.options });
  const agentId = 'a';

  it('are taken back, summed up and read as they stand', async () => {
    await using manager = await open('stand');
    const say = (text: string) => manager.appendMessage({ role: 'user', text }, { agentId });
    for (const text of ['0', '1', '2']) await say(text);
    await manager.appendMessage(
      { role: 'user', content: [], supersedes: [{ from: 2, to: 2 }] },
      { agentId, expectedMessageCount: 3 },
    );
    await say('4');
    const standing = { superseded: false };
    expect(texts(await manager.listMessages(agentId, standing))).toEqual(['0', '1', '4']);
    expect(texts(await manager.listMessages(agentId, { ...standing, offset: 1, limit: 1 }))).toEqual(['1']);
    expect(texts(await manager.listMessages(agentId))).toEqual(['0', '1', '2', '', '4']);
    const { messages, messageCount } = await manager.getAgent(agentId, { messages: 2, ...standing });
    expect([texts(messages), messageCount]).toEqual([['1', '4'], 5]);
    const [summary] = await manager.appendMessages(
      [{ role: 'assistant', text: 'in short', supersedes: [{ from: 0, to: messageCount - 1 }] }],
      { agentId, expectedMessageCount: messageCount },
    );
    expect(summary?.supersedes).toEqual([{ from: 0, to: 4 }]);
    expect(texts((await manager.getAgent(agentId, { messages: 'all', ...standing })).messages)).toEqual([
      'in short',
    ]);
  });

  it('are refused where others came between, with the count there is', async () => {
    await using manager = await open('between');
    await using other = await open('between');
    await manager.appendMessage({ role: 'user', text: '0' }, { agentId, expectedMessageCount: 0 });
    await other.appendMessage({ role: 'user', text: '1' }, { agentId });
    const late = { role: 'assistant' as const, text: 'late', supersedes: [{ from: 0, to: 0 }] };
    await expect(manager.appendMessage(late, { agentId, expectedMessageCount: 1 })).rejects.toMatchObject({
      code: 'MESSAGES_CHANGED',
      details: { messageCount: 2 },
    });
    expect(await manager.messageCount(agentId)).toBe(2);
    for (const expectedMessageCount of [-1, 0.5, Number.NaN, '2' as never])
      await expect(manager.appendMessage(late, { agentId, expectedMessageCount })).rejects.toMatchObject({
        code: 'BAD_USER_INPUT',
      });
    for (const supersedes of ['x', [null], [{ from: 0 }], [{ from: 0, to: 0.5 }], [{ from: 0, to: 2 }]])
      await expect(
        manager.appendMessage({ ...late, supersedes: supersedes as never }, { agentId }),
      ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    expect(await manager.messageCount(agentId)).toBe(2);
  });

  it('are passed over in many pages, from the start and from the end', async () => {
    await using manager = await open('pages');
    const many = Array.from({ length: 500 }, (_, n) => ({
      role: 'user' as const,
      text: `${n}`,
      ...(n % 2 === 1 ? { supersedes: [{ from: n - 1, to: n - 1 }] } : {}),
    }));
    for (let n = 0; n < many.length; n += 100)
      await manager.appendMessages(many.slice(n, n + 100), { agentId });
    const odd = Array.from({ length: 250 }, (_, n) => `${2 * n + 1}`);
    expect(texts(await manager.listMessages(agentId, { superseded: false }))).toEqual(odd);
    expect(texts(await manager.listMessages(agentId, { superseded: false, offset: 210, limit: 30 }))).toEqual(
      odd.slice(210, 240),
    );
    const { messages } = await manager.getAgent(agentId, { messages: 230, superseded: false });
    expect(texts(messages)).toEqual(odd.slice(20));
  });
});
