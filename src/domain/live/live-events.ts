import type { ReplyPart, ReplyWithText } from '../replies/model.js';
import type { ReplyText } from '../replies/reply-text.js';
import type { Feedback, Message, Session } from '../sessions/model.js';
import {
  AGENT_PARTS,
  type AgentPart,
  type AgentWithPages,
  MESSAGE_PARTS,
  type MessagePart,
  type Position,
  SESSION_PARTS,
  type SessionPart,
} from '../sessions/session-store.js';

export type ResyncReason = 'HISTORY_GONE' | 'AGENT_REWRITTEN' | 'SESSION_RECREATED';

/**
 * What a subscriber is told. `cursor` resumes after the event, and `position` is where its feed stands then; content is as
 * it was when the event was made.
 */
export type LiveEvent = { cursor: string; position: Position } & LiveEventBody;

/** Events in their order, those together that stood ready together; no list is empty. */
export type LiveEvents = AsyncGenerator<readonly LiveEvent[]>;

/** Whether nothing follows these. */
export const endsFeed = (events: readonly LiveEvent[]) => events.at(-1)?.type === 'SessionDeleted';

export type LiveEventBody =
  /** `resumed`: the feed goes on from the cursor that was given. */
  | { type: 'Ready'; sessionExists: boolean; resumed: boolean }
  /** `count`: how many messages of the agent are there now, where it is about one. `createdAt`: of the session that the reader knows from then on. */
  | { type: 'Resync'; reason: ResyncReason; agentId: string | null; count: number; createdAt: number | null }
  | { type: 'SessionCreated'; session: Session }
  | { type: 'MessageAdded'; agentId: string; message: Message }
  | { type: 'MessageUpdated'; agentId: string; message: Message }
  | { type: 'AgentUpdated'; agent: AgentWithPages }
  | { type: 'MetadataChanged'; session: Session }
  | { type: 'FeedbackAdded'; sessionId: string; feedback: Feedback }
  | { type: 'SessionChanged'; session: Session }
  /** It is not, or no longer, one of those that are followed. */
  | { type: 'SessionLeft'; sessionId: string }
  | { type: 'SessionDeleted'; sessionId: string }
  | ReplyEventBody
  | { type: 'Degraded'; detail: string }
  | { type: 'Restored' };

/** `text`: what the event was taken from, to cut another piece out of it; `blocks`: those that have begun with it. */
export type ReplyEventBody = { replyId: string; agentId: string } & (
  | { type: 'ReplyStarted'; reply: ReplyWithText; text: ReplyText }
  | { type: 'ReplyProgress'; offset: number; parts: ReplyPart[]; blocks: number; text: ReplyText }
  | { type: 'ReplyRewound'; offset: number; text: ReplyText }
  | { type: 'ReplyAbandoned' | 'ReplyResumed'; offset: number }
  | { type: 'ReplyFinished'; message: Message }
  /** `kept`: the message that is left of it. */
  | { type: 'ReplyAborted'; reason: string | null; kept: Message | null }
);

/** What of the sessions, agents and messages in events is loaded. */
export interface EventParts {
  session: readonly SessionPart[];
  agent: readonly AgentPart[];
  message: readonly MessagePart[];
}

export const EVERY_PART: EventParts = { session: SESSION_PARTS, agent: AGENT_PARTS, message: MESSAGE_PARTS };
