/** How long `value` is as JSON, about. */
export const charactersOf = (value: unknown): number => -charactersLeft(value, 0, Number.NEGATIVE_INFINITY);

/**
 * Of an object with more members V8 puts all in order each time that it is asked for the first: of a hundred thousand that takes ten milliseconds, and
 * it may stand in dozens of lists, of each of which it is asked how long it is.
 */
const WIDE = 1_000;
const wide = new WeakMap<object, readonly string[]>();

/** The names of its members, where it is known to be wide. */
export const namesOfWide = (object: object): readonly string[] | undefined => wide.get(object);

/** To be called of what was left before its end: its names are remembered, for as long as it is there, where it is wide. */
export function noteWide(object: object): void {
  const names = Object.keys(object);
  if (names.length > WIDE) wide.set(object, names);
}

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
  const names = namesOfWide(value);
  if (names) {
    for (let at = 0; at < names.length && left >= least; at++) {
      const key = names[at] as string;
      left = charactersLeft((value as Record<string, unknown>)[key], left - key.length - 4, least);
    }
    return left;
  }
  // Every key is the object's own: it comes from graphql-js, from JSON or from a structured clone.
  for (const key in value) {
    if (left < least) break;
    left = charactersLeft((value as Record<string, unknown>)[key], left - key.length - 4, least);
  }
  if (left < least) noteWide(value);
  return left;
}

/** How much shorter a value may be as JSON than it is told here: numbers of one digit count as five characters. */
const MOST_OVER = 4;

/** Whether `value` is certainly longer as JSON than so many characters, at the cost of a look at some more than these. */
export const isCertainlyLonger = (value: unknown, characters: number): boolean =>
  charactersLeft(value, MOST_OVER * characters) < 0;
