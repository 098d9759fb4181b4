import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type GrowingReply,
  messageOfReply,
  rewound,
  startedReply,
  withPieces,
} from '../../../console/src/conversation/growing-reply.js';
import type { ReplyPieceFragment } from '../../../console/src/generated/operations.js';
import { createNewsReader } from '../../../src/adapters/reply-news.js';
import type { ReplyEventBody } from '../../../src/domain/live/live-events.js';
import { createReplyFollower, type FollowedReplies } from '../../../src/domain/live/reply-follower.js';
import type { Reply, ReplyPart } from '../../../src/domain/replies/model.js';
import type { OpenReply } from '../../../src/domain/replies/open-replies.js';
import {
  createReplyText,
  cutParts,
  lengthOf,
  type ReplyText,
} from '../../../src/domain/replies/reply-text.js';
import type { Message } from '../../../src/domain/sessions/model.js';
import { aPart } from '../../stores/contract/inputs.js';

const REPLY: Reply = {
  replyId: 'r',
  sessionId: 's',
  agentId: 'a',
  state: 'writing',
  epoch: 1,
  durability: 'batched',
  timeoutMs: 60_000,
  caller: '',
  offset: 0,
  startedAt: new Date(0),
  endedAt: null,
  reason: null,
  position: null,
};

/** A reply of which nothing is known but what is put here. */
function oneReply() {
  let now: OpenReply | null = null;
  const replies = {
    list: async () => [[REPLY]],
    open: { peek: () => now, open: async () => now, refreshAll: async () => {} },
  } as unknown as FollowedReplies;
  const follower = createReplyFollower(replies, { sessionId: 's', agentId: null }, new Map());
  return {
    /** It is over, and has become the agent's first message. */
    async ended(text: ReplyText, offset: number): Promise<ReplyEventBody[]> {
      const reply: Reply = { ...REPLY, state: 'finished', offset, position: 0 };
      now = { reply, text, durable: { offset, blocks: 1 }, own: false, ending: null };
      const events: ReplyEventBody[] = [];
      const became = await follower.became({ sessionId: 's', agentId: 'a', position: 0 } as Message);
      became?.rest((event) => events.push(event));
      return became ? [...events, became.end()] : events;
    },
    async told(text: ReplyText, durable: number): Promise<ReplyEventBody[]> {
      const kept = { offset: durable, blocks: text.blocksBefore(durable) };
      now = { reply: REPLY, text, durable: kept, own: true, ending: null };
      const events: ReplyEventBody[] = [];
      for await (const [replyId, open] of follower.all(true)) {
        follower.look(replyId, open, (event) => events.push(event));
      }
      return events;
    },
  };
}

it('a block whose beginning alone is durable yet begins for its readers, and nothing is told that says nothing', async () => {
  const text = createReplyText([aPart(0, 'first'), aPart(1, ''), aPart(1, 'second')]);
  const events: ReplyEventBody[] = [];
  const reply = { ...REPLY, durability: 'each' as const };
  const open: OpenReply = { reply, text, durable: { offset: 5, blocks: 1 }, own: true, ending: null };
  const follower = createReplyFollower({} as FollowedReplies, { sessionId: 's', agentId: null }, new Map());
  const look = (durable: OpenReply['durable']) =>
    follower.look('r', { ...open, durable }, (event) => events.push(event));
  look({ offset: 5, blocks: 1 });
  look({ offset: 5, blocks: 2 });
  look({ offset: 11, blocks: 2 });
  expect(events).toMatchObject([
    { type: 'ReplyStarted', reply: { blocks: [{ block: 0, text: 'first' }] } },
    { type: 'ReplyProgress', offset: 5, parts: [{ block: 1, text: '' }] },
    { type: 'ReplyProgress', offset: 5, parts: [{ block: 1, text: 'second' }] },
  ]);
});

describe('a reader of words that were never kept, as the reply ends without them', () => {
  const read = createReplyText([aPart(0, 'kept, and lost')]);
  const kept = createReplyText([aPart(0, 'kept')]);

  it.each([
    ['at once', kept, 4],
    ['whose parts are removed already', createReplyText(), 0],
  ])('is told to go back before the message, %s', async (_when, text, back) => {
    const reply = oneReply();
    await reply.told(read, 4);
    expect(await reply.ended(text, kept.length)).toMatchObject([
      { type: 'ReplyRewound', offset: back },
      { type: 'ReplyFinished' },
    ]);
  });

  it('is told of its end alone where it was told no more than was kept, and the parts are removed', async () => {
    const reply = oneReply();
    await reply.told(kept, 4);
    expect(await reply.ended(createReplyText(), kept.length)).toMatchObject([{ type: 'ReplyFinished' }]);
  });
});

const asAnswered = (parts: readonly ReplyPart[]) =>
  parts.map((one) => ({ ...one, kind: 'TEXT' })) as unknown as ReplyPieceFragment[];

/** What the console and the library make of the events. */
function createReaders() {
  let shown: GrowingReply | null = null;
  const news = createNewsReader();
  let read = createReplyText();
  return {
    take(event: ReplyEventBody) {
      if (event.type === 'ReplyStarted') {
        const { blocks } = event.reply;
        shown = startedReply({
          replyId: 'r',
          agentId: 'a',
          state: 'WRITING',
          startedAt: '',
          blocks: asAnswered(blocks),
        });
      } else if (event.type === 'ReplyProgress') {
        if (shown) shown = withPieces(shown, asAnswered(event.parts));
      } else if (event.type === 'ReplyRewound') {
        if (shown) shown = rewound(shown, event.offset);
      }
      for (const told of news.newsOf(event) ?? []) {
        if ('state' in told) continue;
        if (told.anew) read = createReplyText(told.parts);
        else read.append(told.parts);
      }
    },
    console: () =>
      shown ? messageOfReply(shown, 0).content.map((block) => 'text' in block && block.text) : [],
    library: () => read.blocks().map(({ text }) => text),
  };
}

describe('a reader who comes while blocks grow in turns', () => {
  it('is told in their order what goes back to an earlier block', async () => {
    const text = createReplyText([aPart(0, 'ab'), aPart(1, 'x'), aPart(0, 'c'), aPart(1, 'yz')]);
    const [started, progress, ...more] = await oneReply().told(text, 6);
    expect(started).toMatchObject({
      type: 'ReplyStarted',
      reply: {
        offset: 3,
        blocks: [
          { block: 0, text: 'ab' },
          { block: 1, text: 'x' },
        ],
      },
    });
    expect(progress).toMatchObject({
      type: 'ReplyProgress',
      offset: 3,
      parts: [
        { block: 0, text: 'c' },
        { block: 1, text: 'yz' },
      ],
    });
    expect(more).toEqual([]);
  });

  it('shows each block as it is, also after the server has lost a part of them', async () => {
    const pieces = fc.array(fc.tuple(fc.nat(2), fc.string({ minLength: 1, maxLength: 4 })), {
      minLength: 1,
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(pieces, pieces, fc.nat(20), async (first, later, kept) => {
        // Three blocks have begun.
        const begun = [0, 1, 2].map((block) => aPart(block, `${block}`));
        const before = [...begun, ...first.map(([block, text]) => aPart(block, text))];
        const durable = Math.min(kept, lengthOf(before));
        const after = [
          ...cutParts(before, durable, 0),
          ...begun,
          ...later.map(([block, text]) => aPart(block, text)),
        ];
        const reply = oneReply();
        const readers = createReaders();
        for (const parts of [before, after]) {
          const text = createReplyText(parts);
          for (const event of await reply.told(text, durable)) readers.take(event);
          const blocks = text.blocks().map((block) => block.text);
          expect(readers.console()).toEqual(blocks);
          expect(readers.library()).toEqual(blocks);
        }
      }),
    );
  });
});
