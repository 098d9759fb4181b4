import { describe, expect, it } from 'vitest';
import { ParleyError } from '../../../src/domain/errors.js';
import { createSlowReader, type Standing } from '../../../src/domain/live/follow.js';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { createReplyText } from '../../../src/domain/replies/reply-text.js';
import {
  createSubscriptionGroups,
  type SharedFeed,
} from '../../../src/graphql/subscriptions/subscription-groups.js';

const event = (text: string, position: number) =>
  ({
    type: 'MessageAdded',
    cursor: `c${position}`,
    position: `p${position}`,
    agentId: 'a',
    message: { agentId: 'a', position, content: [{ text }] },
  }) as unknown as LiveEvent;

const textOf = (one: LiveEvent) =>
  String((one as LiveEvent & { type: 'MessageAdded' }).message.content[0]?.text);

const STANDING: Standing = {
  position: 'p',
  knowsSession: true,
  createdAt: null,
  heads: new Map(),
  replies: new Map(),
  over: new Set<string>(),
  cursor: () => '',
  ownCursor: (cursor: string) => cursor,
};

/** A feed that gives what it is handed, to a group of `size`; what its members were given, in order. */
function groupOf(size: number, shared: Partial<SharedFeed> = {}, standing: Standing = STANDING) {
  const groups = createSubscriptionGroups();
  const given: string[][] = [];
  let hand: (events: LiveEvent[]) => void = () => {};
  async function* open() {
    for (;;) {
      yield await new Promise<LiveEvent[]>((resolve) => {
        hand = resolve;
      });
    }
  }
  const executed: string[] = [];
  const feed: SharedFeed = {
    open,
    async execute(events) {
      const texts = events.map(textOf);
      executed.push(...texts);
      return texts.map((text) => Buffer.from(text));
    },
    revision: () => 0,
    refreshed: async (one) => one,
    ...shared,
  };
  const join = (at: Standing, holds: (characters: number) => void = () => {}) => {
    const controller = new AbortController();
    const mine: string[] = [];
    given.push(mine);
    const member = {
      reader: createSlowReader(),
      isFull: () => false,
      holds,
      deliver: (results: readonly Buffer[]) => void mine.push(...results.map(String)),
      send: async () => {},
    };
    const joined = groups.join('key', at, feed, member, controller.signal);
    joined.catch(() => {});
    return Object.assign(controller, { joined });
  };
  const leaving = Array.from({ length: size }, () => join(standing));
  return { groups, given, executed, leaving, join, hand: (...events: LiveEvent[]) => hand(events) };
}

const turns = async (count: number) => {
  for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setImmediate(resolve));
};

describe('a group of equal subscriptions', () => {
  it('sends a member that has read a text which was never kept on its own way, from where it stands', async () => {
    const text = createReplyText([
      { block: 0, text: 'what is kept', kind: 'text', toolUseId: null, name: null, status: null },
    ]);
    const at = (offset: number, mark: symbol, cursor: string): Standing => ({
      ...STANDING,
      replies: new Map([['r', { offset, blocks: 1, mark, abandoned: false }]]),
      cursor: () => cursor,
    });
    const { given, join, hand } = groupOf(
      1,
      { execute: async () => [Buffer.from('told')] },
      at(5, text.mark, 'kept'),
    );
    const { joined } = join(at(9, createReplyText().mark, 'never kept'));
    await turns(1);
    const grown = {
      type: 'ReplyProgress',
      replyId: 'r',
      agentId: 'a',
      offset: 5,
      parts: text.since(5),
      blocks: 1,
      text,
    };
    hand({ ...grown, cursor: 'c', position: 'p' } as unknown as LiveEvent);
    expect(await joined).toBe('never kept');
    await turns(3);
    expect(given).toEqual([['told'], []]);
  });

  it('sends a member that is full on its own way where a reply grows, from the last event that it was given', async () => {
    const groups = createSubscriptionGroups();
    let hand: (events: LiveEvent[]) => void = () => {};
    async function* open() {
      for (;;) {
        yield await new Promise<LiveEvent[]>((resolve) => {
          hand = resolve;
        });
      }
    }
    const feed: SharedFeed = {
      open,
      execute: async (events) => events.map(({ cursor }) => Buffer.from(cursor)),
      revision: () => 0,
      refreshed: async (one) => one,
    };
    const given: string[] = [];
    let full = false;
    const member = {
      reader: createSlowReader(),
      send: async () => {},
      isFull: () => full,
      holds: () => {},
      deliver: (results: readonly Buffer[]) => void given.push(...results.map(String)),
    };
    const joined = groups.join('key', STANDING, feed, member, new AbortController().signal);
    const grown = (cursor: string) => {
      const text = createReplyText();
      const body = {
        type: 'ReplyProgress',
        replyId: 'r',
        agentId: 'a',
        offset: 0,
        parts: [],
        blocks: 0,
        text,
      };
      return { ...body, cursor, position: 'p' } as unknown as LiveEvent;
    };
    await turns(1);
    hand([grown('c1')]);
    await turns(3);
    full = true;
    hand([grown('c2')]);
    expect(await joined).toBe('c1');
    expect(given).toEqual(['c1']);
    expect(groups.size).toBe(0);
  });

  it('goes on without a member whose caller may not hold its place as that grows', async () => {
    const { given, join, hand } = groupOf(2);
    const refusal = new Error('no room');
    const left = join(STANDING, () => {
      throw refusal;
    });
    hand(event('hello', 0));
    await turns(5);
    await expect(left.joined).rejects.toBe(refusal);
    expect(given).toEqual([['hello'], ['hello'], []]);
  });

  it.each([
    ['an error', new Error('what a hook throws')],
    ['a text', 'what a hook throws'],
    ['nothing', undefined],
  ])(
    'ends all members with what has ended its feed, where that is %s: it is not over',
    async (_kind, thrown) => {
      const { join } = groupOf(0, {
        // biome-ignore lint/correctness/useYield: it fails at once.
        async *open() {
          throw thrown;
        },
      });
      const ended = join(STANDING).joined.then(
        () => 'over',
        (error: unknown) => ({ error }),
      );
      expect(await ended).toEqual({ error: thrown });
    },
  );

  it('that is too slow ends a member that is ahead of it with its own cursor, and the others with that of the group', async () => {
    const at = (cursor: string, replies: Standing['replies']) => ({
      ...STANDING,
      replies,
      cursor: () => cursor,
    });
    const { join } = groupOf(0, {
      // biome-ignore lint/correctness/useYield: it fails before it tells anything.
      async *open() {
        await turns(2);
        throw new ParleyError('SUBSCRIBER_TOO_SLOW', 'Too slow.', { details: { cursor: 'of the group' } });
      },
    });
    const reply = { offset: 5, blocks: 1, mark: undefined, abandoned: false };
    const members = [at('as all', new Map()), at('ahead', new Map([['r', reply]]))].map(
      (one) => join(one).joined,
    );
    const ended = await Promise.all(members.map((joined) => joined.catch(({ details }) => details)));
    expect(ended).toEqual([{ cursor: 'of the group' }, { cursor: 'ahead' }]);
  });

  it('is executed once for an event, whatever its size', async () => {
    const { given, executed, hand } = groupOf(1_200);
    hand(event('hello', 0));
    await turns(5);
    expect(executed).toEqual(['hello']);
    expect(given.every((mine) => mine.join() === 'hello')).toBe(true);
  });

  it('is executed once for events that stand ready together, and given them together', async () => {
    const calls: number[] = [];
    const { given, hand } = groupOf(3, {
      async execute(events) {
        calls.push(events.length);
        return events.map((one) => Buffer.from(textOf(one)));
      },
    });
    hand(event('one', 0), event('two', 1), event('three', 2));
    await turns(3);
    expect(calls).toEqual([3]);
    expect(given.every((mine) => mine.join() === 'one,two,three')).toBe(true);
  });

  it('never gives on a result that was made before its message was redacted', async () => {
    let revision = 0;
    const { given, hand, executed } = groupOf(1_200, {
      revision: () => revision,
      refreshed: async () => event('[redacted]', 0),
    });
    hand(event('secret', 0));
    // The first slice has it; then the message is redacted.
    await Promise.resolve();
    while (given[0]?.length === 0) await Promise.resolve();
    revision++;
    await turns(5);
    expect(executed).toEqual(['secret', '[redacted]']);
    expect(given[0]).toEqual(['secret']);
    expect(given.slice(500).every((mine) => mine.join() === '[redacted]')).toBe(true);
  });

  it('never gives what was redacted while it was executed', async () => {
    let revision = 0;
    const { given, hand } = groupOf(2, {
      revision: () => revision,
      execute: async (events) => {
        revision = 1;
        return events.map((one) => Buffer.from(JSON.stringify(one)));
      },
      refreshed: async () => event('[redacted]', 0),
    });
    hand(event('secret', 0));
    await turns(3);
    expect(JSON.stringify(given)).not.toContain('secret');
    expect(given.flat()).toHaveLength(2);
  });

  it('gives a member that is ahead of it a cursor of its own', async () => {
    const { given, join, hand } = groupOf(1, {
      execute: async (events) => events.map((one) => Buffer.from(`${textOf(one)} ${one.cursor}`)),
    });
    const heads = new Map([['b', { count: 4, last: '' }]]);
    join({ ...STANDING, heads, ownCursor: (cursor) => `${cursor}, and four of b` });
    hand(event('hello', 0));
    await turns(3);
    expect(given).toEqual([['hello c0'], ['hello c0, and four of b']]);
  });

  it('never gives a member that found a reply over a message that was redacted meanwhile', async () => {
    const replies = new Map([['r', { offset: 5, blocks: 1, mark: undefined, abandoned: false }]]);
    const { given, join, hand } = groupOf(
      1,
      {
        execute: async (events) => events.map((one) => Buffer.from(`${one.type} ${textOf(one)}`)),
        // It is redacted as soon as the first member has it.
        revision: () => given[0]?.length ?? 0,
        refreshed: async (one) => ({ ...event('[redacted]', 0), type: one.type }) as LiveEvent,
      },
      { ...STANDING, replies },
    );
    join({ ...STANDING, over: new Set(['r']) });
    hand({ ...event('secret', 0), type: 'ReplyFinished', replyId: 'r' } as LiveEvent);
    await turns(3);
    expect(given).toEqual([['ReplyFinished secret'], ['MessageAdded [redacted]']]);
  });

  it('tells nothing of a message that is gone with its session', async () => {
    let revision = 0;
    const { given, hand } = groupOf(1, {
      revision: () => revision++,
      refreshed: async () => null,
    });
    hand(event('gone', 0));
    await turns(3);
    expect(given).toEqual([[]]);
  });

  it('does not outlive its members, also not while it waits for the database', async () => {
    const { groups, leaving, hand } = groupOf(2, {
      revision: (() => {
        let revision = 0;
        return () => revision++;
      })(),
      refreshed: (_event, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(new Error('left')), { once: true });
        }),
    });
    hand(event('waits', 0));
    await turns(3);
    for (const one of leaving) one.abort();
    await turns(3);
    expect(groups.size).toBe(0);
  });
});
