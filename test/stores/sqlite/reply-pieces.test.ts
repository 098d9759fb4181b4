import { expect, it } from 'vitest';
import { sqliteReplies } from '../../../src/stores/sqlite/replies.js';

/** Of a store that has a thread that writes, and nothing else: the replies of each of its writes. */
function stage() {
  const writes: string[][] = [];
  const writer = {
    async call(_method: string, { appends }: { appends: { replyId: string }[] }) {
      writes.push(appends.map(({ replyId }) => replyId));
      return appends.map(({ replyId }) => ({ reply: { replyId }, taken: true }));
    },
  };
  return { writes, replies: sqliteReplies({ writer } as never) };
}

const said = (replyId: string, characters: number) => ({
  replyId,
  epoch: 1,
  offset: 0,
  parts: [
    {
      block: 0,
      text: 'x'.repeat(characters),
      kind: 'text' as const,
      toolUseId: null,
      name: null,
      status: null,
    },
  ],
});

it('what is written of many replies takes a transaction for each MiB of it, and is answered in its order', async () => {
  const { writes, replies } = stage();
  const appends = [
    said('a', 10),
    said('b', 4_000_000),
    said('c', 600_000),
    said('d', 600_000),
    said('e', 10),
  ];
  const answers = await replies.append(appends);
  expect(writes).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
  expect(answers.map(({ reply }) => reply?.replyId)).toEqual(['a', 'b', 'c', 'd', 'e']);
});

it('what is short of many replies is one transaction', async () => {
  const { writes, replies } = stage();
  const ids = Array.from({ length: 300 }, (_, n) => `r${n}`);
  await replies.append(ids.map((id) => said(id, 200)));
  expect([writes, await replies.append([])]).toEqual([[ids], []]);
});
