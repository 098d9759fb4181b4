import { Long } from '../bson/values.js';

/** The open cursors of one member. */
export interface Cursors<Cursor> {
  add(cursor: Cursor): Long;
  get(id: Long): Cursor | undefined;
  delete(id: Long): boolean;
  clear(): void;
  readonly size: number;
}

export function createCursors<Cursor>(): Cursors<Cursor> {
  const open = new Map<string, Cursor>();
  return {
    add(cursor) {
      const id = Long.fromBits(
        Math.floor(Math.random() * 2 ** 32) | 0,
        (Math.floor(Math.random() * 2 ** 31) | 1) & 0x7fffffff,
      );
      open.set(id.toString(), cursor);
      return id;
    },
    get: (id) => open.get(id.toString()),
    delete: (id) => open.delete(id.toString()),
    clear: () => open.clear(),
    get size() {
      return open.size;
    },
  };
}
