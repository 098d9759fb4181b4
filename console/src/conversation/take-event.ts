import type { MessageItemFragment, SessionEventsSubscription } from '../generated/operations.js';
import { type AgentWindow, emptyWindow, withCount, withMessage, withoutOldest } from './agent-window.js';
import { type GrowingReply, rewound, startedReply, withPieces } from './growing-reply.js';

export type SessionEvent = SessionEventsSubscription['sessionEvents'];

/** What changes while one looks. */
export interface Lines {
  windows: Map<string, AgentWindow>;
  replies: Map<string, GrowingReply>;
}

/** Messages of one agent that are kept while its end is looked at; and up to where they pile up while it is not. */
const MOST_MESSAGES = 1_000;
const MOST_UNSEEN = 5_000;

/** Takes in what was said. `following`: the end is looked at, and the oldest may go. */
export function takeEvent(lines: Lines, event: SessionEvent, following: boolean): void {
  const { windows, replies } = lines;
  const grow = (replyId: string, next: (reply: GrowingReply) => GrowingReply) => {
    const reply = replies.get(replyId);
    if (reply) replies.set(replyId, next(reply));
  };
  switch (event.__typename) {
    case 'MessageAdded':
      withoutAborted(replies, event.agentId);
      addMessage(windows, event.agentId ?? '', event.message, following);
      break;
    case 'MessageUpdated':
      addMessage(windows, event.agentId ?? '', event.message, following);
      break;
    case 'ReplyStarted': {
      const reply = startedReply(event.reply);
      withoutAborted(replies, reply.agentId);
      replies.set(event.replyId, reply);
      if (!windows.has(reply.agentId))
        windows.set(reply.agentId, emptyWindow({ agentId: reply.agentId, messageCount: 0 }));
      break;
    }
    case 'ReplyProgress':
      grow(event.replyId, (reply) => withPieces(reply, event.parts));
      break;
    case 'ReplyRewound':
      grow(event.replyId, (reply) => rewound(reply, event.offset));
      break;
    case 'ReplyAbandoned':
      grow(event.replyId, (reply) => ({ ...reply, state: 'abandoned' }));
      break;
    case 'ReplyResumed':
      grow(event.replyId, (reply) => ({ ...reply, state: 'writing' }));
      break;
    case 'ReplyFinished':
      replies.delete(event.replyId);
      addMessage(windows, event.agentId ?? '', event.message, following);
      break;
    case 'ReplyAborted':
      if (event.kept) {
        replies.delete(event.replyId);
        addMessage(windows, event.agentId ?? '', event.kept, following);
      } else {
        grow(event.replyId, (reply) => ({
          ...reply,
          state: 'aborted',
          reason: event.abortReason ?? null,
          pieces: [],
        }));
      }
      break;
  }
}

/** That a reply was aborted is said until the agent goes on. */
function withoutAborted(replies: Map<string, GrowingReply>, agentId: string | null): void {
  for (const [replyId, reply] of replies)
    if (reply.state === 'aborted' && reply.agentId === agentId) replies.delete(replyId);
}

function addMessage(
  windows: Map<string, AgentWindow>,
  agentId: string,
  message: MessageItemFragment,
  following: boolean,
): void {
  const window = windows.get(agentId) ?? emptyWindow({ agentId, messageCount: 0 });
  if (following) windows.set(agentId, withoutOldest(withMessage(window, message), MOST_MESSAGES));
  else if (window.messages.length < MOST_UNSEEN) windows.set(agentId, withMessage(window, message));
  else windows.set(agentId, withCount(window, message));
}
