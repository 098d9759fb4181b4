import type { ParleyClient } from '../client/index.js';
import { unlessThere } from '../domain/errors.js';
import type { JsonObject } from '../domain/json/json-value.js';
import type { PositionRange } from '../domain/sessions/model.js';
import { clientSessions } from './client-sessions.js';
import type { AppendOptions, ConversationPort, Entry, NewEntry } from './port.js';

const ENTRY = 'position role blocks metadata clientId redacted supersedes { from to }';
const READ = `query ($sessionId: ID!, $agentId: ID!, $first: Int, $after: String, $last: Int, $before: String) {
  session(sessionId: $sessionId) { agent(agentId: $agentId) { messageCount model
    messages(superseded: false, first: $first, after: $after, last: $last, before: $before) {
      nodes { ${ENTRY} } pageInfo { hasPreviousPage hasNextPage startCursor endCursor } } } } }`;
const FIND = `query ($sessionId: ID!, $agentId: ID!, $clientId: String!) {
  session(sessionId: $sessionId) { agent(agentId: $agentId) { message(clientId: $clientId) { ${ENTRY} } } } }`;
const APPEND =
  'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { position } } }';
const CREATE =
  'mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { sessionId } } }';
const UPSERT = 'mutation ($input: UpsertAgentInput!) { upsertAgent(input: $input) { agent { agentId } } }';

interface Sent {
  position: number;
  role: 'USER' | 'ASSISTANT' | null;
  blocks: JsonObject[];
  metadata: JsonObject | null;
  clientId: string | null;
  redacted: boolean;
  supersedes: PositionRange[];
}
interface PageInfo {
  hasPreviousPage: boolean;
  hasNextPage: boolean;
  startCursor: string | null;
  endCursor: string | null;
}
interface Appended {
  appendMessages: { messages: { position: number }[] };
}
interface Found<A> {
  session: { agent: A | null } | null;
}

/** Over a server. The client stays open. */
export function clientPort(client: ParleyClient): ConversationPort {
  return {
    async read(agent, query) {
      const { session } = await client.query<
        Found<{
          messageCount: number;
          model: string | null;
          messages: { nodes: Sent[]; pageInfo: PageInfo };
        }>,
        object
      >(READ, { ...agent, ...query });
      const found = session?.agent;
      if (!found) return { entries: [], count: 0, model: null, previous: null, next: null };
      const { hasPreviousPage, hasNextPage, startCursor, endCursor } = found.messages.pageInfo;
      return {
        entries: found.messages.nodes.map(toEntry),
        count: found.messageCount,
        model: found.model,
        previous: hasPreviousPage ? startCursor : null,
        next: hasNextPage ? endCursor : null,
      };
    },
    async find(agent, clientId) {
      const { session } = await client.query<Found<{ message: Sent | null }>, object>(FIND, {
        ...agent,
        clientId,
      });
      const message = session?.agent?.message;
      return message ? toEntry(message) : null;
    },
    async append(agent, entries, options) {
      const input = appendInput(agent, entries, options);
      const { appendMessages } = await client.mutate<Appended, object>(APPEND, { input });
      return appendMessages.messages.map(({ position }) => position);
    },
    async describe({ sessionId, agentId }, { applicationName, metadata, model, systemPrompt }) {
      await client.mutate(CREATE, { input: { sessionId, applicationName, metadata } }).catch(unlessThere);
      await client.mutate(UPSERT, { input: { sessionId, agentId, model, systemPrompt } });
    },
    ...clientSessions(client),
    async close() {},
  };
}

const appendInput = (
  agent: object,
  entries: readonly NewEntry[],
  { key, expectedCount }: AppendOptions,
): object => ({
  ...agent,
  createIfMissing: true,
  idempotencyKey: key,
  expectedMessageCount: expectedCount,
  messages: entries.map(sentEntry),
});

/** As MessageInput has it. */
export const sentEntry = ({ role, supersedes, ...entry }: NewEntry): JsonObject => ({
  ...entry,
  role: role.toUpperCase(),
  ...(supersedes ? { supersedes: supersedes.map(({ from, to }) => ({ from, to })) } : {}),
});

const toEntry = ({ role, blocks, ...message }: Sent): Entry => ({
  ...message,
  role: role && (role.toLowerCase() as Entry['role']),
  content: blocks,
});
