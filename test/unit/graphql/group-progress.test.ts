import { expect, it } from 'vitest';
import type { Standing } from '../../../src/domain/live/follow.js';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import type { Message } from '../../../src/domain/sessions/model.js';
import { type Ahead, aheadOf, compare, type GroupProgress } from '../../../src/graphql/group-progress.js';

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

it('whoever was told that it began is told that it has finished', () => {
  const ahead = joined(new Map([['r', { offset: 9, blocks: 1, mark: undefined }]]), []) as Ahead;
  expect(compare(ahead, finished).untold).toBe(finished);
});
