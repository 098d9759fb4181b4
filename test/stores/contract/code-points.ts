/** Orders text by code point, as both databases do; JavaScript's own `<` goes by UTF-16 unit. */
export const compareCodePoints = (a: string, b: string): number =>
  Buffer.compare(Buffer.from(a), Buffer.from(b));
