import type { Database } from 'better-sqlite3';
import { atOnce, inSlices } from '../../../domain/async/in-slices.js';
import { after, type Later } from '../../../domain/async/later.js';
import { afterThis } from '../../../domain/async/next-turn.js';
import { type ReadBudget, unbounded } from '../../../domain/read-budget.js';
import type { Row, Statements } from '../statements.js';
import type { PackedRows, RowsWithin } from '../threads/thread-protocol.js';
import { AT_ONCE_BYTES, type Found, PASSED_AT_ONCE, readWithin, SLICED_BYTES } from './budgeted-read.js';
import { addDeadline } from './metadata-function.js';
import { createReadTurns } from './read-turns.js';
import { READS, type ReadName } from './reads.js';
import { type RowsRead, unpacked } from './rows-read.js';
import type { Scanners } from './scanners.js';

export interface LoadsParts {
  db: Database;
  statements: Statements;
  scanner: Pick<Scanners, 'call'>;
  /** Runs a read of this thread; rejects as the port says. */
  read<T>(query: () => Later<T>): Later<T>;
  /**
   * Of one turn of the event loop, in ms, what the reads of one caller take that an index answers. One that goes on for longer by itself
   * is left to a thread, however few rows it gives.
   */
  sliceMs: number;
}

/** A read has taken its part of the event loop's time. */
class TakesLong extends Error {}

/** The reads of sessions, on this thread where they are short. */
export function createLoads({ db, statements, scanner, read, sliceMs }: LoadsParts) {
  const turns = createReadTurns({
    sliceMs,
    now: () => performance.now(),
    nextTurn: setImmediate,
    afterThis,
  });
  const here = addDeadline(
    db,
    () => performance.now(),
    () => new TakesLong(),
  );

  /** A read of this thread, in its caller's part of the turn. What events show is nobody's: it is joined, and bounded, where it is asked for. */
  function inTurn<T>(caller: string | undefined, find: () => T): Later<T> {
    if (caller === undefined) return find();
    return after(turns.room(caller) ?? undefined, () => {
      const since = performance.now();
      try {
        return find();
      } finally {
        turns.took(caller, performance.now() - since);
      }
    });
  }

  /** What is large, or may scan, is made of its rows in slices of the event loop's time; what is very large, or may scan, a thread finds. */
  const load = <I, T>(
    name: ReadName,
    input: I,
    budget: ReadBudget | undefined,
    { scans = false } = {},
  ): Later<T> =>
    read(() => {
      const { rows, value } = READS[name] as unknown as RowsRead<I, T>;
      const { caller } = budget ?? unbounded;
      let apart = scans;
      let isLarge = scans;
      const foundHere = (most: number): Later<Found<Row[]>> => {
        // Whoever owns the process has no bound.
        if (budget === undefined || budget === unbounded)
          return rows(statements, input, most, PASSED_AT_ONCE);
        return inTurn(caller, () => {
          here.start(sliceMs);
          try {
            return rows(statements, input, most, PASSED_AT_ONCE);
          } catch (error) {
            if (error instanceof TakesLong) return { bytes: 0, far: true as const };
            throw error;
          } finally {
            here.start(Number.POSITIVE_INFINITY);
          }
        });
      };
      const found = readWithin<Iterable<Row>>(budget, (most, far) => {
        apart ||= far;
        const asked: RowsWithin = { input, most };
        const attempt: Later<Found<Iterable<Row>>> = apart
          ? scanner.call(name, asked, caller).then(foundApart)
          : foundHere(most);
        return after(attempt, (one) => {
          isLarge ||= far || most > AT_ONCE_BYTES || one.bytes > SLICED_BYTES;
          return one;
        });
      });
      return after(found, (all) => (isLarge ? inSlices(value(input, all)) : atOnce(value(input, all))));
    });

  return { load, inTurn };
}

/** What a thread has found. */
function foundApart(answer: unknown): Found<Iterable<Row>> {
  const { value, bytes } = answer as PackedRows;
  return value ? { bytes, value: unpacked(value) } : { bytes };
}
