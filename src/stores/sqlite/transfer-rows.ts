import type { JsonObject, JsonValue } from '../../domain/json/json-value.js';
import { shown } from '../../domain/json/portable-json.js';
import type { Usage } from '../../domain/sessions/model.js';
import { ownUsage } from '../../domain/sessions/own-usage.js';
import type { TransferMessage, TransferPart, TransferSession } from '../../domain/sessions/transfer.js';
import { addUsage, emptyUsage } from '../../domain/sessions/usage.js';
import type { NewMessageRow } from './writes/message-rows.js';
import type { NewSessionRow } from './writes/write-sessions.js';

/*
 * What an import sends to the thread that writes: rows as they are stored, their JSON as text. They are made where they come from,
 * beside the writing, and texts go from thread to thread much faster than what they tell of.
 */

export interface PartRows {
  session: NewSessionRow;
  feedback: { rating: string | null; comment: string | null; fields: string; createdAt: number }[];
  guardrailEvents: string[];
  receipts: { keyHash: string; bodyHash: string; position: number; writtenAt: number }[];
  continues: boolean;
  agents: AgentRows[];
}

export interface AgentRows {
  agent: NewAgentRow;
  messages: NewMessageRow[];
  ends: boolean;
  /** Whether a message has a counter, which runs on from one to the next. */
  counts: boolean;
  /** What the messages say themselves that they have cost; null where none does. */
  spent: Usage | null;
}

export interface NewAgentRow {
  agentId: string;
  model: string | null;
  systemPrompt: string | null;
  promptMetadata: string | null;
  state: string;
  conversationManagerState: string;
  createdAt: number;
  updatedAt: number;
}

/** Stands for the identity of a message that has none. */
export const noStorageId = (position: number) =>
  `${'0'.repeat(16)}${position.toString(16).padStart(16, '0')}`;

export function rowsOf({ session: given, continues, agents }: TransferPart): PartRows {
  const createdAt = msOf(given.createdAt, 0);
  return {
    session: sessionRow(given, createdAt),
    // Of a session that came before they are there.
    ...(continues ? NOTHING : listsOf(given, createdAt)),
    continues,
    agents: agents.map(({ agent, messages: unread, ends }) => {
      const messages = unread.read();
      const agentCreatedAt = msOf(agent.createdAt, createdAt);
      return {
        agent: {
          agentId: agent.agentId,
          model: agent.model,
          systemPrompt: agent.systemPrompt,
          promptMetadata: textOrNull(agent.promptMetadata),
          state: text(agent.state),
          conversationManagerState: text(agent.conversationManagerState),
          createdAt: agentCreatedAt,
          updatedAt: msOf(agent.updatedAt, agentCreatedAt),
        },
        messages: messages.map((message) => messageRow(message, createdAt)),
        ends,
        counts: messages.some(({ eventLoopMetrics }) => eventLoopMetrics !== null),
        spent: spentBy(messages),
      };
    }),
  };
}

const NOTHING = { feedback: [], guardrailEvents: [], receipts: [] };

function sessionRow(given: TransferSession, createdAt: number): NewSessionRow {
  const { sessionId, sessionType, applicationName, viewerPassword } = given;
  return {
    sessionId,
    sessionType,
    applicationName,
    ...(viewerPassword === undefined ? {} : { viewerPassword }),
    createdAt,
    updatedAt: msOf(given.updatedAt, createdAt),
    metadata: text(given.metadata),
  };
}

const listsOf = (given: TransferSession, createdAt: number) => ({
  feedback: given.feedback.map((one) => ({
    rating: one.rating,
    comment: one.comment,
    fields: text(one.fields),
    createdAt: msOf(one.createdAt, createdAt),
  })),
  guardrailEvents: given.guardrailEvents.map(text),
  // An append is known here by the identities of its messages.
  receipts: given.receipts
    .filter(({ from }) => from === undefined)
    .map(({ key, body, position = 0, at }) => ({
      keyHash: key,
      bodyHash: body,
      position,
      writtenAt: msOf(at, createdAt),
    })),
});

function messageRow(given: TransferMessage, earliest: number): NewMessageRow {
  const createdAt = msOf(given.createdAt, earliest);
  return {
    position: given.position,
    storageId: given.storageId ?? noStorageId(given.position),
    role: given.role ?? '',
    content: text(given.content),
    redacted: given.redacted,
    metadata: textOrNull(given.metadata),
    eventLoopMetrics: textOrNull(given.eventLoopMetrics),
    guardrailEvent: textOrNull(given.guardrailEvent),
    createdAt,
    updatedAt: given.updatedAt === given.createdAt ? createdAt : msOf(given.updatedAt, createdAt),
    clientId: given.clientId,
    trackingId: given.trackingId,
    supersedes: given.supersedes === undefined ? null : JSON.stringify(given.supersedes),
  };
}

function spentBy(messages: readonly TransferMessage[]): Usage | null {
  let total: Usage | null = null;
  for (const { metadata } of messages) {
    const own = metadata === null ? null : ownUsage(shown(metadata) as JsonObject);
    if (own) total = addUsage(total ?? emptyUsage(), own);
  }
  return total;
}

const text = (value: JsonValue) => JSON.stringify(shown(value));
const textOrNull = (value: JsonValue) => (value === null ? null : text(value));
const msOf = (date: string | null, otherwise: number) => (date === null ? otherwise : Date.parse(date));
