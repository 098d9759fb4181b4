import type { Feedback, GuardrailEvent, Message, Session, SessionGuardrailEvent } from '../domain/model.js';
import type {
  AgentWithPages,
  MessageWindow,
  SessionFilter,
  SessionKey,
  SessionOrderField,
  SessionPage,
} from '../domain/session-store.js';

/** What stands behind the GraphQL types whose shape is not that of a domain type. */

export type OrderDirection = 'asc' | 'desc';

/** `windows` are those that `pages` answer; absent where none was asked ahead. */
export type AgentModel = AgentWithPages & { windows?: readonly MessageWindow[] };

export type GuardrailEventModel = GuardrailEvent | SessionGuardrailEvent;

/** Told apart by what each has and the others have not. */
export type NodeModel = Session | AgentModel | Message;

/** Computed when they are asked for: one may cost a statement. */
export interface PageInfoModel {
  hasNextPage: boolean | (() => Promise<boolean>);
  hasPreviousPage: boolean | (() => Promise<boolean>);
  startCursor: () => string | null;
  endCursor: () => string | null;
}

export interface SessionConnectionModel {
  filter: SessionFilter;
  orderField: SessionOrderField;
  page(): Promise<SessionPage>;
  hasNextPage(): Promise<boolean>;
  hasPreviousPage(): Promise<boolean>;
}

export interface SessionEdgeModel {
  session: Session;
  orderField: SessionOrderField;
}

export interface MessageConnectionModel {
  messages: readonly Message[];
  hasNextPage: boolean;
  hasPreviousPage: boolean;
  totalCount: number;
}

export type MessageEdgeModel = Message;

/** Payloads name what was changed; it is loaded only where it is asked for. */
export interface SessionPayload {
  sessionId: string;
}
export interface AgentPayload extends SessionPayload {
  agentId: string;
}
export interface AppendMessagesModel extends AgentPayload {
  messages: readonly Message[];
}
export interface AddFeedbackModel extends SessionPayload {
  feedback: Feedback;
}

/** The sort key of a session in an order. */
export function sessionKey(session: Session, field: SessionOrderField): SessionKey {
  return { value: session[field]?.getTime() ?? null, sessionId: session.sessionId };
}
