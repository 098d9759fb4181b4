import { ParleyError } from '../../domain/errors.js';
import type { SessionFilter, SessionQuery } from '../../domain/sessions/session-store.js';
import { createCallerSlots } from '../../domain/slots.js';

/** Scans of one caller at once, of all, and those of one that may wait. */
const OF_CALLER = 4;
const OF_ALL = 16;
const MAX_WAITING = 200;

/** Runs what may look at every session. */
export type ScanLine = <T>(caller: string | undefined, scan: () => Promise<T>) => Promise<T>;

/**
 * Whoever scans much waits for itself: the scans of one caller would take all connections of the pool, and the disk of the database.
 * Callers whose scans wait take turns. Without a caller, in a program that uses the library, nothing waits. RATE_LIMITED where too
 * many of the caller wait.
 */
export function createScanLine(): ScanLine {
  const message = `${MAX_WAITING} lists and counts of this caller wait, the most that may. Wait for their answers.`;
  const refuse = () => new ParleyError('RATE_LIMITED', message);
  const slots = createCallerSlots({
    ofCaller: OF_CALLER,
    ofAll: OF_ALL,
    waiting: { most: MAX_WAITING, refuse },
  });
  return async (caller, scan) => (caller === undefined ? scan() : slots.run(caller, scan));
}

const isEmpty = (filter: SessionFilter | undefined) =>
  filter === undefined || Object.keys(filter).length === 0;

/** A page in the order of an index, or of a few sessions, costs the same among any number of them. */
export const mayScan = ({ filter, within }: Pick<SessionQuery, 'filter' | 'within'>): boolean =>
  !(filter.sessionIds || within?.sessionIds || within?.and?.some(({ sessionIds }) => sessionIds)) &&
  !(isEmpty(filter) && isEmpty(within));
