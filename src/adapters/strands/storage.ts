import { randomUUID } from 'node:crypto';
import { createSessionService } from '../../domain/sessions/session-service.js';
import { checkSnapshotKey, checkSnapshotPrefix } from '../../domain/sessions/snapshot-key.js';
import type { DatabaseOptions } from '../../library/database.js';
import { randomBytes } from '../../random-bytes.js';
import { createStrandsMirror } from './mirror.js';
import { agentOfLatest, messagesIn } from './snapshot.js';

/**
 * The `Storage` of the Strands TypeScript SDK (`@strands-agents/sdk` 1.19): give it to a `SessionManager`, or to an
 * `Agent` for everything that it keeps. Each method rejects with a `ParleyError`, which the SDK's own errors carry as
 * their cause.
 */
export interface StrandsStorage {
  /** Overwrites what stands under the key. DOCUMENT_TOO_LARGE, INVALID_NAME, STORE_UNAVAILABLE. */
  write(key: string, data: Uint8Array): Promise<void>;
  /** Null where there is nothing. */
  read(key: string): Promise<Uint8Array | null>;
  /** Nothing happens where there is nothing. */
  delete(key: string): Promise<void>;
  /** The keys that begin with `prefix` (empty: all), by code point. */
  list(prefix: string): Promise<string[]>;
  /** Closes the database, where `createStrandsStorage` has opened it. */
  close(): Promise<void>;
}

/** On which database, and whether each message that a snapshot adds shows in its session too. Snapshots go to `<collection>_snapshots`. */
export type StrandsStorageOptions = DatabaseOptions & { mirror?: boolean };

/** Opens the database. STORE_UNAVAILABLE says what is wrong with it and what to do. */
export async function createStrandsStorage(options: StrandsStorageOptions): Promise<StrandsStorage> {
  // The database is loaded only where one is opened.
  const { openDatabase } = await import('../../library/database.js');
  const { sessions, snapshots, close } = await openDatabase(options);
  const now = () => new Date();
  const service = createSessionService({ store: sessions, now, randomBytes, newId: randomUUID });
  const mirror = options.mirror ? createStrandsMirror(service) : null;

  return {
    async write(key, data) {
      checkSnapshotKey(key);
      const agent = mirror && agentOfLatest(key);
      // Read before anything is stored, shown after: what is shown can be restored.
      const messages = agent && messagesIn(data);
      await snapshots.write({ key, data, now: now() });
      if (agent && messages) await mirror.show(agent, messages);
    },
    async read(key) {
      checkSnapshotKey(key);
      return (await snapshots.read(key))?.data ?? null;
    },
    async delete(key) {
      checkSnapshotKey(key);
      await snapshots.delete(key);
    },
    async list(prefix) {
      checkSnapshotPrefix(prefix);
      return snapshots.list(prefix);
    },
    close,
  };
}
