/** `from` inclusive, `before` exclusive; null: to the end. */
export interface KeyRange {
  from: string;
  before: string | null;
}

const LAST_CODE_POINT = 0x10ffff;

/** What begins with `prefix`, in the order of code points. */
export function rangeOfPrefix(prefix: string): KeyRange {
  const points = Array.from(prefix, (character) => character.codePointAt(0) as number);
  while (points.at(-1) === LAST_CODE_POINT) points.pop();
  const last = points.pop();
  if (last === undefined) return { from: prefix, before: null };
  // Surrogates are no characters of their own.
  const next = last === 0xd7ff ? 0xe000 : last + 1;
  return { from: prefix, before: String.fromCodePoint(...points, next) };
}
