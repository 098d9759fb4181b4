import { expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { createOpenReplies } from '../../../src/domain/replies/open-replies.js';
import { aReply, someParts } from '../../stores/contract/inputs.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';

const START = { createIfMissing: {} };

/** Two replies of another process that are followed here, of which the first cannot be read, for the given reason. */
async function twoReplies(reason: Error) {
  const { replies: store } = openMemoryStore(emptyDatabase());
  let fails = false;
  const replies = createOpenReplies(
    {
      ...store,
      parts: (replyId) => (fails && replyId === 'one' ? Promise.reject(reason) : store.parts(replyId)),
    },
    { now: () => 0, most: 1_000_000 },
  );
  const woken: string[] = [];
  for (const [index, replyId] of ['one', 'two'].entries()) {
    await store.start(aReply(`s${index}`, 'a', replyId, START));
    replies.follow(`s${index}`, () => woken.push(replyId));
    await replies.open(replyId);
    await store.append([{ replyId, epoch: 1, offset: 0, parts: someParts('Hello') }]);
  }
  fails = true;
  return { replies, woken, textOf: (replyId: string) => replies.peek(replyId)?.text.length };
}

const DEFECT = new TypeError('a defect');
const notices = ['one', 'two'].map((replyId, index) => ({ replyId, sessionId: `s${index}` }));

it.each(['noticed', 'missed'] as const)(
  'a reply that cannot be read keeps nobody from others, and who follows it looks at it (%s)',
  async (how) => {
    const { replies, woken, textOf } = await twoReplies(DEFECT);
    await (how === 'noticed' ? replies.noticed(notices) : replies.missed());
    expect(textOf('two')).toBe(5);
    expect(textOf('one')).toBeUndefined();
    expect(woken).toContain('one');
    await expect(replies.open('one')).rejects.toBe(DEFECT);
  },
);

it('nothing of what is missed is passed over where the store is away', async () => {
  const away = new ParleyError('STORE_UNAVAILABLE', 'it is away');
  const { replies, textOf } = await twoReplies(away);
  await expect(replies.noticed(notices)).rejects.toBe(away);
  await expect(replies.missed()).rejects.toBe(away);
  expect(textOf('one')).toBe(0);
});
