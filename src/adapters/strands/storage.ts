import { badInput } from '../../domain/errors.js';
import { checkSnapshotKey, checkSnapshotPrefix } from '../../domain/sessions/snapshot-key.js';
import { openSnapshots, type Place } from '../place.js';
import { createStrandsMirror } from './mirror.js';
import { agentOfLatest } from './snapshot.js';

/**
 * The `Storage` of the Strands TypeScript SDK (`@strands-agents/sdk` 1.19): give it to a `SessionManager`, or to an
 * `Agent` for everything that it keeps. Each method rejects with a `ParleyError`, which the SDK's own errors carry as
 * their cause. Over a server a key is of a session, as all are of what these two keep: INVALID_NAME for any other.
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

/**
 * On which database or server, and whether each message that a snapshot adds shows in its session too. In a MongoDB snapshots go to
 * `<collection>_snapshots`.
 */
export type StrandsStorageOptions = Place & { mirror?: boolean };

/** Opens the place. STORE_UNAVAILABLE says what is wrong with a database and what to do. */
export async function createStrandsStorage(options: StrandsStorageOptions): Promise<StrandsStorage> {
  const port = await openSnapshots(options);
  const mirror = options.mirror ? createStrandsMirror(port) : null;
  return {
    async write(key, data) {
      checkSnapshotKey(key);
      if (!(data instanceof Uint8Array)) throw badInput('What is stored must be bytes: a Uint8Array.');
      const agent = mirror && agentOfLatest(key);
      await (agent ? mirror.write(key, agent, data) : port.write(key, data, null));
    },
    async read(key) {
      checkSnapshotKey(key);
      const agent = mirror && agentOfLatest(key);
      return agent ? mirror.read(key, agent) : port.read(key);
    },
    async delete(key) {
      checkSnapshotKey(key);
      await port.delete(key);
    },
    async list(prefix) {
      checkSnapshotPrefix(prefix);
      return port.list(prefix);
    },
    close: port.close,
  };
}
