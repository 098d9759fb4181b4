import type { Row } from '../statements.js';

/** The place of a column that was not read. */
const NOTHING = -1;

/** Where a row has `one` of what was read, of which the first is at `from`. */
export const placeIn = <T>(read: readonly T[], one: T, from: number): number => {
  const at = read.indexOf(one);
  return at === -1 ? NOTHING : from + at;
};

/** Null for what was not read. */
export const valueAt = (row: Row, place: number) => (place === NOTHING ? null : row[place]);
