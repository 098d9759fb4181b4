import { createLru } from '../domain/lru.js';

/** How long a look-up is believed, in ms: what is revoked ends within this time. */
const BELIEVED_MS = 5_000;
const REMEMBERED = 1_000;

/**
 * Look-ups by id that are believed for some seconds, so that thousands of sockets and requests ask the database for one
 * credential once. Those who ask at once share one look-up; one that failed is not believed. `elapsed`: ms that only rise, for a clock
 * that is set back must not keep alive what was revoked.
 */
export function believed<T>(
  find: (id: string) => Promise<T>,
  elapsed: () => number,
): (id: string) => Promise<T> {
  const known = createLru<string, { found: Promise<T>; until: number }>(REMEMBERED);
  return (id) => {
    const last = known.get(id);
    if (last && last.until > elapsed()) return last.found;
    const entry = { found: find(id), until: elapsed() + BELIEVED_MS };
    entry.found.catch(() => known.get(id) === entry && known.delete(id));
    known.set(id, entry);
    return entry.found;
  };
}
