import { randomUUID } from 'node:crypto';
import { storageIdOf } from '../domain/sessions/idempotency.js';
import { createSessionService } from '../domain/sessions/session-service.js';
import type { SessionStore } from '../domain/sessions/session-store.js';
import { type DatabaseOptions, openDatabase } from '../library/database.js';
import { randomBytes } from '../random-bytes.js';
import { type Append, NEWEST, type SnapshotsPort } from './snapshots.js';

/** A larger snapshot is committed alone, or refused for its size. */
const TOGETHER = 1024 * 1024;

/** Over the database itself. */
export async function openLibrarySnapshots(options: DatabaseOptions): Promise<SnapshotsPort> {
  const { engine, sessions, snapshots, close } = await openDatabase(options);
  const now = () => new Date();
  /** What is begun right before an append. */
  let before: (() => void) | null = null;
  const store: SessionStore = {
    ...sessions,
    appendMessages(input, caller) {
      before?.();
      return sessions.appendMessages(input, caller);
    },
  };
  const service = createSessionService({ store, now, randomBytes, newId: randomUUID });
  const read = async (key: string) => (await snapshots.read(key))?.data ?? null;
  const append = async ({ agent, entries: messages }: Append) => {
    await service.appendMessages({ ...agent, messages, createIfMissing: true });
  };
  const ofAgent = { parts: [], messageParts: [], windows: [{ last: NEWEST }] };

  return {
    read,
    async readWith(key, { sessionId, agentId }) {
      const data = await read(key);
      const [[found] = []] = await service.loadAgents([{ sessionId, among: [agentId], ...ofAgent }]);
      return { data, newest: found?.pages[0]?.messages ?? [] };
    },
    async write(key, data, behind) {
      const keep = () => snapshots.write({ key, data, now: now() });
      if (!behind) return keep();
      if (engine !== 'sqlite' || data.length > TOGETHER) {
        await keep();
        return append(behind);
      }
      // SQLite keeps writes in the order in which they were begun, in one commit where they come together: nothing is done between the two.
      let kept: Promise<void> | null = null;
      before = () => {
        kept ??= keep();
      };
      const shown = append(behind);
      before();
      before = null;
      await Promise.allSettled([kept, shown]);
      await kept;
      await shown;
    },
    append,
    delete: (key) => snapshots.delete(key),
    list: (prefix) => snapshots.list(prefix),
    async find(agent, messages) {
      const { sessionId, agentId } = agent;
      const [found, byStorage] = await Promise.all([
        service.loadMessages(messages.map((message) => ({ ...agent, ...message }))),
        // As earlier versions stored them.
        service.loadMessages(
          messages.flatMap((message) =>
            'clientId' in message
              ? [{ ...agent, storageId: storageIdOf(sessionId, agentId, message.clientId, 0) }]
              : [],
          ),
        ),
      ]);
      return found.map((message, index) => message ?? byStorage[index] ?? null);
    },
    async redact(agent, { position }, replacement, idempotencyKey) {
      await service.redactMessage({ address: { ...agent, position }, replacement, idempotencyKey });
    },
    close,
  };
}
