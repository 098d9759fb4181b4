import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { SeededRandom } from '../seeded-random.js';
import type { Fleet } from './fleet.js';
import type { ShownMessage, StoredSession } from './records.js';

interface Answer<T> {
  data?: T | null;
  errors?: { message: string; extensions: { code: string } }[];
}

/** Codes after which a caller sends the same request again. */
const AGAIN = new Set(['STORE_UNAVAILABLE', 'TIMEOUT']);
/** A connection that was cut in silence is given up after this. */
const ANSWER_MS = 20_000;
export interface Caller {
  fleet: Fleet;
  random: SeededRandom;
}

/**
 * Sends the request, with the same key, until it is answered, each time to a server that is up. The data, or null where
 * the answer is an error of the code `expected`; any other error is thrown.
 */
export async function untilAnswered<T>(
  { fleet, random }: Caller,
  query: string,
  variables: Record<string, unknown>,
  expected?: string,
): Promise<T | null> {
  for (;;) {
    const answer = await post<T>(await fleet.url(random), query, variables);
    if (answer?.data && !answer.errors) return answer.data;
    const code = answer?.errors?.[0]?.extensions.code;
    if (code !== undefined && code === expected) return null;
    if (code !== undefined && !AGAIN.has(code)) {
      const asked = JSON.stringify(variables).slice(0, 300);
      throw new Error(`refused: ${JSON.stringify(answer).slice(0, 500)} to ${asked}`);
    }
    await wait(random.between(5, 100));
  }
}

/** Null where the connection broke, before or after the request was carried out. */
async function post<T>(
  url: string,
  query: string,
  variables: Record<string, unknown>,
): Promise<Answer<T> | null> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    return (await response.json()) as Answer<T>;
  } catch {
    return null;
  }
}

/** A text as it is recorded: long ones by their beginning, length and digest. */
export function fingerprint(text: string): string {
  if (text.length <= 120) return text;
  const digest = createHash('sha256').update(text).digest('base64url').slice(0, 12);
  return `${text.slice(0, 60)}… ${text.length} ${digest}`;
}

export const shown = (message: ShownMessage): ShownMessage => ({
  ...message,
  text: fingerprint(message.text),
});

const READ = `query ($sessionId: ID!) {
  session(sessionId: $sessionId) { feedback { comment } agents { agentId } }
}`;
const READ_PAGE = `query ($sessionId: ID!, $agentId: ID!, $after: String) {
  session(sessionId: $sessionId) { agent(agentId: $agentId) {
    messages(first: 200, after: $after) { nodes { messageId position text createdAt } pageInfo { hasNextPage endCursor } }
  } }
}`;

interface Page {
  session: {
    agent: { messages: { nodes: ShownMessage[]; pageInfo: { hasNextPage: boolean; endCursor: string } } };
  };
}

/** All that the session holds, read page by page; null where there is none. */
export async function readSession(caller: Caller, sessionId: string): Promise<StoredSession | null> {
  type Head = { session: { feedback: { comment: string }[]; agents: { agentId: string }[] } | null };
  const head = await untilAnswered<Head>(caller, READ, { sessionId });
  if (!head?.session) return null;
  const agents: StoredSession['agents'] = [];
  for (const { agentId } of head.session.agents) {
    const messages: ShownMessage[] = [];
    let after: string | null = null;
    for (let more = true; more; ) {
      const page: Page | null = await untilAnswered<Page>(caller, READ_PAGE, { sessionId, agentId, after });
      if (!page) throw new Error('a page was refused');
      const { nodes, pageInfo }: Page['session']['agent']['messages'] = page.session.agent.messages;
      messages.push(...nodes.map(shown));
      more = pageInfo.hasNextPage;
      after = pageInfo.endCursor;
    }
    agents.push({ agentId, messages });
  }
  return { agents, comments: head.session.feedback.map(({ comment }) => comment) };
}
