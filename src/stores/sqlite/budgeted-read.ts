import { type ReadBudget, unbounded } from '../../domain/read-budget.js';
import type { Statements } from './statements.js';

/** One read of the database as it is at one moment. */
export interface SizedRead<T> {
  /** Bytes that `load` would give, without reading them. */
  size(): number;
  load(): T;
}

/** Loads what the budget lets through, in the turn in which it lets it; it is measured again after each wait. */
export async function readWithin<T>(
  statements: Statements,
  budget: ReadBudget = unbounded,
  read: () => SizedRead<T>,
): Promise<T> {
  for (let taken = 0; ; ) {
    const outcome = readNow(statements, read, (bytes) => bytes <= taken || budget.takeNow(bytes - taken));
    if ('value' in outcome) return outcome.value;
    await budget.take(outcome.bytes - taken);
    taken = outcome.bytes;
  }
}

/** `bytes`: what it would give, where `mayRead` says no to that. */
export function readNow<T>(
  { snapshot }: Statements,
  read: () => SizedRead<T>,
  mayRead: (bytes: number) => boolean,
): { value: T } | { bytes: number } {
  // Between measuring and loading nothing may grow.
  return snapshot(() => {
    const { size, load } = read();
    const bytes = size();
    return mayRead(bytes) ? { value: load() } : { bytes };
  });
}
