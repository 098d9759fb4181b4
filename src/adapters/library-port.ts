import { randomUUID } from 'node:crypto';
import { createSessionService } from '../domain/sessions/session-service.js';
import type { MessageWindow } from '../domain/sessions/session-store.js';
import { given } from '../library/check-arguments.js';
import { type DatabaseOptions, openDatabase } from '../library/database.js';
import { randomBytes } from '../random-bytes.js';
import { type ConversationPort, type ReadQuery, unlessThere } from './port.js';

/** Over the database itself. */
export async function openLibraryPort(options: DatabaseOptions): Promise<ConversationPort> {
  const { sessions, close } = await openDatabase(options);
  const service = createSessionService({
    store: sessions,
    now: () => new Date(),
    randomBytes,
    newId: randomUUID,
  });
  return {
    async read({ sessionId, agentId }, query) {
      const [[found] = []] = await service.loadAgents([
        {
          sessionId,
          among: [agentId],
          windows: [windowOf(query)],
          parts: [],
          messageParts: ['content', 'metadata'],
        },
      ]);
      const { messages = [], hasPrevious = false, hasNext = false } = found?.pages[0] ?? {};
      return {
        entries: messages,
        count: found?.agent.messageCount ?? 0,
        previous: hasPrevious ? String(messages[0]?.position) : null,
        next: hasNext ? String(messages.at(-1)?.position) : null,
      };
    },
    async find(agent, clientId) {
      const [message = null] = await service.loadMessages([{ ...agent, clientId }], ['content', 'metadata']);
      return message;
    },
    async append(agent, messages, { key, expectedCount }) {
      const stored = await service.appendMessages({
        ...agent,
        messages,
        createIfMissing: true,
        idempotencyKey: key,
        expectedMessageCount: expectedCount,
      });
      return stored.map(({ position }) => position);
    },
    async describe(agent, { applicationName, metadata, model, systemPrompt }) {
      const { sessionId } = agent;
      const session = { sessionId, sessionType: 'AGENT', applicationName, metadata };
      await service.createSession(session).catch(unlessThere);
      await service.upsertAgent({ ...agent, ...given({ model, systemPrompt }) });
    },
    close,
  };
}

function windowOf(query: ReadQuery): MessageWindow {
  const standing = true;
  return 'first' in query
    ? { standing, first: query.first, ...(query.after === undefined ? {} : { after: Number(query.after) }) }
    : { standing, last: query.last, ...(query.before === undefined ? {} : { before: Number(query.before) }) };
}
