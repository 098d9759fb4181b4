import { isActive } from '../../../src/domain/replies/model.js';
import { type Event, fault, type Shown } from './told.js';
import type { World } from './world.js';

type Piece = { block: number; text: string };

/** What a reader knows of a reply in progress. */
export interface KnownReply {
  agentId: string;
  pieces: Piece[];
  abandoned: boolean;
  /** A block without words that it was told of may be gone. */
  rewound: boolean;
}

export interface KnownReplies {
  replies: Map<string, KnownReply>;
  over: Set<string>;
}

const blocksOf = (pieces: readonly Piece[]): string[] => {
  const blocks: string[] = [];
  for (const { block, text } of pieces) blocks[block] = (blocks[block] ?? '') + text;
  return Array.from(blocks, (text) => text ?? '');
};
const trimmed = (blocks: readonly string[]) =>
  blocks.slice(0, blocks.findLastIndex((text) => text !== '') + 1);
const lengthOf = (pieces: readonly Piece[]) => pieces.reduce((sum, { text }) => sum + text.length, 0);

/** Whether the reply is told as it is; `nextOf`: the place of the next message of an agent that the reader has yet to be told. */
export function createReplyWitness(world: World, shown: Shown, nextOf: (agentId: string) => number) {
  const { database } = world;

  function known({ replies }: KnownReplies, { replyId }: Event): KnownReply {
    if (!shown.replies()) fault('replies were not asked for');
    return replies.get(replyId) ?? fault(`${replyId} was not told to begin`);
  }

  function begin({ replies, over }: KnownReplies, { replyId, reply }: Event): void {
    const { agentId, state, blocks } = reply;
    if (!shown.replies()) fault('replies were not asked for');
    if (!shown.isWanted(agentId)) fault(`a reply of ${agentId}`);
    if (replies.has(replyId)) fault(`${replyId} begins again`);
    if (over.has(replyId)) fault(`${replyId} begins behind its end`);
    const position = database.replies.get(replyId)?.reply.position ?? null;
    if (position !== null && position < nextOf(agentId)) fault(`${replyId} begins behind its message`);
    replies.set(replyId, { agentId, pieces: [...blocks], abandoned: state === 'ABANDONED', rewound: false });
  }

  function goBack(reply: KnownReply, { replyId, offset }: Event): void {
    const length = lengthOf(reply.pieces);
    if (offset >= length) fault(`${replyId} goes back to ${offset}, and ${length} were told`);
    if (!world.shaken.has(replyId)) fault(`${replyId} goes back without a reason`);
    let left = offset;
    reply.pieces = reply.pieces.flatMap(({ block, text }) => {
      const cut = text.slice(0, left);
      left -= cut.length;
      return cut === '' ? [] : [{ block, text: cut }];
    });
    reply.rewound = true;
  }

  return {
    moved({ replies }: KnownReplies): void {
      for (const [replyId, { pieces }] of replies) {
        const durable = lengthOf(database.replies.get(replyId)?.parts ?? []);
        if (durable < lengthOf(pieces)) world.shaken.add(replyId);
      }
    },
    grow(knowledge: KnownReplies, event: Event): void {
      const { __typename: type, replyId } = event;
      if (type === 'ReplyStarted') {
        begin(knowledge, event);
        return;
      }
      const reply = known(knowledge, event);
      if (type === 'ReplyRewound') {
        goBack(reply, event);
        return;
      }
      if (type === 'ReplyProgress') {
        const length = lengthOf(reply.pieces);
        if (event.offset !== length) fault(`${replyId} goes on at ${event.offset}, and ${length} were told`);
        if (event.parts.length === 0) fault(`${replyId} goes on with nothing`);
        reply.pieces.push(...event.parts);
        return;
      }
      const abandoned = type === 'ReplyAbandoned';
      if (reply.abandoned === abandoned) fault(`${replyId}: that was told before`);
      reply.abandoned = abandoned;
    },
    /** `isRedacted`: the message that it has become says something else. */
    end(knowledge: KnownReplies, event: Event, isRedacted: boolean): void {
      const told = known(knowledge, event);
      const { replyId, __typename: type } = event;
      const message = event.message ?? event.kept ?? null;
      const stored = database.replies.get(replyId);
      if (!stored && world.removed.size === 0) fault(`${replyId} was never there`);
      if (stored) {
        const { reply, parts } = stored;
        if (isActive(reply)) fault(`${replyId} is not over`);
        if ((reply.position === null) !== (message === null))
          fault(`${replyId} has become a message, or not`);
        if ((reply.state === 'finished') !== (type === 'ReplyFinished'))
          fault(`${replyId} has ended otherwise`);
        const [read, is] = [told.pieces, parts].map((pieces) => JSON.stringify(trimmed(blocksOf(pieces))));
        if (message && !isRedacted && read !== is) fault(`${replyId} says ${is}, and ${read} was told`);
        const said = blocksOf(parts)
          .filter((text) => text !== '')
          .join('\n');
        if (message && !isRedacted && message.text !== said)
          fault(`${replyId} says ${said}, and has become ${message.text}`);
      }
      knowledge.replies.delete(replyId);
      knowledge.over.add(replyId);
    },
    /** Once nothing more comes. */
    check({ replies }: KnownReplies): void {
      if (!shown.replies()) return;
      const all = [...database.replies.values()];
      const active = all.filter(({ reply }) => isActive(reply) && shown.isWanted(reply.agentId));
      for (const { reply, parts } of active) {
        const { replyId, state } = reply;
        const told = replies.get(replyId) ?? fault(`${replyId} was not told to begin`);
        const [read, is] = [told.pieces, parts].map((pieces) => {
          const blocks = blocksOf(pieces);
          return JSON.stringify(told.rewound ? trimmed(blocks) : blocks);
        });
        if (read !== is) fault(`${replyId} is ${is}, and ${read} was told`);
        if (told.abandoned !== (state === 'abandoned'))
          fault(`${replyId} is ${state}, and that was not told`);
      }
      for (const replyId of replies.keys())
        if (!active.some(({ reply }) => reply.replyId === replyId))
          fault(`${replyId} is over, and that was not told`);
    },
  };
}
