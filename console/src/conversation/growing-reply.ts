import type { MessageItemFragment, ReplyPieceFragment, ReplyStateFragment } from '../generated/operations.js';

/** A reply while it is written. */
export interface GrowingReply {
  replyId: string;
  agentId: string;
  startedAt: string;
  /** An aborted one says so where it stood. */
  state: 'writing' | 'abandoned' | 'aborted';
  /** Why it was aborted, where that was said. */
  reason: string | null;
  /** What was told, in its order: blocks may grow in turns, and an offset counts over all of them. */
  pieces: readonly ReplyPieceFragment[];
}

export type Replies = ReadonlyMap<string, GrowingReply>;

export const startedReply = (reply: ReplyStateFragment): GrowingReply => ({
  replyId: reply.replyId,
  agentId: reply.agentId,
  startedAt: reply.startedAt,
  state: reply.state === 'ABANDONED' ? 'abandoned' : 'writing',
  reason: null,
  pieces: reply.blocks,
});

export function withPieces(reply: GrowingReply, more: readonly ReplyPieceFragment[]): GrowingReply {
  const pieces = [...reply.pieces];
  for (const piece of more) {
    const last = pieces.at(-1);
    if (last?.block === piece.block) pieces[pieces.length - 1] = { ...last, text: last.text + piece.text };
    else pieces.push(piece);
  }
  return { ...reply, pieces };
}

/** Up to an offset. */
export function rewound(reply: GrowingReply, offset: number): GrowingReply {
  let left = offset;
  const pieces: ReplyPieceFragment[] = [];
  for (const piece of reply.pieces) {
    if (left <= 0) break;
    pieces.push({ ...piece, text: piece.text.slice(0, left) });
    left -= piece.text.length;
  }
  return { ...reply, pieces };
}

/** As a message that is not there yet. */
export function messageOfReply(reply: GrowingReply, position: number): MessageItemFragment {
  const blocks: ReplyPieceFragment[] = [];
  for (const piece of reply.pieces) {
    const before = blocks[piece.block];
    blocks[piece.block] = before ? { ...before, text: before.text + piece.text } : piece;
  }
  return {
    id: reply.replyId,
    position,
    role: 'ASSISTANT',
    createdAt: reply.startedAt,
    redacted: false,
    author: null,
    awaitingApproval: [],
    content: blocks.flatMap(blocksOf),
    metrics: null,
    guardrailEvent: null,
    supersedes: [],
  };
}

/** One; none of data, which programs keep for themselves. */
function blocksOf({
  kind,
  text,
  toolUseId,
  name,
  status,
}: ReplyPieceFragment): MessageItemFragment['content'] {
  switch (kind) {
    case 'DATA':
      return [];
    case 'TEXT':
      return [{ __typename: 'TextBlock', text }];
    case 'REASONING':
      return [{ __typename: 'ReasoningBlock', text }];
    case 'TOOL_INPUT': {
      const input = inputOf(text);
      return [{ __typename: 'ToolUseBlock', toolUseId: toolUseId ?? '', name: name ?? '', input }];
    }
    case 'TOOL_RESULT':
      return [
        {
          __typename: 'ToolResultBlock',
          toolUseId: toolUseId ?? '',
          status: status?.toLowerCase() ?? null,
          content: [{ text }],
        },
      ];
  }
}

/** JSON as soon as it is whole; until then its text. */
function inputOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
