import type { JsonObject } from '../domain/json/json-value.js';
import type { MessageMetrics } from '../domain/sessions/metrics.js';
import type {
  Agent,
  Feedback,
  GuardrailEvent,
  Message,
  Session,
  SessionGuardrailEvent,
} from '../domain/sessions/model.js';
import type {
  AgentWithPages,
  AppendedMessage,
  MessagePage,
  MessageWindow,
  SessionOrderField,
} from '../domain/sessions/session-store.js';
import type { StoredSnapshot } from '../domain/sessions/snapshot-store.js';

/** What the resolvers of a type are handed, where that is no domain type as it is. */

/** `pages` answers `windows`: the messages that were loaded together with the agent. */
export interface AgentParent extends AgentWithPages {
  windows?: readonly MessageWindow[];
}

/** A block, and how what it holds is shown. */
export interface BlockParent {
  block: JsonObject;
  /** It came of plain JSON: what it holds is shown as it is written. */
  isPlain: boolean;
  /** What its kind makes of it, once it was asked for. */
  made: unknown;
}

/** With the message, on which its cost depends. */
export interface MessageMetricsParent extends MessageMetrics {
  message: Message;
}

export type GuardrailEventParent = GuardrailEvent | SessionGuardrailEvent;

export interface SessionConnectionParent {
  sessions: Session[];
  orderField: SessionOrderField;
  /** One statement, however often it is asked for. */
  count(): Promise<number>;
  hasNext: boolean;
  hasPrevious: boolean;
}

export interface SessionEdgeParent {
  session: Session;
  orderField: SessionOrderField;
}

export interface MessageConnectionParent extends MessagePage {
  total: number;
}

/** Told apart by their shape: an agent comes with its pages, a message has a position. */
export type NodeParent = Session | AgentParent | Message;

/**
 * The objects of a payload are loaded when they are asked for, as they are then; for a caller who may not read they hold
 * what that caller has just written, `given` (domain/access/withheld.ts).
 */
export interface SessionPayloadParent {
  sessionId: string;
  given?: Partial<Session>;
}

export interface AgentPayloadParent extends SessionPayloadParent {
  agentId: string;
  agentGiven?: Partial<Agent>;
}

export interface AppendPayloadParent extends AgentPayloadParent {
  messages: AppendedMessage[];
}

export interface SnapshotParent extends StoredSnapshot {
  key: string;
}

export interface SnapshotPayloadParent extends SessionPayloadParent {
  snapshot: SnapshotParent;
}

export interface FeedbackPayloadParent extends SessionPayloadParent {
  feedback: Feedback;
}
