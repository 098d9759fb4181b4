/*
 * Values of metadata as SQL finds them, where a path can be named to it and an index may hold them.
 */

/** Metadata paths that an index holds: every segment a plain word, so that a JSON path can name it. */
export function isPlainPath(path: string): boolean {
  return path.split('.').every((segment) => /^[A-Za-z_][\w-]*$/.test(segment));
}

/** The value at a plain path as SQL holds it. */
export const wholeValue = (path: string) => `metadata ->> '${jsonPath(path)}'`;

/** Bytes of a text that an index holds: of what begins with them the rest is compared in the metadata. */
const INDEXED_BYTES = 1_024;

/**
 * The same, of what is long its beginning; an index is on this very expression. As bytes, so that it is in the order of the whole texts, and
 * equal to a shorter text where the whole one is.
 */
export function plainValue(path: string): string {
  const value = wholeValue(path);
  const beginning = `CAST(substr(CAST(${value} AS BLOB), 1, ${INDEXED_BYTES}) AS TEXT)`;
  return `iif(octet_length(${value}) > ${INDEXED_BYTES}, ${beginning}, ${value})`;
}
/** The sign keeps the cast from saying how it is compared, which no index would answer. */
export const BEGINNING = `+CAST(substr(CAST(? AS BLOB), 1, ${INDEXED_BYTES}) AS TEXT)`;
export const isLong = (value: unknown): value is string =>
  typeof value === 'string' && Buffer.byteLength(value) >= INDEXED_BYTES;

/** Its type, in the same index. */
export const plainType = (path: string) => `json_type(metadata, '${jsonPath(path)}')`;
const jsonPath = (path: string) =>
  `$${path
    .split('.')
    .map((segment) => `."${segment}"`)
    .join('')}`;
