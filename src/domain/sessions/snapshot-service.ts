import { ParleyError, sessionNotFound, unlessGone, unlessThere } from '../errors.js';
import type { ReadBudget } from '../read-budget.js';
import { byCodePoint } from './by-code-point.js';
import { base64Digits } from './message-content.js';
import { checkSessionId } from './names.js';
import { MAX_SNAPSHOTS } from './session-bounds.js';
import type { SessionService } from './session-service.js';
import { checkSnapshotPrefix, placesOfKeys, snapshotKeyOf, withinSession } from './snapshot-key.js';
import type { KeyPage, SnapshotStore, StoredSnapshot } from './snapshot-store.js';

export interface SnapshotAddress {
  sessionId: string;
  /** Within the session. */
  key: string;
}

export interface WriteSnapshotInput extends SnapshotAddress {
  /** Base64. */
  data: string;
  createIfMissing?: boolean | undefined;
}

export interface SnapshotKeysQuery extends KeyPage {
  sessionId: string;
  prefix: string;
}

/** What agents keep of themselves, in their sessions. Input is refused before any I/O with a ParleyError. */
export interface SnapshotService {
  /** Made once more, it is the same. SESSION_NOT_FOUND, DOCUMENT_TOO_LARGE. */
  writeSnapshot(input: WriteSnapshotInput, caller?: string): Promise<StoredSnapshot>;
  /** Nothing happens where there is none. SESSION_NOT_FOUND. */
  deleteSnapshot(address: SnapshotAddress, caller?: string): Promise<void>;
  readSnapshot(address: SnapshotAddress, budget?: ReadBudget): Promise<StoredSnapshot | null>;
  /** Keys within the session, in the order of code points; none where there is no such session. */
  listSnapshots(query: SnapshotKeysQuery, caller?: string): Promise<string[]>;
}

export interface SnapshotServiceOptions {
  snapshots: SnapshotStore;
  sessions: Pick<SessionService, 'createSession' | 'loadSessions'>;
  now: () => Date;
}

export function createSnapshotService({ snapshots, sessions, now }: SnapshotServiceOptions): SnapshotService {
  const keyOf = ({ sessionId, key }: SnapshotAddress): string => {
    checkSessionId(sessionId);
    return snapshotKeyOf(sessionId, key);
  };

  return {
    async writeSnapshot({ sessionId, key: own, data: text, createIfMissing = false }, caller) {
      const key = keyOf({ sessionId, key: own });
      const stored = { data: bytesOf(text), writtenAt: now() };
      const write = () =>
        snapshots.write(
          { key, data: stored.data, now: stored.writtenAt, of: { sessionId, most: MAX_SNAPSHOTS } },
          caller,
        );
      try {
        await write();
      } catch (error) {
        if (!createIfMissing) throw error;
        unlessGone(error);
        await sessions.createSession({ sessionId, sessionType: 'AGENT' }, caller).catch(unlessThere);
        await write();
      }
      return stored;
    },

    async deleteSnapshot(address, caller) {
      const key = keyOf(address);
      const [session] = await sessions.loadSessions([address.sessionId], []);
      if (!session) throw sessionNotFound(address.sessionId);
      await snapshots.delete(key, caller);
    },

    readSnapshot: async (address, budget) => snapshots.read(keyOf(address), budget),

    async listSnapshots({ sessionId, prefix, after, limit }, caller) {
      checkSessionId(sessionId);
      checkSnapshotPrefix(prefix);
      if (after !== undefined) checkSnapshotPrefix(after);
      if (limit === 0) return [];
      const found = await Promise.all(
        placesOfKeys(sessionId, prefix, after).map((place) =>
          snapshots.list(place.prefix, { after: place.after, limit }, caller),
        ),
      );
      const keys = found.flat().map((key) => withinSession(key)?.key as string);
      return keys.sort(byCodePoint).slice(0, limit);
    },
  };
}

function bytesOf(text: string): Uint8Array {
  if (base64Digits(text) === null)
    throw new ParleyError('BAD_USER_INPUT', 'data must be base64: letters, digits, + and /, or - and _.');
  return Buffer.from(text, 'base64');
}
