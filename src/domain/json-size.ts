/** What `value` leaves of so many characters as JSON, about; negative as soon as it needs more. */
export function charactersLeft(value: unknown, characters: number): number {
  if (typeof value === 'string') return characters - value.length - 2;
  if (typeof value !== 'object' || value === null) return characters - 5;
  let left = characters;
  if (ArrayBuffer.isView(value)) return left - value.byteLength;
  if (Array.isArray(value)) {
    for (const item of value) {
      if (left < 0) break;
      left = charactersLeft(item, left - 1);
    }
    return left;
  }
  // Every key is the object's own: it comes from graphql-js, from JSON or from a structured clone.
  for (const key in value) {
    if (left < 0) break;
    left = charactersLeft((value as Record<string, unknown>)[key], left - key.length - 4);
  }
  return left;
}
