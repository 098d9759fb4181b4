import { beforeEach, expect, it, vi } from 'vitest';
import type { ReplyEventBody } from '../../../src/domain/live/live-events.js';
import { createReplyFollower } from '../../../src/domain/live/reply-follower.js';
import type { Reply } from '../../../src/domain/replies/model.js';
import type { Replies } from '../../../src/domain/replies/replies.js';
import type { ReplyService } from '../../../src/domain/replies/reply-service.js';
import type { ReplyStore } from '../../../src/domain/replies/reply-store.js';
import type { Message } from '../../../src/domain/sessions/model.js';
import type { SessionStore } from '../../../src/domain/sessions/session-store.js';
import { at } from '../../stores/contract/inputs.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { anInstance } from './an-instance.js';

/** Two instances on one store that hear nothing of each other. */
let one: Replies;
let other: ReplyService;
let store: ReplyStore;
let sessions: SessionStore;
/** What others do once an instance's parts are taken, and before it is answered. */
let meanwhile: (() => Promise<unknown>) | null;
beforeEach(() => {
  const opened = openMemoryStore(emptyDatabase());
  const inner = opened.replies;
  sessions = opened.sessions;
  meanwhile = null;
  store = {
    ...inner,
    async append(appends) {
      const answers = await inner.append(appends);
      const others = meanwhile;
      meanwhile = null;
      await others?.();
      const now = await inner.load(appends.map(({ replyId }) => replyId));
      return answers.map(({ taken }, index) => ({ taken, reply: now[index] ?? null }));
    },
  };
  let minute = 0;
  const now = () => at(++minute);
  one = anInstance({ store, sessions, now });
  other = anInstance({ store, sessions, now }).service;
});

const START = { sessionId: 's', agentId: 'a', createIfMissing: true } as const;
const say = (service: ReplyService, { replyId, epoch }: Writer, offset: number, text: string) =>
  service.continueReply({ replyId, epoch, offset, parts: [{ block: 0, text }] });
type Writer = Pick<Reply, 'replyId' | 'epoch'>;

/** A reply of which the first instance knows the first words alone. */
async function write(): Promise<Writer> {
  const { replyId, epoch } = await one.service.startReply({ ...START, durability: 'each' }, 'caller');
  await say(one.service, { replyId, epoch }, 0, 'Hello');
  await say(other, { replyId, epoch }, 5, ' there');
  return { replyId, epoch };
}

it('a reply that was finished through another instance is finished with the same message', async () => {
  const reply = await write();
  const finished = await other.finishReply({ ...reply, offset: 11 });
  expect(finished.message?.content).toEqual([{ text: 'Hello there' }]);
  expect(await one.service.finishReply({ ...reply, offset: 11 })).toEqual(finished);
});

it('one that was aborted through another instance is aborted with the same answer, and cannot be finished', async () => {
  const reply = await write();
  const aborted = await other.abortReply({ ...reply, keep: 'message' });
  await expect(one.service.finishReply({ ...reply, offset: 11 })).rejects.toMatchObject({
    code: 'REPLY_OVER',
  });
  expect(await one.service.abortReply({ ...reply, keep: 'message' })).toEqual(aborted);
});

/** The first words of a reply through the first instance; `others` act once they are taken, and before it hears of that. */
async function writeWhile<T>(others: (writer: Writer) => Promise<T>): Promise<T> {
  const writer = await one.service.startReply(START, 'caller');
  const acted = new Promise<T>((resolve) => {
    meanwhile = async () => resolve(await others(writer));
  });
  await say(one.service, writer, 0, 'Hello');
  const done = await acted;
  await one.stop();
  return done;
}

it('who is told of a message is told all of its text before, also what came through another instance in the moment of an answer', async () => {
  const scope = { sessionId: 's', agentId: null };
  const follower = createReplyFollower({ open: one.open, list: store.list }, scope, new Map());
  const told: ReplyEventBody[] = [];
  const tell = (event: ReplyEventBody) => told.push(event);
  const { message } = await writeWhile(async (writer) => {
    for await (const [replyId, open] of follower.all(false)) follower.look(replyId, open, tell);
    await say(other, writer, 5, ' there');
    return other.finishReply({ ...writer, offset: 11 });
  });
  await follower.learn([message as Message]);
  const became = await follower.became(message as Message);
  became?.rest(tell);
  expect([...told, became?.end()]).toMatchObject([
    { type: 'ReplyStarted', reply: { blocks: [{ text: 'Hello' }] } },
    { type: 'ReplyProgress', offset: 5, parts: [{ text: ' there' }] },
    { type: 'ReplyFinished', message: { content: [{ text: 'Hello there' }] } },
  ]);
});

it('replies with which others have gone on in the moment of an answer are read anew together', async () => {
  const writers: Writer[] = [];
  for (const _ of ['first', 'second', 'third']) {
    writers.push(await one.service.startReply({ ...START, durability: 'each' }, 'caller'));
  }
  const loads = vi.spyOn(store, 'load');
  meanwhile = async () => {
    for (const writer of writers) await say(other, writer, 5, ' there');
    loads.mockClear();
  };
  await Promise.all(writers.map((writer) => say(one.service, writer, 0, 'Hello')));
  const ids = writers.map(({ replyId }) => replyId);
  expect(loads.mock.calls).toEqual([[ids]]);
  expect(ids.map((replyId) => one.open.peek(replyId)?.text.length)).toEqual([11, 11, 11]);
});

it('what a writer sends that was replaced in the moment of an answer is not kept in the name of the next', async () => {
  const [first, second] = await writeWhile(async (writer): Promise<[Writer, Writer]> => {
    const next = await other.startReply({ ...START, replyId: writer.replyId }, 'caller');
    await say(one.service, writer, 5, ' ghost');
    return [writer, next];
  });
  expect(await store.parts(first.replyId)).toMatchObject([{ text: 'Hello' }]);
  await expect(say(one.service, first, 11, '!')).rejects.toMatchObject({ code: 'REPLY_TAKEN_OVER' });
  await say(other, second, 5, ' there');
  const { message } = await other.finishReply({ ...second, offset: 11 });
  expect(message?.content).toEqual([{ text: 'Hello there' }]);
});

it('a reply that was made anew under its id, in a session that was, has nothing of the one before', async () => {
  const before = await one.service.startReply({ ...START, durability: 'each' }, 'caller');
  await say(one.service, before, 0, 'Hello');
  await sessions.deleteSession('s', new Date(0));
  const anew = await other.startReply({ ...START, replyId: before.replyId }, 'another');
  expect((await one.open.refresh(anew.replyId))?.text.length).toBe(0);
  expect([one.open.heldOf('caller'), one.open.held]).toEqual([0, 0]);
});

it('who stops a reply keeps what has come by another instance until then: it is what everybody was told', async () => {
  const each = { ...START, durability: 'each' } as const;
  const writer = await other.startReply(each, 'caller');
  await say(other, writer, 0, 'Hello');
  await one.open.open(writer.replyId);
  // A write of another reply is under way, and the end waits for it.
  const second = await one.service.startReply({ ...each, agentId: 'b' }, 'caller');
  let go: () => void = () => {};
  const isUnderWay = new Promise<void>((underWay) => {
    meanwhile = () => {
      underWay();
      return new Promise<void>((resolve) => {
        go = resolve;
      });
    };
  });
  const saying = say(one.service, second, 0, '!');
  await isUnderWay;
  const stopping = one.service.abortReply({ replyId: writer.replyId, keep: 'message' });
  await vi.waitFor(() => expect(one.open.peek(writer.replyId)?.ending).toBeTruthy());
  await say(other, writer, 5, ' there');
  const parts = [
    { block: 0, text: ' there', kind: 'text', toolUseId: null, name: null, status: null } as const,
  ];
  await one.open.noticed([{ replyId: writer.replyId, sessionId: 's', offset: 5, parts }]);
  go();
  expect((await stopping).message?.content).toEqual([{ text: 'Hello there' }]);
  await saying;
});
