import { beforeEach, expect, it } from 'vitest';
import { guardedReplies } from '../../../src/domain/access/guarded-replies.js';
import { createSight } from '../../../src/domain/access/sight.js';
import { unbounded } from '../../../src/domain/read-budget.js';
import type { Replies } from '../../../src/domain/replies/replies.js';
import type { ReplyStore } from '../../../src/domain/replies/reply-store.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { at } from '../../stores/contract/inputs.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { anInstance } from './an-instance.js';

const REPLY = { sessionId: 's', agentId: 'a', createIfMissing: true, durability: 'each' } as const;
const SECRET = [{ block: 0, text: 'of the session before' }];

let replies: Replies;
let sessions: SessionStore;
let store: ReplyStore;
/** Nothing tells the instance of what is deleted. */
beforeEach(async () => {
  const opened = openMemoryStore(emptyDatabase());
  let minute = 0;
  sessions = opened.sessions;
  store = opened.replies;
  replies = anInstance({ store, sessions, now: () => at(++minute) });
  await replies.service.startReply({ ...REPLY, replyId: 'old' }, 'c');
  await replies.service.continueReply({ replyId: 'old', epoch: 1, offset: 0, parts: SECRET });
});

async function madeAnew(): Promise<void> {
  await sessions.deleteSession('s', at(30));
  await replies.service.startReply({ ...REPLY, replyId: 'new' }, 'c');
}

it('a reply in memory is shown no more once its session is deleted', async () => {
  const { service, open } = replies;
  expect((await service.loadReply('old'))?.blocks).toMatchObject(SECRET);
  await madeAnew();
  expect(open.peek('old')).toBeDefined();
  expect(await service.findReply('old')).toBeNull();
  expect(await service.loadReply('old')).toBeNull();
  expect(open.peek('old')).toBeUndefined();
});

it('one that was finished in the session before is not finished again with a message of this one', async () => {
  const { service } = replies;
  await service.finishReply({ replyId: 'old', epoch: 1 });
  await madeAnew();
  const message = { role: 'assistant' as const, text: 'of this one' };
  await service.finishReply({ replyId: 'new', epoch: 1, message });
  await expect(service.finishReply({ replyId: 'old', epoch: 1 })).rejects.toMatchObject({
    code: 'REPLY_NOT_FOUND',
  });
});

it('what is read of a reply is judged by the session that it is of now', async () => {
  await sessions.deleteSession('s', at(30));
  const elsewhere = anInstance({ store, sessions, now: () => at(40) });
  await elsewhere.service.startReply({ ...REPLY, sessionId: 'hidden', replyId: 'old' }, 'c');
  const reach = { sessionIdPrefix: 's' };
  const own = guardedReplies({
    replies: replies.service,
    sight: createSight(reach, sessions, unbounded),
    policy: { scopes: new Set(['read', 'reply']), reach },
    caller: 'c',
    record: () => {},
  });
  expect(await own.findReply('old')).toBeNull();
  expect(await own.loadReply('old')).toBeNull();
});

it.each(['each', 'batched'] as const)(
  'what is written to a reply in memory (%s) does not come to one of another session that has its id since',
  async (durability) => {
    const { service } = replies;
    await service.startReply({ ...REPLY, durability, replyId: 'young' }, 'c');
    await sessions.deleteSession('s', at(30));
    const elsewhere = anInstance({ store, sessions, now: () => at(40) });
    const other = { ...REPLY, sessionId: 'hidden', replyId: 'young' };
    await elsewhere.service.startReply(other, 'c');
    const written = service.continueReply({ replyId: 'young', epoch: 1, offset: 0, parts: SECRET });
    if (durability === 'each') await expect(written).rejects.toMatchObject({ code: 'REPLY_NOT_FOUND' });
    else
      await expect(service.abortReply({ replyId: 'young', epoch: 1, keep: 'message' })).rejects.toMatchObject(
        {
          code: 'REPLY_NOT_FOUND',
        },
      );
    await replies.stop();
    expect(await store.parts('young')).toEqual([]);
    expect(await store.load(['young'])).toMatchObject([{ sessionId: 'hidden', state: 'writing', offset: 0 }]);
  },
);
