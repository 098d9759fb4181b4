import { describe, expect, it } from 'vitest';
import type { ReplyStanding, Standing } from '../../../src/domain/live/follow.js';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { createReplyText, cutParts, type ReplyText } from '../../../src/domain/replies/reply-text.js';
import type { Message } from '../../../src/domain/sessions/model.js';
import { headAt } from '../../../src/domain/sessions/session-cursor.js';
import {
  type Ahead,
  advance,
  aheadOf,
  compare,
  type GroupProgress,
  isBehind,
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
    createdAt: null,
    counts: new Map(),
    replies: new Map([['r', { offset: 5, blocks: 1, mark: undefined, abandoned: false }]]),
  };
  const standing = {
    position: '0',
    knowsSession: true,
    createdAt: null,
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
  const ahead = joined(
    new Map([['r', { offset: 9, blocks: 1, mark: undefined, abandoned: false }]]),
    [],
  ) as Ahead;
  expect(compare(ahead, finished).untold).toBe('goOn');
});

it('whoever was told of a reply that its group has missed goes on by itself when a message comes: it may be what that has become', () => {
  const group: GroupProgress = {
    position: '0',
    knowsSession: true,
    createdAt: null,
    counts: new Map(),
    replies: new Map(),
  };
  const known = { offset: 9, blocks: 1, mark: undefined, abandoned: false };
  const of = (count: number) =>
    aheadOf(group, {
      position: '0',
      knowsSession: true,
      createdAt: null,
      heads: new Map(count === 0 ? [] : [['a', { ...headAt(message), count }]]),
      replies: new Map([['r', known]]),
      over: new Set(),
    } as Partial<Standing> as Standing) as Ahead;
  const added = { type: 'MessageAdded', agentId: 'a', message, cursor: 'c', position: '1' } as LiveEvent;
  expect(compare(of(0), added).untold).toBe('goOn');
  // One that it has seen is none of those.
  expect(compare(of(1), added).untold).toBeNull();
});

it('whoever was ahead, and was told the rest by its group, is told that it has finished', () => {
  const text = createReplyText([aPart(0, 'what is kept')]);
  const ahead = joined(
    new Map([['r', { offset: 9, blocks: 1, mark: text.mark, abandoned: false }]]),
    [],
  ) as Ahead;
  const { ahead: left } = compare(ahead, grownOf(text, 5, text));
  // Level with its group it is given what comes as it is.
  expect(left).toBeNull();
});

/** What a group tells of the text from `offset` on, when it says as much as `then`. */
function grownOf(text: ReplyText, offset: number, then: ReplyText, known = 1): LiveEvent {
  const { length, blockCount: blocks } = then;
  const parts = cutParts(then.since(offset, known), length - offset, blocks);
  return {
    type: 'ReplyProgress',
    replyId: 'r',
    agentId: 'a',
    offset,
    parts,
    blocks,
    text,
    cursor: 'c',
    position: '0',
  };
}

/** Its group has not told it yet; `mark`: of the text that the member has read, up to its ninth character. */
function toldOf(mark: symbol | undefined, type: 'ReplyProgress' | 'ReplyRewound') {
  const text = createReplyText([aPart(0, 'what is kept')]);
  const rewound = { replyId: 'r', agentId: 'a', cursor: 'c', position: '0', type, offset: 5, text };
  const event = type === 'ReplyProgress' ? grownOf(text, 5, text) : (rewound as LiveEvent);
  const standing = { offset: 9, blocks: 1, mark: mark ?? text.mark, abandoned: false };
  return compare(joined(new Map([['r', standing]]), []) as Ahead, event).untold;
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

it('whoever has read another text than its group, or alone was told that the reply is abandoned, does not join it yet', () => {
  const { mark } = createReplyText();
  const told = { offset: 5, blocks: 1, mark, abandoned: false };
  const group = {
    position: '0',
    knowsSession: true,
    createdAt: null,
    counts: new Map(),
    replies: new Map([['r', told]]),
  };
  const behind = (standing: Partial<ReplyStanding>) =>
    isBehind(group, {
      position: '0',
      knowsSession: true,
      createdAt: null,
      replies: new Map([['r', { ...told, ...standing }]]),
    } as Partial<Standing> as Standing);
  expect(behind({})).toBe(false);
  expect(behind({ offset: 9 })).toBe(false);
  expect(behind({ mark: createReplyText().mark })).toBe(true);
  expect(behind({ abandoned: true })).toBe(true);
  const event = { type: 'ReplyAbandoned', replyId: 'r', agentId: 'a', offset: 5, cursor: 'c', position: '0' };
  advance(group, event as LiveEvent);
  expect(behind({ abandoned: true })).toBe(false);
});

it('whoever was told of a reply that its group is about to tell of otherwise, abandoned or not, goes on by itself', () => {
  const text = createReplyText([aPart(0, 'kept')]);
  const group: GroupProgress = {
    position: '0',
    knowsSession: true,
    createdAt: null,
    counts: new Map(),
    replies: new Map(),
  };
  const toldAsOf = (abandoned: boolean, state: 'writing' | 'abandoned') => {
    const standing = {
      position: '0',
      knowsSession: true,
      createdAt: null,
      heads: new Map(),
      replies: new Map([['r', { offset: 4, blocks: 1, mark: text.mark, abandoned }]]),
      over: new Set(),
    } as Partial<Standing>;
    const reply = { state, offset: 4, blocks: [aPart(0, 'kept')] };
    const started = {
      type: 'ReplyStarted',
      replyId: 'r',
      agentId: 'a',
      reply,
      text,
      cursor: 'c',
      position: '0',
    };
    const event = started as unknown as LiveEvent;
    return compare(aheadOf(group, standing as Standing) as Ahead, event).untold;
  };
  // What has changed since would be told next: to whoever was told of it already.
  expect(toldAsOf(false, 'abandoned')).toBe('goOn');
  expect(toldAsOf(true, 'writing')).toBe('goOn');
  expect(toldAsOf(true, 'abandoned')).toBeNull();
  expect(toldAsOf(false, 'writing')).toBeNull();
});

it('whoever knows another session of the id than its group does not join it', () => {
  const about = { position: '0', knowsSession: true, replies: new Map() };
  const group: GroupProgress = { ...about, createdAt: 1, counts: new Map() };
  const behind = (createdAt: number | null) =>
    isBehind(group, { ...about, createdAt } as Partial<Standing> as Standing);
  expect([behind(1), behind(2), behind(null)]).toEqual([false, true, false]);
  const again = { type: 'Resync', reason: 'SESSION_RECREATED', agentId: null, count: 0, createdAt: 2 };
  advance(group, { ...again, cursor: 'c', position: '0' } as LiveEvent);
  expect([behind(1), behind(2)]).toEqual([true, false]);
  const created = { type: 'SessionCreated', session: { createdAt: new Date(3) }, cursor: 'c', position: '0' };
  advance(group, created as LiveEvent);
  expect([behind(2), behind(3)]).toEqual([true, false]);
});

describe('a block that begins without words', () => {
  const SAID = aPart(0, 'kept: all');
  const BEGUN = aPart(1, '');
  const said = createReplyText([SAID]);
  const begun = createReplyText([SAID, BEGUN]);

  /** What is told of the text by a group at its fifth character, or at `offset` with `known` blocks, and who is still ahead then. */
  function toldFrom(text: ReplyText, blocks: number, then: ReplyText, offset = 5, known = 1) {
    const standing = { offset: 9, blocks, mark: text.mark, abandoned: false };
    return compare(joined(new Map([['r', standing]]), []) as Ahead, grownOf(text, offset, then, known));
  }

  it('is told to whoever has read all words before it, and not the block', () => {
    const { untold, ahead } = toldFrom(begun, 1, begun);
    expect(untold).toMatchObject({ offset: 9, parts: [{ block: 1, text: '' }] });
    expect(ahead).toBeNull();
  });

  it('is not told again to whoever has, though its group is as far in what is said', () => {
    const { untold, ahead } = toldFrom(begun, 2, said);
    expect(untold).toBeNull();
    expect(ahead?.replies.size).toBe(1);
    expect(toldFrom(begun, 2, begun, 9).untold).toBeNull();
  });

  it('is not told before its group tells of it, where the text has it already', () => {
    const further = createReplyText([SAID, aPart(0, ', and more'), BEGUN]);
    const { untold } = toldFrom(further, 1, createReplyText([SAID, aPart(0, ', and')]));
    expect(untold).toMatchObject({ offset: 9, parts: [{ block: 0, text: ', and' }] });
  });

  it('that one member alone knows sets it apart from its group', () => {
    const group: GroupProgress = {
      position: '0',
      knowsSession: true,
      createdAt: null,
      counts: new Map(),
      replies: new Map([['r', { offset: 9, blocks: 1, mark: begun.mark, abandoned: false }]]),
    };
    const standing = {
      position: '0',
      knowsSession: true,
      createdAt: null,
      heads: new Map(),
      replies: new Map([['r', { offset: 9, blocks: 2, mark: begun.mark, abandoned: false }]]),
      over: new Set(),
    } as Partial<Standing>;
    expect(aheadOf(group, standing as Standing)?.replies.size).toBe(1);
  });
});

it('whoever has read another message in the place of one that is added goes on by itself, and is told so', () => {
  const of = (storageId: string) => ({ ...message, storageId, createdAt: null }) as Message;
  const group: GroupProgress = {
    position: '0',
    knowsSession: true,
    createdAt: null,
    counts: new Map(),
    replies: new Map(),
  };
  const standing = {
    position: '0',
    knowsSession: true,
    createdAt: null,
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
