import { randomUUID } from 'node:crypto';
import { unlessGone, unlessThere } from '../domain/errors.js';
import type { Session } from '../domain/sessions/model.js';
import { OLDEST_FIRST } from '../domain/sessions/oldest-first.js';
import { createSessionService } from '../domain/sessions/session-service.js';
import type { AgentWithPages, SessionKey } from '../domain/sessions/session-store.js';
import { given } from '../library/check-arguments.js';
import { type DatabaseOptions, openDatabase } from '../library/database.js';
import { randomBytes } from '../random-bytes.js';
import { createPageReader } from './library-pages.js';
import type { ConversationPort } from './port.js';

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
    read: createPageReader(service),
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
    async listSessions({ prefix, agentId, after }) {
      const { sessions, hasMore } = await service.findSessions({
        filter: { sessionIdPrefix: prefix },
        limit: 200,
        parts: [],
        ...OLDEST_FIRST,
        after: after === undefined ? null : (JSON.parse(after) as SessionKey),
      });
      const found = await service.loadAgents(
        sessions.map(({ sessionId }) => ({ sessionId, among: [agentId], ...NEWEST })),
      );
      const last = sessions.at(-1);
      return {
        sessions: sessions.map(({ sessionId, updatedAt }, index) => ({
          sessionId,
          updatedAt,
          stands: isStanding(found[index]?.[0]),
        })),
        next: hasMore && last ? JSON.stringify(keyOf(last)) : null,
      };
    },
    async listAgents(sessionId) {
      const [found = []] = await service.loadAgents([{ sessionId, among: 'all', ...NEWEST }]);
      return found.map((one) => ({ agentId: one.agent.agentId, stands: isStanding(one) }));
    },
    deleteSession: (sessionId) => service.deleteSession(sessionId).catch(unlessGone),
    close,
  };
}

/** No more of an agent than whether anything of it stands. */
const NEWEST = { windows: [{ standing: true, last: 1 }], parts: [], messageParts: [] };
const isStanding = (found: AgentWithPages | undefined) => (found?.pages[0]?.messages.length ?? 0) > 0;

const keyOf = ({ sessionId, createdAt }: Session): SessionKey => ({
  value: createdAt?.getTime() ?? null,
  sessionId,
});
