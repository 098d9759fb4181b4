import { ApiError, ask } from '../api/ask.js';
import {
  ExportMessagesDocument,
  type ExportMessagesQuery,
  SessionDetailsDocument,
  type SessionDetailsFragment,
} from '../generated/operations.js';

type ExportedMessage = NonNullable<
  NonNullable<ExportMessagesQuery['session']>['agent']
>['messages']['nodes'][number];

interface Exported {
  session: SessionDetailsFragment;
  agents: { agentId: string; messages: ExportedMessage[] }[];
}

const SIZES = [200, 20, 1];

/** Everything of one session, page by page. `told`: how many messages are there so far. Null where the session is gone. */
export async function loadWhole(
  sessionId: string,
  told: (messages: number) => void,
): Promise<Exported | null> {
  const { session } = await ask(SessionDetailsDocument, { sessionId });
  if (!session) return null;
  const agents: Exported['agents'] = [];
  let count = 0;
  for (const { agentId } of session.agents) {
    const messages: ExportedMessage[] = [];
    for (;;) {
      const page = await loadPage(sessionId, agentId, messages.length);
      if (page.length === 0) break;
      messages.push(...page);
      count += page.length;
      told(count);
    }
    agents.push({ agentId, messages });
  }
  return { session, agents };
}

async function loadPage(sessionId: string, agentId: string, from: number): Promise<ExportedMessage[]> {
  for (const first of SIZES) {
    try {
      const { session } = await ask(ExportMessagesDocument, { sessionId, agentId, from, first });
      return session?.agent?.messages.nodes ?? [];
    } catch (error) {
      const tooLarge = error instanceof ApiError && error.code === 'QUERY_TOO_COMPLEX';
      if (!tooLarge || first === 1) throw error;
    }
  }
  return [];
}

export const toJson = ({ session, agents }: Exported) => {
  const messagesOf = new Map(agents.map(({ agentId, messages }) => [agentId, messages]));
  const whole = {
    ...session,
    agents: session.agents.map(({ opening: _, ...agent }) => ({
      ...agent,
      messages: messagesOf.get(agent.agentId) ?? [],
    })),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
};

/** What was said, to be read: without tools and thoughts. */
export function toMarkdown({ session, agents }: Exported): string {
  const parts = [`# ${session.sessionId}`];
  for (const { agentId, messages } of agents) {
    if (agents.length > 1) parts.push(`## ${agentId}`);
    for (const { role, author, text, createdAt, redacted } of messages) {
      if (text === '') continue;
      const who = author ?? (role === 'USER' ? 'User' : agentId);
      parts.push(`**${who}**${createdAt ? `, ${createdAt}` : ''}${redacted ? ', redacted' : ''}\n\n${text}`);
    }
  }
  return `${parts.join('\n\n')}\n`;
}

/** Has the browser save a text as a file. */
export function save(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
