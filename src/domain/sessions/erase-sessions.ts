import { createHash } from 'node:crypto';
import { ParleyError } from '../errors.js';
import { unbounded } from '../read-budget.js';
import { OLDEST_FIRST } from './oldest-first.js';
import type { Remains, SessionFilter, SessionQuery, SessionStore } from './session-store.js';

/** What one call erases at most, and how long it goes on beginning deletions. The next call goes on where it ended. */
const MAX_ERASED = 100;
const ERASE_FOR_MS = 10_000;

export interface EraseSessionsInput {
  /** Has to ask for something: one that every session matches is refused. */
  filter: SessionFilter;
  /** As in `SessionQuery`. */
  within?: SessionFilter;
  /** Only tells what would be erased. */
  dryRun: boolean;
  /** Told of each session as soon as it is gone. */
  erased?: (sessionId: string) => void;
}

export interface Erasure {
  /** Those that were erased by this call, or would be; the oldest first. */
  sessionIds: string[];
  /** How many sessions the filter matched before. */
  matched: number;
  /** There are further ones: the same call erases them. */
  more: boolean;
  /** What the database still holds of them. Null where nothing was erased, or where it could not be searched. */
  remains: Remains[] | null;
}

/** By ordinary deletions, one after the other. What fails after the first one leaves `more` to be erased. BAD_USER_INPUT. */
export async function eraseSessions(
  store: SessionStore,
  { filter, within, dryRun, erased }: EraseSessionsInput,
  now: () => Date,
  caller?: string,
): Promise<Erasure> {
  refuseEveryone(filter);
  // Ids alone: nothing of it is large, and all of it is the caller's.
  const reading = { ...unbounded, caller };
  const query: SessionQuery = {
    filter,
    within,
    limit: MAX_ERASED,
    parts: [],
    ...OLDEST_FIRST,
  };
  const [matched, { sessions, hasMore }] = await Promise.all([
    store.countSessions(filter, within, reading),
    store.findSessions(query, reading),
  ]);
  const found = sessions.map(({ sessionId }) => sessionId);
  if (dryRun) return { sessionIds: found, matched, more: hasMore, remains: null };

  const sessionIds: string[] = [];
  const until = now().getTime() + ERASE_FOR_MS;
  let left = found.length;
  for (const sessionId of found) {
    try {
      if (now().getTime() > until) break;
      if (await store.deleteSession(sessionId, now(), caller)) {
        sessionIds.push(sessionId);
        erased?.(sessionId);
      }
      left -= 1;
    } catch (error) {
      // What is gone has its receipt; who asks for the rest is told what is wrong.
      if (sessionIds.length === 0) throw error;
      break;
    }
  }
  return {
    sessionIds,
    matched,
    more: hasMore || left > 0,
    remains: await searched(store, sessionIds, caller),
  };
}

async function searched(
  store: SessionStore,
  sessionIds: readonly string[],
  caller?: string,
): Promise<Remains[] | null> {
  if (sessionIds.length === 0) return null;
  try {
    return await store.remainsOf(sessionIds, caller);
  } catch (error) {
    if (error instanceof ParleyError && error.code !== 'INTERNAL_SERVER_ERROR') return null;
    throw error;
  }
}

/** BAD_USER_INPUT for a filter that asks for nothing, whatever it is wrapped in. */
export function refuseEveryone(filter: SessionFilter): void {
  if (!matchesAll(filter)) return;
  throw new ParleyError(
    'BAD_USER_INPUT',
    'The filter matches every session. Name what is to be erased, such as sessionIds or a value of the metadata.',
  );
}

/** Whether the filter holds of every session, as far as its shape tells. */
function matchesAll({ and = [], or, not, ...plain }: SessionFilter): boolean {
  const { metadata = [], ...others } = plain;
  return (
    Object.keys(others).length === 0 &&
    metadata.length === 0 &&
    and.every(matchesAll) &&
    (or === undefined || or.some(matchesAll)) &&
    (not === undefined || matchesNone(not))
  );
}

function matchesNone({ sessionIds, agentIds, and = [], or, not }: SessionFilter): boolean {
  return (
    sessionIds?.length === 0 ||
    agentIds?.length === 0 ||
    and.some(matchesNone) ||
    or?.every(matchesNone) === true ||
    (not !== undefined && matchesAll(not))
  );
}

/** By which a list of ids can be compared with another: SHA-256 of it as JSON without spaces, sorted by code point. */
export function digestOf(sessionIds: readonly string[]): string {
  const sorted = sessionIds.map((id) => Buffer.from(id)).sort(Buffer.compare);
  return createHash('sha256')
    .update(JSON.stringify(sorted.map((id) => id.toString())))
    .digest('hex');
}
