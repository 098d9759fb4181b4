import { expect, it } from 'vitest';
import type { Standing } from '../../../src/domain/live/follow.js';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { createReplyText } from '../../../src/domain/replies/reply-text.js';
import type { Message } from '../../../src/domain/sessions/model.js';
import { headAt } from '../../../src/domain/sessions/session-cursor.js';
import {
  type Ahead,
  aheadOf,
  compare,
  type GroupProgress,
} from '../../../src/graphql/subscriptions/group-progress.js';
import { aPart } from '../../stores/contract/inputs.js';

const message = { sessionId: 's', agentId: 'a', position: 0 } as Message;
const finished: LiveEvent = {
  type: 'ReplyFinished',
  replyId: 'r',
  agentId: 'a',
  message,
  cursor: 'c',
  position: '1',
};

/** A group that tells of one reply, and a member that stands where it does, but for its replies. */
function joined(replies: Standing['replies'], over: readonly string[]): Ahead | null {
  const group: GroupProgress = {
    position: '0',
    knowsSession: true,
    counts: new Map(),
    replies: new Map([['r', 5]]),
  };
  const standing = {
    position: '0',
    knowsSession: true,
    heads: new Map(),
    replies,
    over: new Set(over),
  } as Partial<Standing>;
  return aheadOf(group, standing as Standing);
}

it('whoever found a reply over when it joined is told its message, and not that something unknown has finished', () => {
  const ahead = joined(new Map(), ['r']) as Ahead;
  const { untold, ahead: left } = compare(ahead, finished);
  expect(untold).toEqual({ type: 'MessageAdded', agentId: 'a', message, cursor: 'c', position: '1' });
  expect(left).toBeNull();
});

it('whoever has read beyond all that was kept when it finishes goes on by itself: it is told to go back first', () => {
  const ahead = joined(new Map([['r', { offset: 9, blocks: 1, mark: undefined }]]), []) as Ahead;
  expect(compare(ahead, finished).untold).toBe('goOn');
});

it('whoever was ahead, and was told the rest by its group, is told that it has finished', () => {
  const text = createReplyText([aPart(0, 'what is kept')]);
  const ahead = joined(new Map([['r', { offset: 9, blocks: 1, mark: text.mark }]]), []) as Ahead;
  const rest = { type: 'ReplyProgress', replyId: 'r', agentId: 'a', offset: 5, parts: text.since(5), text };
  const { ahead: left } = compare(ahead, { ...rest, cursor: 'c', position: '1' } as LiveEvent);
  // Level with its group it is given what comes as it is.
  expect(left).toBeNull();
});

/** Its group has not told it yet; `mark`: of the text that the member has read, up to its ninth character. */
function toldOf(mark: symbol | undefined, type: 'ReplyProgress' | 'ReplyRewound') {
  const text = createReplyText([aPart(0, 'what is kept')]);
  const event = { replyId: 'r', agentId: 'a', cursor: 'c', position: '0', type, offset: 5, text };
  const grown = type === 'ReplyProgress' ? { ...event, parts: text.since(5) } : event;
  const standing = { offset: 9, blocks: 1, mark: mark ?? text.mark };
  return compare(joined(new Map([['r', standing]]), []) as Ahead, grown as unknown as LiveEvent).untold;
}

it('whoever has read further in the same text is told what follows that, and not to go back', () => {
  expect(toldOf(undefined, 'ReplyProgress')).toMatchObject({ offset: 9, parts: [{ text: 'ept' }] });
  expect(toldOf(undefined, 'ReplyRewound')).toBeNull();
});

it('whoever has read a text that was never kept is given no piece of the one that was: it goes on by itself', () => {
  const other = createReplyText().mark;
  expect(toldOf(other, 'ReplyProgress')).toBe('goOn');
  expect(toldOf(other, 'ReplyRewound')).toBe('goOn');
});

it('whoever has read another message in the place of one that is added goes on by itself, and is told so', () => {
  const of = (storageId: string) => ({ ...message, storageId, createdAt: null }) as Message;
  const group: GroupProgress = { position: '0', knowsSession: true, counts: new Map(), replies: new Map() };
  const standing = {
    position: '0',
    knowsSession: true,
    heads: new Map([['a', headAt(of('lost'))]]),
    replies: new Map(),
    over: new Set(),
  } as Partial<Standing>;
  const added = (storageId: string) =>
    compare(aheadOf(group, standing as Standing) as Ahead, {
      type: 'MessageAdded',
      agentId: 'a',
      message: of(storageId),
      cursor: 'c',
      position: '1',
    }).untold;
  expect(added('lost')).toBeNull();
  expect(added('another')).toBe('goOn');
});
