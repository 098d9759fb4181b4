import type { CursorEvent, ParleyClient } from '../client/index.js';
import { readPart, type SentPart } from '../client/reply.js';
import { isActive } from '../domain/replies/model.js';
import { sentEntry } from './client-port.js';
import type { AgentAddress } from './port.js';
import type { GrowingReply, RepliesPort, ReplyNews, ReplyNow } from './replies.js';
import { createNewsReader, type ReplyEvent } from './reply-news.js';

const PART = 'block kind text toolUseId name status';
const REPLY = `replyId state blocks { ${PART} }`;
const FIND = `query ($sessionId: ID!, $agentId: ID!, $replyId: ID!) {
  session(sessionId: $sessionId) { agent(agentId: $agentId) { reply(replyId: $replyId) { ${REPLY} } } } }`;
const ACTIVE = `query ($sessionId: ID!) { session(sessionId: $sessionId) { activeReplies { agentId ${REPLY} } } }`;
const FOLLOW = `subscription ($sessionId: ID!, $agentId: ID!, $after: String) {
  messageAdded(sessionId: $sessionId, agentId: $agentId, after: $after, replies: true) { __typename cursor
    ... on ReplyStarted { replyId reply { ${REPLY} } }
    ... on ReplyProgress { replyId parts { ${PART} } }
    ... on ReplyRewound { replyId offset }
    ... on ReplyAbandoned { replyId }
    ... on ReplyResumed { replyId }
    ... on ReplyFinished { replyId }
    ... on ReplyAborted { replyId } } }`;
const ABORT = 'mutation ($input: AbortReplyInput!) { abortReply(input: $input) { reply { replyId } } }';

interface SentReply {
  replyId: string;
  agentId?: string;
  state: string;
  blocks: SentPart[];
}

type SentEvent = CursorEvent & {
  replyId?: string;
  reply?: SentReply;
  parts?: SentPart[];
  offset?: number;
};

/** Over a server. The client stays open. */
export function clientReplies(client: ParleyClient): RepliesPort {
  async function find(agent: AgentAddress, replyId: string): Promise<ReplyNow | null> {
    const { session } = await client.query<{
      session: { agent: { reply: SentReply | null } | null } | null;
    }>(FIND, { ...agent, replyId });
    const found = session?.agent?.reply;
    return found ? toNow(found) : null;
  }

  async function* follow(
    agent: AgentAddress,
    replyId: string,
    signal: AbortSignal,
  ): AsyncGenerator<ReplyNews> {
    const reader = createNewsReader();
    for await (const event of client.subscribe<SentEvent>(FOLLOW, { ...agent }, { signal })) {
      if (event.__typename === 'Ready' || event.__typename === 'Resync') {
        // What was over before is told by nobody.
        const now = await find(agent, replyId);
        if (now && !isActive(now)) return yield* reader.rest(now.blocks);
      }
      if (event.replyId !== replyId) continue;
      const news = reader.newsOf(readEvent(event));
      if (!news) return yield* reader.rest((await find(agent, replyId))?.blocks ?? []);
      yield* news;
    }
  }

  return {
    async start(agent, { replyId, durability }) {
      const reply = await client.startReply({
        ...agent,
        replyId,
        durability: durability === 'each' ? 'EACH' : 'BATCHED',
        createIfMissing: true,
      });
      const finish: GrowingReply['finish'] = ({ message } = {}) =>
        reply.finish(message ? { message: sentEntry(message) } : {});
      return { ...reply, finish };
    },
    find,
    async active({ sessionId, agentId }) {
      const { session } = await client.query<{ session: { activeReplies: SentReply[] } | null }>(ACTIVE, {
        sessionId,
      });
      return (session?.activeReplies ?? []).filter((reply) => reply.agentId === agentId).map(toNow);
    },
    follow,
    discard: async (replyId) => void (await client.mutate(ABORT, { input: { replyId, keep: 'DISCARD' } })),
    async close() {},
  };
}

const readEvent = ({ __typename: type, reply, parts, offset }: SentEvent) =>
  ({ type, reply: reply && toNow(reply), parts: parts?.map(readPart), offset }) as ReplyEvent;

const toNow = ({ replyId, state, blocks }: SentReply): ReplyNow => ({
  replyId,
  state: state.toLowerCase() as ReplyNow['state'],
  blocks: blocks.map(readPart),
});
