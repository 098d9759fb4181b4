import { ParleyError } from '../domain/errors.js';
import type { ReplyEventBody } from '../domain/live/live-events.js';
import { createReplyFollower } from '../domain/live/reply-follower.js';
import { ACTIVE_STATES, isActive, type ReplyWithText } from '../domain/replies/model.js';
import { MAX_REPLIES_OF_SESSION } from '../domain/replies/reply-inputs.js';
import { type DatabaseOptions, openDatabase } from '../library/database.js';
import type { NewMessage } from '../library/session-types.js';
import { shareReplies } from '../library/shared-replies.js';
import type { AgentAddress } from './port.js';
import type { GrowingReply, RepliesPort, ReplyNews } from './replies.js';
import { createNewsReader } from './reply-news.js';

/** Over the database itself. */
export async function openLibraryReplies(options: DatabaseOptions): Promise<RepliesPort> {
  const store = await openDatabase(options);
  const { service, open: replies, start, release } = shareReplies(store);

  async function find({ sessionId, agentId }: AgentAddress, replyId: string): Promise<ReplyWithText | null> {
    const found = await service.loadReply(replyId);
    return found?.sessionId === sessionId && found.agentId === agentId ? found : null;
  }

  async function* follow(
    agent: AgentAddress,
    replyId: string,
    signal: AbortSignal,
  ): AsyncGenerator<ReplyNews> {
    const reader = createNewsReader();
    const follower = createReplyFollower({ open: replies, list: store.replies.list }, agent, new Map());
    const bell = createBell();
    const leave = replies.follow(agent.sessionId, (changed) => changed === replyId && bell.ring());
    signal.addEventListener('abort', bell.ring);
    try {
      while (!signal.aborted) {
        const events: ReplyEventBody[] = [];
        follower.look(replyId, await replies.open(replyId), (event) => events.push(event));
        for (const event of events) {
          const news = reader.newsOf(event);
          if (!news) return;
          yield* news;
        }
        const now = await find(agent, replyId);
        if (now && !isActive(now)) return yield* reader.rest(now.blocks);
        await bell.rung();
      }
    } finally {
      leave();
      signal.removeEventListener('abort', bell.ring);
    }
  }

  return {
    async start({ sessionId, agentId }, { replyId, durability }) {
      const reply = await start(sessionId, { agentId, replyId, durability });
      return { ...reply, finish: (end) => reply.finish(end as { message: NewMessage }) } as GrowingReply;
    },
    find,
    async active({ sessionId, agentId }) {
      const asked = { sessionId, agentId, states: ACTIVE_STATES, limit: MAX_REPLIES_OF_SESSION };
      const [active = []] = await service.listReplies([asked]);
      const loaded = await Promise.all(active.map(({ replyId }) => service.loadReply(replyId)));
      return loaded.filter((reply) => reply !== null);
    },
    follow,
    discard: async (replyId) => void (await service.abortReply({ replyId, keep: 'discard' })),
    async close() {
      await release(new ParleyError('STORE_UNAVAILABLE', 'It is closed.'));
      await store.close();
    },
  };
}

/** Rung while nobody listens, it is heard by the next who does. */
function createBell() {
  let wake = () => {};
  let rung = false;
  return {
    ring() {
      rung = true;
      wake();
    },
    async rung() {
      if (!rung)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      rung = false;
    },
  };
}
