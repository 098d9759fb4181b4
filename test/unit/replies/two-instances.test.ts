import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, expect, it } from 'vitest';
import { createReplies } from '../../../src/domain/replies/replies.js';
import type { ReplyService } from '../../../src/domain/replies/reply-service.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';

/** Two instances on one store that hear nothing of each other. */
let one: ReplyService;
let other: ReplyService;
beforeEach(() => {
  const { replies: store, sessions } = openMemoryStore(emptyDatabase());
  const instance = () =>
    createReplies({
      store,
      sessions,
      pause: async () => {},
      now: () => new Date(),
      random: Math.random,
      randomBytes,
      newId: randomUUID,
      onFailure(error) {
        throw error;
      },
    }).service;
  one = instance();
  other = instance();
});

/** A reply of which the first instance knows the first words alone. */
async function write() {
  const start = { sessionId: 's', agentId: 'a', createIfMissing: true, durability: 'each' } as const;
  const { replyId, epoch } = await one.startReply(start, 'caller');
  const say = (service: ReplyService, offset: number, text: string) =>
    service.continueReply({ replyId, epoch, offset, parts: [{ block: 0, text }] });
  await say(one, 0, 'Hello');
  await say(other, 5, ' there');
  return { replyId, epoch };
}

it('a reply that was finished through another instance is finished with the same message', async () => {
  const reply = await write();
  const finished = await other.finishReply({ ...reply, offset: 11 });
  expect(finished.message?.content).toEqual([{ text: 'Hello there' }]);
  expect(await one.finishReply({ ...reply, offset: 11 })).toEqual(finished);
});

it('one that was aborted through another instance is aborted with the same answer, and cannot be finished', async () => {
  const reply = await write();
  const aborted = await other.abortReply({ ...reply, keep: 'message' });
  await expect(one.finishReply({ ...reply, offset: 11 })).rejects.toMatchObject({ code: 'REPLY_OVER' });
  expect(await one.abortReply({ ...reply, keep: 'message' })).toEqual(aborted);
});
