/** Orders text by code point, as both databases do: JavaScript's own order is by UTF-16 unit. */
export const byCodePoint = (one: string, other: string): number =>
  Buffer.compare(Buffer.from(one), Buffer.from(other));
