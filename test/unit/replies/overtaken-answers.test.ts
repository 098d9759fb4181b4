import { beforeEach, describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import type { Replies } from '../../../src/domain/replies/replies.js';
import type { ReplyStore } from '../../../src/domain/replies/reply-store.js';
import { aReply, someParts } from '../../stores/contract/inputs.js';
import { type Database, emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';
import { anInstance } from './an-instance.js';

let database: Database;
let store: ReplyStore;
let one: Replies;
/** What happens once a call is carried out, and before it is answered. */
let meanwhile: (() => Promise<unknown>) | null;
/** Lets whoever waits for its time go on. */
let passTime: () => void;

beforeEach(() => {
  database = emptyDatabase();
  const opened = openMemoryStore(database);
  store = opened.replies;
  meanwhile = null;
  let pauses: (() => void)[] = [];
  passTime = () => {
    const ended = pauses;
    pauses = [];
    for (const end of ended) end();
  };
  const interrupted =
    <T, R>(call: (input: T) => Promise<R>) =>
    async (input: T): Promise<R> => {
      const answer = structuredClone(await call(input));
      const run = meanwhile;
      meanwhile = null;
      await run?.();
      return answer;
    };
  one = anInstance({
    store: {
      ...store,
      start: interrupted(store.start),
      append: interrupted(store.append),
      end: interrupted(store.end),
    },
    sessions: opened.sessions,
    pause: () => new Promise((resolve) => pauses.push(resolve)),
    onFailure: () => {},
  });
});

const START = {
  sessionId: 's',
  agentId: 'a',
  replyId: 'r',
  createIfMissing: true,
  timeoutMs: 1_000,
} as const;
const settled = () => new Promise(setImmediate);
const lost = () => Promise.reject(new ParleyError('STORE_UNAVAILABLE', 'Nobody hears the answer.'));
const say = (offset: number, text: string) =>
  one.service.continueReply({ replyId: 'r', epoch: 1, offset, parts: [{ block: 0, text }] });

/** Its time is up, and this instance is told so. */
async function abandon(): Promise<void> {
  const stored = database.replies.get('r');
  if (stored) stored.heardAt = 0;
  await one.open.noticed(await store.abandonOverdue());
}

describe('a reply that is abandoned while an answer to its writer is on its way', () => {
  it('is known to be abandoned where that answer is of its start', async () => {
    meanwhile = abandon;
    await one.service.startReply(START, 'caller');
    expect(one.open.peek('r')?.reply.state).toBe('abandoned');
  });

  it('is known to be abandoned where that answer is of its words', async () => {
    await one.service.startReply(START, 'caller');
    meanwhile = abandon;
    await say(0, 'Hello');
    passTime();
    await settled();
    expect(one.open.peek('r')?.reply.state).toBe('abandoned');
  });
});

describe('words that a writer has had an answer for are kept without another call', () => {
  const kept = async () => (await store.parts('r')).map(({ text }) => text).join('');

  it('where the answer to a write of the first of them was lost', async () => {
    await one.service.startReply(START, 'caller');
    meanwhile = async () => {
      await say(5, ' there');
      return lost();
    };
    await say(0, 'Hello');
    for (let turn = 0; turn < 6; turn++) {
      passTime();
      await settled();
    }
    expect(await kept()).toBe('Hello there');
  });

  it('where the end has failed that would have kept them', async () => {
    await one.service.startReply(START, 'caller');
    await say(0, 'Hello');
    // Another instance has kept the first of them.
    await store.append([{ replyId: 'r', epoch: 1, offset: 0, parts: [PART] }]);
    // Nothing of it is kept while it is being ended.
    meanwhile = async () => {
      passTime();
      await settled();
    };
    const ending = one.service.finishReply({ replyId: 'r', epoch: 1, offset: 5 });
    await expect(ending).rejects.toMatchObject({ code: 'REPLY_GAP' });
    for (let turn = 0; turn < 6; turn++) {
      passTime();
      await settled();
    }
    expect(await kept()).toBe('Hello');
  });
});

const PART = { block: 0, text: 'He', kind: 'text', toolUseId: null, name: null, status: null } as const;

it('what nobody followed while notices were missed is not what is told to whoever comes next', async () => {
  await one.service.startReply({ ...START, durability: 'each' }, 'caller');
  const stored = database.replies.get('r');
  if (stored) stored.heardAt = 0;
  await store.abandonOverdue();
  await one.open.missed();
  expect((await one.open.open('r'))?.reply.state).toBe('abandoned');
});

it('a reply that began while notices were missed is told to those who follow its session', async () => {
  const told: string[] = [];
  one.open.follow('s', (replyId) => told.push(replyId));
  await store.start(aReply('s', 'a', 'r', { createIfMissing: {} }));
  await store.start(aReply('another', 'a', 'other', { createIfMissing: {} }));
  await one.open.missed();
  expect(told).toEqual(['r']);
});

/** Words that the store does not have of this reply. */
const FOREIGN = { replyId: 'r', sessionId: 's', offset: 0, parts: someParts('Old one') };
/** Told late: of a reply that had its id before. */
const EARLIER = { ...FOREIGN, startedAt: new Date('2020-01-01') };

it('words of a reply that had its id before, told late, are not those of one that is followed', async () => {
  await store.start(aReply('s', 'a', 'r', { createIfMissing: {} }));
  await one.open.open('r');
  await one.open.noticed([EARLIER]);
  expect(one.open.peek('r')?.text.length).toBe(0);
});

it.each([
  ['of a reply that had its id before, told late,', EARLIER],
  ['that did not come through here', FOREIGN],
])('words %s do not stand for what its writer says', async (_, notice) => {
  await one.service.startReply(START, 'caller');
  await one.open.noticed([notice]);
  await say(0, 'Hello');
  const { message } = await one.service.finishReply({ replyId: 'r', epoch: 1, offset: 5 });
  expect(message?.content).toEqual([expect.objectContaining({ text: 'Hello' })]);
});
