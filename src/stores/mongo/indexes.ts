import type { IndexSpecification } from 'mongodb';
import type { Logger } from 'pino';
import type { Sessions } from './collection.js';

/** The keys of one index, in their order. */
export type IndexKeys = Record<string, 1>;

/**
 * One for each order of a list, with the id that breaks its ties, and one for each filter that is to
 * be fast on a large collection. Filters by id have `_id`.
 */
export function wantedIndexes(metadataIndexes: readonly string[]): IndexKeys[] {
  return [
    { created_at: 1, _id: 1 },
    { updated_at: 1, _id: 1 },
    { application_name: 1, created_at: 1, _id: 1 },
    { 'feedbacks.rating': 1 },
    ...metadataIndexes.map((path): IndexKeys => ({ [`metadata.${path}`]: 1 })),
  ];
}

/**
 * `create` makes what is missing, `check` only says so, `off` does nothing. Each index is on its own, and none of it is
 * fatal: without an index Parley is slow, not wrong. What the server has begun it finishes
 * by itself after `closing`.
 */
export async function prepareIndexes(
  sessions: Sessions,
  mode: 'create' | 'check' | 'off',
  metadataIndexes: readonly string[],
  log: Logger,
  closing: AbortSignal,
): Promise<void> {
  if (mode === 'off') return;
  const wanted = wantedIndexes(metadataIndexes);
  if (mode === 'create') {
    for (const keys of wanted) {
      if (closing.aborted) return;
      await sessions.createIndex(keys as IndexSpecification).catch((error: unknown) => {
        if (closing.aborted) return;
        log.warn(
          { err: error, keys },
          'An index could not be created; queries that need it scan the collection',
        );
      });
    }
    return;
  }
  try {
    const existing = (await sessions.listIndexes().toArray()).map(({ key }) => Object.keys(key as object));
    for (const keys of wanted) {
      if (!existing.some((fields) => isCovered(Object.keys(keys), fields))) {
        log.warn({ keys }, 'An index is missing; queries that need it scan the collection');
      }
    }
  } catch (error) {
    if (!closing.aborted) log.warn({ err: error }, 'The indexes could not be checked');
  }
}

export const isCovered = (wanted: string[], fields: string[]): boolean =>
  wanted.every((field, index) => fields[index] === field);
