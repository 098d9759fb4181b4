import { afterAll, beforeAll, expect } from 'vitest';
import type { Place } from '../../src/adapters/place.js';
import { createClient } from '../../src/client/index.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';
import { type RunningServer, startServer } from '../support/server.js';

/** What an adapter keeps its conversations in, for the tests of all adapters. */
export interface Backing {
  /** It to an adapter. Each call is another connection, as another process has it. */
  place(): Place;
  /** It to an adapter in another process, as JSON: a database, or `{serverUrl}`. */
  elsewhere: object;
  /** The server on the same database, for what people see. */
  server: RunningServer;
  close(): Promise<void>;
}

/** `describe.each(Object.entries(BACKINGS))`: both stores by the library, and both behind a server. */
export const BACKINGS: Record<string, () => Promise<Backing>> = Object.fromEntries(
  Object.entries(LOCATIONS).flatMap(([store, locate]) => [
    [`${store}, by the library`, async () => byLibrary(await locate())],
    [`${store}, by a server`, async () => byServer(await locate())],
  ]),
);

async function byLibrary(location: TestLocation): Promise<Backing> {
  const server = await startServer(location.config);
  return {
    place: () => location.options,
    elsewhere: location.options,
    server,
    async close() {
      await server.stop();
      await location.remove();
    },
  };
}

async function byServer(location: TestLocation): Promise<Backing> {
  const server = await startServer(location.config);
  const clients: ReturnType<typeof createClient>[] = [];
  return {
    place() {
      const client = createClient({ url: server.url });
      clients.push(client);
      return { server: client };
    },
    elsewhere: { serverUrl: server.url },
    server,
    async close() {
      await Promise.all(clients.map((client) => client.close()));
      await server.stop();
      await location.remove();
    },
  };
}

/** What people see of an agent's messages. */
export const SHOWN = `query ($id: ID!) { session(sessionId: $id) { usage { totalTokens } agent(agentId: "agent") { messageCount
  messages(first: 100) { nodes { role author text metadata supersededBy content { __typename
    ... on ToolUseBlock { name input toolUseId } ... on ToolResultBlock { status toolUseId content } } metrics { usage { totalTokens } } } } } } }`;

/** Of a message that is shown: who says it, what it says, of which blocks it is, and what it cost. */
export const outlineOf = ({ role, author, text, content, metrics }: ShownMessage) => [
  role,
  author,
  text,
  content.map((block) => block.__typename),
  metrics?.usage?.totalTokens ?? null,
];
export interface ShownMessage {
  role: string;
  author: string | null;
  text: string;
  content: { __typename: string }[];
  metrics: { usage: { totalTokens: number | null } | null } | null;
}

const APPEND =
  'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { agent { agentId } } }';
const DELETE = 'mutation ($input: DeleteSessionInput!) { deleteSession(input: $input) { sessionId } }';
const REDACT = 'mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { text } } }';

/** A backing that is open while the tests of a suite run. */
export function openedFor(openBacking: () => Promise<Backing>) {
  let backing: Backing;
  beforeAll(async () => {
    backing = await openBacking();
  });
  afterAll(() => backing.close());

  async function shown(sessionId: string) {
    const { body } = await backing.server.request(SHOWN, { id: sessionId });
    expect(body.errors).toBeUndefined();
    const { agent, usage } = body.data.session;
    return { usage, count: agent.messageCount, messages: agent.messages.nodes };
  }

  async function asked(mutation: string, input: object) {
    expect((await backing.server.request(mutation, { input })).body.errors).toBeUndefined();
  }
  /** What others write to the agent. */
  const append = (sessionId: string, messages: object[]) =>
    asked(APPEND, { sessionId, agentId: 'agent', createIfMissing: true, messages });
  /** `message`: as the mutation names it. */
  const redact = (message: object, role = 'USER') =>
    asked(REDACT, { ...message, replacement: { role, text: '[removed]' } });

  /** The session with all that it holds, as somebody may do it beside. */
  const erase = (sessionId: string) => asked(DELETE, { sessionId });

  return { backing: () => backing, shown, append, redact, erase };
}
