import { ParleyError } from '../../../domain/errors.js';
import { createCallerSlots, type Rest } from '../../../domain/fairness/slots.js';
import type { ReadBudget } from '../../../domain/read-budget.js';
import type { SessionFilter, SessionQuery } from '../../../domain/sessions/session-store.js';

/** Scans of one caller at once, of all, and those of one that may wait. */
const SCANS_OF_CALLER = 4;
const SCANS_OF_ALL = 16;
const MAX_WAITING = 200;
/** What the reads of one caller, the reads of all, its writes, and the writes of all may have of the pool at once. */
const PARTS = { reads: 0.25, allReads: 0.75, writes: 0.5, allWrites: 0.75 };

type Read = <T>(budget: ReadBudget | undefined, run: (budget?: ReadBudget) => Promise<T>) => Promise<T>;

export interface PoolPlaces {
  /** Runs the commands of a read. */
  read: Read;
  /** Runs those that may look at every session. RATE_LIMITED where too many of the caller wait. */
  scan: Read;
  /** Runs the commands of a write, and not of one that is within another. */
  write<T>(caller: string | undefined, run: () => Promise<T>): Promise<T>;
}

/**
 * Whoever reads or writes much waits for itself: the commands of one caller would take all connections of the pool, and its scans the
 * disk of the database. Of what waits callers take turns: the pool's own line has none, and whoever stands in it for five seconds is refused. What waits to be let through by its budget has no place meanwhile: who is let
 * through may need it. Without a caller, in a program that uses the library, nothing waits. `poolSize`: 0 where it has no end.
 */
export function createPoolPlaces(poolSize: number): PoolPlaces {
  const partOf = (part: number) =>
    poolSize === 0 ? Number.POSITIVE_INFINITY : Math.max(1, Math.floor(poolSize * part));
  const commands = createCallerSlots({ ofCaller: partOf(PARTS.reads), ofAll: partOf(PARTS.allReads) });
  const writes = createCallerSlots({ ofCaller: partOf(PARTS.writes), ofAll: partOf(PARTS.allWrites) });
  const message = `${MAX_WAITING} lists and counts of this caller wait, the most that may. Wait for their answers.`;
  const refuse = () => new ParleyError('RATE_LIMITED', message);
  const scans = createCallerSlots({
    ofCaller: SCANS_OF_CALLER,
    ofAll: SCANS_OF_ALL,
    waiting: { most: MAX_WAITING, refuse },
  });
  const read: Read = (budget, run) =>
    budget?.caller === undefined
      ? run(budget)
      : commands.run(budget.caller, (rest) => run(resting(budget, rest)));
  return {
    read,
    write: (caller, run) => (caller === undefined ? run() : writes.run(caller, run)),
    scan: (budget, run) =>
      budget?.caller === undefined
        ? run(budget)
        : scans.run(budget.caller, (rest) => read(resting(budget, rest), run)),
  };
}

/** The same, whose place is given back for as long as it waits. */
const resting = (budget: ReadBudget, rest: Rest): ReadBudget => ({
  caller: budget.caller,
  takeNow: (bytes) => budget.takeNow(bytes),
  take: (bytes) => rest(() => budget.take(bytes)),
});

const isEmpty = (filter: SessionFilter | undefined) =>
  filter === undefined || Object.keys(filter).length === 0;

/** A page in the order of an index, or of a few sessions, costs the same among any number of them. */
export const mayScan = ({ filter, within }: Pick<SessionQuery, 'filter' | 'within'>): boolean =>
  !(filter.sessionIds || within?.sessionIds || within?.and?.some(({ sessionIds }) => sessionIds)) &&
  !(isEmpty(filter) && isEmpty(within));
