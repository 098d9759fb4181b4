import type { Page } from 'playwright-core';
import type { RunningServer } from './server.js';

/** The address of the console of a running server. */
export const consoleOf = ({ url }: Pick<RunningServer, 'url'>) => new URL('/', url).href;
/** The address of one conversation in it. */
export const conversationOf = (server: Pick<RunningServer, 'url'>, sessionId: string) =>
  new URL(`/session?${new URLSearchParams({ id: sessionId })}`, server.url).href;

/** The list in one page and one of its conversations in another, once both show what was said there. */
export async function showBoth(
  { list, conversation }: { list: Page; conversation: Page },
  server: Pick<RunningServer, 'url'>,
  sessionId: string,
  said: string,
): Promise<void> {
  await list.goto(consoleOf(server));
  await list.getByRole('link', { name: said }).waitFor();
  await conversation.goto(conversationOf(server, sessionId));
  await conversation.getByRole('article').getByText(said).waitFor();
}

const APPEND = `mutation ($input: AppendMessagesInput!) {
  appendMessages(input: $input) { messages { id position } } }`;

export interface Said {
  role: 'USER' | 'ASSISTANT';
  text?: string;
  content?: object[];
  createdAt?: string;
  metadata?: object;
  supersedes?: { from: number; to: number }[];
}

/** Appends messages; the session and the agent are made on the way. */
export async function say(
  server: Pick<RunningServer, 'request'>,
  sessionId: string,
  messages: Said[],
  agentId = 'support',
): Promise<{ id: string; position: number }[]> {
  const input = { sessionId, agentId, createIfMissing: true, messages };
  const { body } = await server.request(APPEND, { input });
  if (body.errors) throw new Error(JSON.stringify(body.errors));
  return body.data.appendMessages.messages;
}

export async function mutate(
  server: Pick<RunningServer, 'request'>,
  name: string,
  type: string,
  input: object,
): Promise<void> {
  const { body } = await server.request(
    `mutation ($input: ${type}!) { ${name}(input: $input) { __typename } }`,
    {
      input,
    },
  );
  if (body.errors) throw new Error(JSON.stringify(body.errors));
}
