import { ParleyError } from '../../domain/errors.js';
import { oncePerObject } from '../../domain/once-per-object.js';
import { ACTIVE_STATES, REPLY_STATES, type Reply, type ReplyWithText } from '../../domain/replies/model.js';
import { MAX_REPLIES_OF_SESSION } from '../../domain/replies/reply-inputs.js';
import type { RequestContext } from '../context.js';
import type {
  AgentResolvers,
  MutationResolvers,
  ReplyAbortedResolvers,
  ReplyProgressResolvers,
  ReplyResolvers,
  SessionResolvers,
  StartReplyPayloadResolvers,
} from '../generated/types.js';
import { within } from '../loading/field-budget.js';
import { partsOfItem } from '../loading/selected-parts.js';
import { pageSize } from '../paging.js';
import { writing } from './mutation.js';

export const repliesOfSession: Pick<SessionResolvers, 'activeReplies'> = {
  async activeReplies({ sessionId }, _args, { loaders }, info) {
    const asked = { sessionId, agentId: null, states: ACTIVE_STATES, limit: MAX_REPLIES_OF_SESSION };
    return within(await loaders.replies.load(asked), info);
  },
};

export const repliesOfAgent: Pick<AgentResolvers, 'reply' | 'replies'> = {
  async reply({ agent: { sessionId, agentId } }, { replyId }, { replies }) {
    const found = await replies.findReply(replyId);
    return found?.sessionId === sessionId && found.agentId === agentId ? found : null;
  },
  async replies({ agent: { sessionId, agentId } }, { state, first }, { loaders }, info) {
    const { size: limit } = pageSize({ first });
    const states = state ? [state] : REPLY_STATES;
    return within(await loaders.replies.load({ sessionId, agentId, states, limit }), info);
  },
};

const BYTES_PER_CHARACTER = 2;
/** What a block takes beside its text, in bytes: a reply may have a thousand of one character. */
const BLOCK_BYTES = 256;

/** The last of the replies that an operation loads: one after the other, for what their blocks are called counts once it is there. */
const lines = new WeakMap<RequestContext, Promise<void>>();

function loadInLine(reply: Reply, context: RequestContext): Promise<ReplyWithText> {
  const loading = (lines.get(context) ?? Promise.resolve()).then(async () => {
    await context.hold(reply.offset * BYTES_PER_CHARACTER);
    const found = (await context.replies.loadReply(reply.replyId)) ?? { ...reply, blocks: [] };
    const named = found.blocks.reduce(
      (sum, { toolUseId, name }) => sum + lengthOf(toolUseId) + lengthOf(name),
      0,
    );
    await context.hold(named * BYTES_PER_CHARACTER + found.blocks.length * BLOCK_BYTES);
    return found;
  });
  const line = loading.then(
    () => {},
    (error: unknown) => {
      // Where one was too much, so are those behind it.
      if (error instanceof ParleyError && error.code === 'QUERY_TOO_COMPLEX') throw error;
    },
  );
  line.catch(() => {});
  lines.set(context, line);
  return loading;
}

const lengthOf = (text: string | null) => text?.length ?? 0;

/** With its text: an event brings it along, else it is loaded once, however many fields show it. */
const loaded = oncePerObject((reply: Reply) => {
  let loading: Promise<ReplyWithText> | null = null;
  return (context: RequestContext): Promise<ReplyWithText> => {
    if ('blocks' in reply) return Promise.resolve(reply as ReplyWithText);
    loading ??= loadInLine(reply, context);
    return loading;
  };
});

const textOf = oncePerObject(({ blocks }: ReplyWithText) =>
  blocks.flatMap(({ kind, text }) => (kind === 'text' ? [text] : [])).join('\n'),
);

export const reply: ReplyResolvers = {
  async blocks(parent, _args, context, info) {
    const { blocks } = await loaded(parent)(context);
    return within(blocks, info);
  },
  async text(parent, _args, context) {
    return textOf(await loaded(parent)(context));
  },
  replyTimeout: ({ timeoutMs }) => timeoutMs / 1_000,
  message({ sessionId, agentId, position }, _args, { loaders }, info) {
    if (position === null) return null;
    return loaders.message.load({
      address: { sessionId, agentId, position },
      parts: partsOfItem(info).message,
    });
  },
};

export const replyProgress: ReplyProgressResolvers = {
  parts: (event, _args, _context, info) => within('parts' in event ? event.parts : [], info),
};

/** Of all events a field of one name has one type, and `reason` is that of Resync. */
export const replyAborted: ReplyAbortedResolvers = {
  abortReason: (event) => ('reason' in event && event.type === 'ReplyAborted' ? event.reason : null),
};

export const startReplyPayload: StartReplyPayloadResolvers = { reply: (parent) => parent };

export const replyMutation: Pick<
  MutationResolvers,
  'startReply' | 'continueReply' | 'finishReply' | 'abortReply'
> = {
  startReply(_root, { input: { replyTimeout, ...input } }, context) {
    const timeoutMs = typeof replyTimeout === 'number' ? replyTimeout * 1_000 : null;
    return writing(context, context.replies.startReply({ ...input, timeoutMs }));
  },
  continueReply: (_root, { input }, { replies }) => replies.continueReply(input),
  async finishReply(_root, { input }, context) {
    const { reply: over, message } = await writing(context, context.replies.finishReply(input));
    if (!message) throw new ParleyError('MESSAGE_NOT_FOUND', 'The message of this reply is gone.');
    return { reply: over, message };
  },
  abortReply: (_root, { input }, context) =>
    writing(context, context.replies.abortReply({ ...input, keep: input.keep ?? 'discard' })),
};
