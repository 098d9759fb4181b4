/** Above so many characters it pays. */
const LARGE = 64 * 1024;

/** For a parameter in `CAST(? AS TEXT)`: better-sqlite3 12 takes some 2 ms for each MB of a text, of bytes a tenth. */
export const asBytes = (text: string): string | Buffer => (text.length > LARGE ? Buffer.from(text) : text);

/**
 * Whether what is replaced by so much is to be emptied before, in the same transaction. SQLite takes new pages first and frees those of the old
 * value then, which are overwritten with zeros: each write would go to the log twice.
 */
export const isLarge = ({ length }: string | Uint8Array): boolean => length > LARGE;
