import { MessageType } from 'graphql-ws';
import { expect, it } from 'vitest';
import { readMessage } from '../../../src/transport/ws-read-message.js';

async function reading(text: string) {
  const log: string[] = [];
  const sent = await readMessage(text, text.length, {
    weighs: async (_bytes, weight) => void log.push(`weighs ${weight}`),
    begins: async () => void log.push('begins'),
  });
  return { sent, log };
}

const subscribe = (variables: string) =>
  `{"id":"1","type":"subscribe","payload":{"query":"{ a }","variables":{"x":${variables}}}}`;

it('a message is parsed when it is its turn', async () => {
  const { sent, log } = await reading(subscribe('1.5'));
  expect(log).toEqual(['begins']);
  expect(sent?.message?.type).toBe(MessageType.Subscribe);
});

it('a long one is weighed before it is parsed in slices, and has its turn behind them', async () => {
  const { sent, log } = await reading(subscribe(`[${'[],'.repeat(40_000)}12345678901234567890]`));
  expect(log).toEqual([expect.stringMatching(/^weighs 2\d{6}$/), 'begins']);
  expect(sent).toMatchObject({
    message: { type: MessageType.Subscribe },
    lossy: { digits: '12345678901234567890' },
  });
});

it('one that would weigh too much is not parsed', async () => {
  const { sent, log } = await reading(subscribe(`[${'[],'.repeat(700_000)}1]`));
  expect([sent, log]).toEqual([null, []]);
});

it.each(['{"type":', `[${'1,'.repeat(40_000)}1]`])('what is no message is told as none', async (text) => {
  expect((await reading(text)).sent).toMatchObject({ message: null });
});
