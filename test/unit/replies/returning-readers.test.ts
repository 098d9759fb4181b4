import { expect, it } from 'vitest';
import { createReplyFollower } from '../../../src/domain/live/reply-follower.js';
import { createSessionReplies } from '../../../src/domain/live/session-replies.js';
import type { SessionStanding } from '../../../src/domain/live/session-standing.js';
import { createOpenReplies } from '../../../src/domain/replies/open-replies.js';
import type { Message } from '../../../src/domain/sessions/model.js';
import type { SessionProgress } from '../../../src/domain/sessions/session-cursor.js';
import { anEnd, aReply, someParts } from '../../stores/contract/inputs.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';

/** A reader that was told of so many replies, and what its instance reads of them since. */
async function followSome(count: number) {
  const { replies: store } = openMemoryStore(emptyDatabase());
  const ids = Array.from({ length: count }, (_, index) => `r${index}`);
  for (const replyId of ids) {
    await store.start(aReply('s', 'a', replyId, { createIfMissing: {} }));
    await store.append([{ replyId, epoch: 1, offset: 0, parts: someParts('Hello') }]);
  }
  const reads: string[][] = [];
  const open = createOpenReplies(
    {
      load(some) {
        reads.push([...some]);
        return store.load(some);
      },
      parts: store.parts,
      list: store.list,
    },
    { now: () => 0, most: Number.POSITIVE_INFINITY },
  );
  const follower = createReplyFollower(
    { open, list: store.list },
    { sessionId: 's', agentId: null },
    new Map(),
  );
  for await (const [replyId, reply] of follower.all(false)) follower.look(replyId, reply, () => {});
  reads.length = 0;
  return { store, ids, follower, reads };
}

it('who comes back when many replies have become messages learns which ones by one read of all of them', async () => {
  const { store, ids, follower, reads } = await followSome(20);
  const messages: Message[] = [];
  for (const replyId of ids) {
    const { message } = await store.end(anEnd(replyId, 'Hello'));
    messages.push(message as Message);
  }
  await follower.learn(messages);
  const ended: string[] = [];
  for (const message of messages) {
    const event = (await follower.became(message))?.end();
    if (event?.type === 'ReplyFinished') ended.push(event.replyId);
  }
  expect(ended).toEqual(ids);
  // What they are, and then their text.
  expect(reads).toEqual([ids, ids]);
});

it('who is told of messages that no reply has become reads no text of the replies that it follows', async () => {
  const { ids, follower, reads } = await followSome(20);
  const messages = Array.from({ length: 50 }, (_, position) => ({ agentId: 'a', position }));
  await follower.learn(messages);
  expect(reads).toEqual([ids]);
  await follower.learn([{ agentId: 'another', position: 0 }]);
  expect(reads).toEqual([ids]);
});

it('a reply whose message was told is not told to begin, though its instance has not heard of its end', async () => {
  const { replies: store } = openMemoryStore(emptyDatabase());
  const open = createOpenReplies(store, { now: () => 0, most: Number.POSITIVE_INFINITY });
  for (const replyId of ['over', 'next']) {
    await store.start(aReply('s', 'a', replyId, { createIfMissing: {} }));
    await store.append([{ replyId, epoch: 1, offset: 0, parts: someParts('Hello') }]);
    await open.open(replyId);
  }
  const heads = new Map([['a', { count: 1, last: '' }]]);
  const progress = { createdAt: 0, replies: new Map(), heads } as Partial<SessionProgress> as SessionProgress;
  const follower = createReplyFollower(
    { open, list: store.list },
    { sessionId: 's', agentId: null },
    progress.replies,
  );
  const at = { progress, event: (body) => body, told: (message) => ({ message }) } as SessionStanding;
  const replies = createSessionReplies({
    isWanted: () => true,
    open,
    follower,
    at,
    reach: {} as never,
    read: (load) => load(),
  });
  const { message } = await store.end(anEnd('over', 'Hello'));
  await replies.learn([message as Message]);
  expect(await replies.added(message as Message)).toEqual([{ message }]);
  const told = [];
  for (const replyId of ['over', 'next']) {
    for await (const events of replies.changed(replyId)) told.push(...events);
  }
  expect(told).toMatchObject([{ type: 'ReplyStarted', replyId: 'next' }]);
  // What is known to be over is not read again: each read is told to all who follow.
  expect(replies.grown('over')).toEqual([]);
});

it('what was read before another writer took over does not replace what that one has written since', async () => {
  const { replies: store } = openMemoryStore(emptyDatabase());
  await store.start(aReply('s', 'a', 'r', { createIfMissing: {} }));
  let meanwhile: (() => Promise<void>) | null = null;
  const open = createOpenReplies(
    {
      async load(ids) {
        const found = structuredClone(await store.load(ids));
        const run = meanwhile;
        meanwhile = null;
        await run?.();
        return found;
      },
      parts: store.parts,
      list: store.list,
    },
    { now: () => 0, most: Number.POSITIVE_INFINITY },
  );
  await open.open('r');
  meanwhile = async () => {
    const reply = await store.start(aReply('s', 'a', 'r', { createIfMissing: {} }));
    open.write(await open.heard(reply), someParts('Hello'));
  };
  const found = await open.refresh('r');
  expect(found?.reply.epoch).toBe(2);
  expect(found?.text.length).toBe(5);
});

it('what is told of a reply while it is read for the first time is read once more', async () => {
  const { replies: store } = openMemoryStore(emptyDatabase());
  await store.start(aReply('s', 'a', 'r', { createIfMissing: {} }));
  const parts = someParts('Hello');
  const open = createOpenReplies(
    {
      load: store.load,
      async parts(replyId) {
        const before = structuredClone(await store.parts(replyId));
        told ??= tell();
        await Promise.race([told, new Promise(setImmediate)]);
        return before;
      },
      list: store.list,
    },
    { now: () => 0, most: Number.POSITIVE_INFINITY },
  );
  let told: Promise<void> | null = null;
  async function tell(): Promise<void> {
    await store.append([{ replyId: 'r', epoch: 1, offset: 0, parts }]);
    await open.noticed([{ replyId: 'r', sessionId: 's', offset: 0, parts }]);
  }
  expect((await open.open('r'))?.text.length).toBe(0);
  await told;
  expect(open.peek('r')?.text.length).toBe(5);
});

it('a reply that begins for a reader after it has learned of messages may have become one of them', async () => {
  const { store, follower } = await followSome(0);
  await store.start(aReply('s', 'a', 'r', { createIfMissing: {} }));
  await follower.learn([{ agentId: 'a', position: 0 }]);
  for await (const [replyId, reply] of follower.all(false)) follower.look(replyId, reply, () => {});
  const { message } = await store.end(anEnd('r', 'Hello'));
  expect((await follower.became(message as Message))?.end()).toMatchObject({
    type: 'ReplyFinished',
    replyId: 'r',
  });
});
