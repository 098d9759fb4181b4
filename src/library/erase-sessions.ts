import { badInput } from '../domain/errors.js';
import { checkFilter } from '../domain/sessions/check-filter.js';
import { digestOf, eraseSessions as erase } from '../domain/sessions/erase-sessions.js';
import type { Remains } from '../domain/sessions/session-store.js';

import { checkObject } from './check-arguments.js';
import { type DatabaseOptions, openDatabase } from './database.js';
import { filterOf, type LibraryFilter } from './session-filter.js';

export type EraseOptions = DatabaseOptions & {
  /** One that every session matches is refused. */
  filter: LibraryFilter;
  /** Only tells what would be erased. */
  dryRun?: boolean;
  /** Who asks for it, as the receipt and the audit name them: 1 to 100 characters. `library` where absent. */
  callerName?: string;
};

export interface ErasedSessions {
  dryRun: boolean;
  /** Those that were erased by this call, or would be; the oldest first, 100 at most. */
  sessionIds: string[];
  /** How many sessions the filter matched before. */
  matched: number;
  /** There are further ones: the same call erases them. */
  more: boolean;
  /** Null where nothing was erased. */
  receipt: ErasureReceipt | null;
}

export interface ErasureReceipt {
  at: Date;
  callerName: string;
  sessions: number;
  /** SHA-256 of the ids as a sorted JSON list, in hex. */
  digest: string;
  /** What a search has found afterwards, place by place; null where it took too long. */
  remains: Remains[] | null;
}

/**
 * Erases every session that the filter finds, with everything below it, as the API's mutation does, for code that has the database
 * itself: no credential limits it. Each one has a line in the audit. BAD_USER_INPUT, STORE_UNAVAILABLE, TIMEOUT.
 */
export async function eraseSessions(options: EraseOptions): Promise<ErasedSessions> {
  checkObject(options, 'What is to be erased');
  const { filter: given, dryRun = false, callerName = 'library', ...database } = options;
  if (typeof dryRun !== 'boolean') throw badInput('dryRun must be true or false.');
  if (typeof callerName !== 'string' || callerName.length < 1 || callerName.length > 100) {
    throw badInput('callerName takes 1 to 100 characters.');
  }
  const filter = filterOf(given);
  checkFilter(filter);
  const opened = await openDatabase(database as DatabaseOptions);
  const now = () => new Date();
  const gone: { sessionId: string; at: Date }[] = [];
  try {
    const erased = (sessionId: string) => void gone.push({ sessionId, at: now() });
    const { sessionIds, matched, more, remains } = await erase(
      opened.sessions,
      { filter, dryRun, erased },
      now,
    );
    const receipt = dryRun || sessionIds.length === 0 ? null : receiptOf(sessionIds, callerName, remains);
    return { dryRun, sessionIds, matched, more, receipt };
  } finally {
    await opened.audit
      .append(gone.map((one) => ({ ...one, ...BY_LIBRARY, callerName })))
      .finally(() => opened.close());
  }
}

const BY_LIBRARY = {
  callerKind: 'system',
  callerId: 'library',
  action: 'eraseSessions',
  agentId: null,
  outcome: 'ok',
  from: null,
  count: 1,
  mark: null,
} as const;

const receiptOf = (
  sessionIds: readonly string[],
  callerName: string,
  remains: Remains[] | null,
): ErasureReceipt => ({
  at: new Date(),
  callerName,
  sessions: sessionIds.length,
  digest: digestOf(sessionIds),
  remains,
});
