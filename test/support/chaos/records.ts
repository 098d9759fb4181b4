/** A message as an answer or an event shows it. Long texts are shortened alike wherever they are recorded. */
export interface ShownMessage {
  position: number;
  messageId: number | null;
  text: string;
  /** As it is answered; events are not asked for it. */
  createdAt?: string;
}

/** What a subscription asks for; null: all agents. */
export interface Scope {
  field: 'messageAdded' | 'sessionEvents';
  sessionId: string;
  agentId: string | null;
}

export interface FeedEvent {
  __typename: string;
  agentId?: string;
  message?: ShownMessage;
  feedback?: { comment: string };
  reason?: string;
  sessionExists?: boolean;
}

/** What is in the store at the end. */
export interface StoredSession {
  agents: { agentId: string; messages: ShownMessage[] }[];
  comments: string[];
}

/**
 * What happened, in the order in which the test saw it; `at` in ms of one clock. A write is `sent` before its first try
 * and acknowledged once; every text and comment is unique. A subscription is one `subscriber` over all its
 * connections: it resumes by cursor.
 */
export type ChaosRecord = { at: number } & (
  | { kind: 'append-sent'; sessionId: string; agentId: string; texts: string[] }
  | { kind: 'append-acknowledged'; sessionId: string; agentId: string; messages: ShownMessage[] }
  | { kind: 'redaction-sent'; sessionId: string; agentId: string; position: number; text: string }
  | { kind: 'redaction-acknowledged'; sessionId: string; agentId: string; position: number }
  | { kind: 'feedback-sent' | 'feedback-acknowledged'; sessionId: string; comment: string }
  | { kind: 'deletion-sent' | 'deletion-acknowledged'; sessionId: string }
  | { kind: 'stored'; sessionId: string; session: StoredSession | null }
  | { kind: 'subscribed'; subscriber: string; scope: Scope }
  | { kind: 'event'; subscriber: string; event: FeedEvent }
  /** The connection is gone; the subscriber means to come back. */
  | { kind: 'lost'; subscriber: string }
  /** The subscriber is gone for good, by its own will. */
  | { kind: 'left'; subscriber: string }
  /** The server completed the subscription (null), or ended it with this code for good. */
  | { kind: 'ended'; subscriber: string; code: string | null }
);

export type BreakKind =
  /** An acknowledged write is not stored, or a subscriber that asked for it never saw it. */
  | 'loss'
  /** A write stored twice; an event told twice to one subscription, or one from before it. */
  | 'repeat'
  /** A message after a later one of its agent. */
  | 'disorder'
  /** A position that was passed over. */
  | 'gap'
  /** Nothing was said of a write for too long, and neither Degraded nor Resync either. */
  | 'silence'
  /** Another text than was written, or one that was redacted long ago; an event that was not asked for. */
  | 'content'
  /** An event before Ready, or after SessionDeleted. */
  | 'protocol'
  /** A Resync that nothing justifies. */
  | 'resync'
  /** The server ended a subscription that it should have kept. */
  | 'ended';

export interface Break {
  kind: BreakKind;
  at: number;
  detail: string;
}
