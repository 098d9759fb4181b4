import { beforeEach, expect, it } from 'vitest';
import type { ReplyEventBody } from '../../../src/domain/live/live-events.js';
import { createReplyFollower } from '../../../src/domain/live/reply-follower.js';
import { createHeldReplies } from '../../../src/domain/replies/held-replies.js';
import type { Reply } from '../../../src/domain/replies/model.js';
import type { Replies } from '../../../src/domain/replies/replies.js';
import type { ReplyStore } from '../../../src/domain/replies/reply-store.js';
import { createReplyText } from '../../../src/domain/replies/reply-text.js';
import { createRereading } from '../../../src/domain/replies/reread-replies.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { anInstance } from './an-instance.js';

/** Characters that replies may take in memory: some of them, and not all. */
const MOST = 3_000;
const TEXT = 'x'.repeat(1_000);

let store: ReplyStore;
let replies: Replies;
beforeEach(() => {
  const opened = openMemoryStore(emptyDatabase());
  store = opened.replies;
  replies = anInstance({
    store,
    sessions: opened.sessions,
    // Nothing is kept by itself.
    pause: () => new Promise(() => {}),
    mostHeld: MOST,
  });
});

async function written(sessionId = 's') {
  const { service } = replies;
  const { replyId, epoch } = await service.startReply(
    { sessionId, agentId: 'a', createIfMissing: true },
    'c',
  );
  await service.continueReply({ replyId, epoch, offset: 0, parts: [{ block: 0, text: TEXT }] });
  return { replyId, epoch };
}

async function letGo() {
  const all = [await written(), await written(), await written(), await written(), await written()];
  await replies.stop();
  await written('another');
  return all;
}

it('what is durable is let go of where all of it is too much', async () => {
  const all = await letGo();
  expect(replies.open.held).toBeLessThanOrEqual(MOST);
  expect(all.map(({ replyId }) => replies.open.peek(replyId)?.text.length)).toContain(undefined);
});

it('so are replies without a text, where there are very many', async () => {
  const { service, open } = replies;
  const ids: string[] = [];
  for (let index = 0; index < 1_010; index++) {
    const input = { sessionId: `s${index}`, agentId: 'a', createIfMissing: true };
    const { replyId } = await service.startReply(input, 'c');
    await service.abortReply({ replyId, keep: 'discard' });
    ids.push(replyId);
  }
  expect(ids.filter((replyId) => open.peek(replyId))).toEqual(ids.slice(-1_000));
});

it('a reply that was let go of goes on, and is finished without an offset', async () => {
  for (const reply of await letGo()) {
    const more = { ...reply, offset: TEXT.length, parts: [{ block: 0, text: '!' }] };
    expect(await replies.service.continueReply(more)).toEqual({ offset: TEXT.length + 1 });
    const { message } = await replies.service.finishReply(reply);
    expect(message?.content).toEqual([{ text: `${TEXT}!` }]);
  }
});

it('so does one that was let go of between its look-up and its write', async () => {
  const [{ replyId, epoch }] = (await letGo()) as [Awaited<ReturnType<typeof written>>];
  const open = await replies.open.open(replyId);
  if (!open) throw new Error('it is there');
  await Promise.all(
    (await store.list([{ sessionId: 's', agentId: null, states: ['writing'], limit: 9 }]))
      .flat()
      .map((one) => replies.open.open(one.replyId)),
  );
  replies.open.write(open, [
    { block: 0, text: '!', kind: 'text', toolUseId: null, name: null, status: null },
  ]);
  expect((await replies.service.loadReply(replyId))?.blocks[0]?.text).toBe(`${TEXT}!`);
  expect(epoch).toBe(1);
});

it('what is not durable yet is never let go of', async () => {
  const all = [await written(), await written(), await written(), await written(), await written()];
  for (const { replyId } of all) expect(replies.open.peek(replyId)?.text.length).toBe(TEXT.length);
});

it('what blocks are called is counted for their caller', async () => {
  const { service, open } = replies;
  const reply = await written();
  const before = open.heldOf('c');
  const parts = [
    { block: 1, text: '', kind: 'tool-input' as const, toolUseId: 'i'.repeat(500), name: 'n'.repeat(400) },
  ];
  await service.continueReply({ ...reply, offset: TEXT.length, parts });
  expect(open.heldOf('c') - before).toBeGreaterThanOrEqual(900);
});

it('a follower is told the rest of a reply that was let go of meanwhile, and nothing twice', async () => {
  const all = await letGo();
  const told: ReplyEventBody[] = [];
  const follower = createReplyFollower(
    { open: replies.open, list: store.list },
    { sessionId: 's', agentId: null },
    new Map(),
  );
  const look = async () => {
    for await (const [replyId, open] of follower.all(false))
      follower.look(replyId, open, (event) => told.push(event));
  };
  await look();
  for (const reply of all) {
    await replies.service.continueReply({ ...reply, offset: TEXT.length, parts: [{ block: 0, text: '!' }] });
  }
  await look();
  const lengths = (type: ReplyEventBody['type']) => told.filter((event) => event.type === type).length;
  expect([lengths('ReplyStarted'), lengths('ReplyProgress'), told.length]).toEqual([5, 5, 10]);
});

it('a cursor that names a reply of another session is told what it would be of one that is not there', async () => {
  const { replyId } = await written('another');
  await written();
  const place = { agentId: 'a', offset: 0, blocks: 0, durable: 0, hash: 0, abandoned: false };
  const told: unknown[] = [];
  for (const named of [replyId, 'nothing']) {
    const follower = createReplyFollower(
      { open: replies.open, list: store.list },
      { sessionId: 's', agentId: null },
      new Map([[named, { ...place }]]),
    );
    const events: ReplyEventBody[] = [];
    for await (const [one, open] of follower.all(false))
      follower.look(one, open, (event) => events.push(event));
    told.push(events.map((event) => ({ ...event, replyId: '', reply: null, text: null })));
  }
  expect(told[0]).toEqual(told[1]);
});

it('one that is let go of while its news is read is news to those who follow it all the same', async () => {
  const held = createHeldReplies({ now: () => 0, most: MOST });
  const was = { replyId: 'r', sessionId: 's', caller: 'c', epoch: 1, startedAt: new Date(0) };
  const left = held.put({ ...was, state: 'abandoned' } as Partial<Reply> as Reply, createReplyText(), false);
  const told: string[] = [];
  const reading = createRereading({
    held,
    reads: {
      async whole() {
        held.letGo(left);
        return { reply: { ...was, state: 'writing' } as Partial<Reply> as Reply, text: createReplyText() };
      },
    },
    wake: ({ replyId }) => void told.push(`${replyId} is ${held.get(replyId)?.reply.state}`),
  });
  await reading.refresh('r');
  expect(told).toEqual(['r is writing']);
});

it('one that is read while notices are missed is read once more: nothing tells of what has come since', async () => {
  const { replyId, epoch } = await written();
  await replies.stop();
  const { parts } = store;
  let held: () => void = () => {};
  const isHeld = new Promise<void>((resolve) => {
    store.parts = async (id) => {
      const found = await parts(id);
      store.parts = parts;
      await new Promise<void>((go) => {
        held = go;
        resolve();
      });
      return found;
    };
  });
  const late = anInstance({ store, sessions: {} as never });
  const reading = late.open.open(replyId);
  await isHeld;
  const more = [{ block: 0, text: 'more', kind: 'text', toolUseId: null, name: null, status: null } as const];
  await store.append([{ replyId, epoch, offset: TEXT.length, parts: more }]);
  const missed = late.open.missed();
  held();
  await Promise.all([reading, missed]);
  expect(late.open.peek(replyId)?.text.length).toBe(TEXT.length + 'more'.length);
});

it('one that is read anew before its news comes is news to those who follow it all the same', async () => {
  const { replyId, epoch } = await written();
  await replies.stop();
  const late = anInstance({ store, sessions: {} as never });
  await late.open.open(replyId);
  const told: (number | undefined)[] = [];
  late.open.follow('s', () => told.push(late.open.peek(replyId)?.text.length));
  const startedAt = (await store.load([replyId]))[0]?.startedAt;
  const parts = [{ block: 0, text: '!', kind: 'text', toolUseId: null, name: null, status: null } as const];
  const notice = { replyId, sessionId: 's', offset: TEXT.length, parts, startedAt };
  await store.append([{ replyId, epoch, offset: TEXT.length, parts }]);
  // Whoever has asked is not the one who follows.
  late.open.gone(replyId);
  await late.open.open(replyId);
  told.length = 0;
  await late.open.noticed([notice as never]);
  expect(told).toEqual([TEXT.length + 1]);
});
