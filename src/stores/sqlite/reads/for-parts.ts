import { keptForLast } from '../../../domain/once-per-object.js';

/** Makes something for a choice of parts, all where none is given, and each once: statements' texts are long, and hashed when new. */
export function forParts<P extends string, T>(
  all: readonly P[],
  make: (parts: readonly P[]) => T,
): (parts?: readonly P[]) => T {
  const made = new Map<string, T>();
  // Of a page all requests have one and the same list.
  const madeFor = keptForLast((parts: readonly P[]) => {
    // In the list's own order and once each, so that there are few.
    const chosen = all.filter((part) => parts.includes(part));
    const key = chosen.join();
    const known = made.get(key);
    if (known !== undefined) return known;
    const first = make(chosen);
    made.set(key, first);
    return first;
  });
  return (parts = all) => madeFor(parts);
}
