import { randomUUID } from 'node:crypto';
import { storageIdOf } from '../domain/sessions/idempotency.js';
import { createSessionService } from '../domain/sessions/session-service.js';
import { type DatabaseOptions, openDatabase } from '../library/database.js';
import { randomBytes } from '../random-bytes.js';
import { type Append, NEWEST, type SnapshotsPort } from './snapshots.js';

/** Over the database itself. */
export async function openLibrarySnapshots(options: DatabaseOptions): Promise<SnapshotsPort> {
  const { engine, sessions, snapshots, close } = await openDatabase(options);
  const now = () => new Date();
  const service = createSessionService({ store: sessions, now, randomBytes, newId: randomUUID });
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
      const written = snapshots.write({ key, data, now: now() });
      // SQLite keeps writes in the order in which they were begun, and in one commit where they come together.
      if (engine !== 'sqlite') await written;
      const shown = behind && append(behind);
      await Promise.allSettled([written, shown]);
      await written;
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
