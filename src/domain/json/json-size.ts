/** How long `value` is as JSON, about. */
export const charactersOf = (value: unknown): number => -charactersLeft(value, 0, Number.NEGATIVE_INFINITY);

/** What `value` leaves of so many characters as JSON, about; it stops as soon as that is less than `least`. */
export function charactersLeft(value: unknown, characters: number, least = 0): number {
  if (typeof value === 'string') return characters - value.length - 2;
  if (typeof value !== 'object' || value === null) return characters - 5;
  let left = characters;
  if (ArrayBuffer.isView(value)) return left - value.byteLength;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (left < least) break;
      // Of a million numbers none is worth a call of its own.
      left = typeof item === 'number' ? left - 6 : charactersLeft(item, left - 1, least);
    }
    return left;
  }
  // Every key is the object's own: it comes from graphql-js, from JSON or from a structured clone.
  for (const key in value) {
    if (left < least) break;
    left = charactersLeft((value as Record<string, unknown>)[key], left - key.length - 4, least);
  }
  return left;
}
