import { ParleyError } from '../domain/errors.js';
import { type CursorCodec, LONGEST_OF_PAGE } from './cursor.js';
import { MAX_PAGE } from './paging.js';

const DEFAULT_SIZE = 50;

export interface ForwardPage<T> {
  items: T[];
  pageInfo: {
    hasNextPage: boolean;
    hasPreviousPage: boolean;
    startCursor: string | null;
    endCursor: string | null;
  };
}

/**
 * A page of a list that is read in one direction, by what its store calls a position. `read` is asked for one more than the page
 * holds. BAD_USER_INPUT for a size out of range, INVALID_CURSOR for a cursor of another `kind`.
 */
export async function forwardPage<T>(
  { cursors, kind }: { cursors: CursorCodec; kind: string },
  { first, after }: { first?: number | null | undefined; after?: string | null | undefined },
  read: (limit: number, after: string | null) => Promise<readonly T[]>,
  positionOf: (item: T) => string,
): Promise<ForwardPage<T>> {
  const size = first ?? DEFAULT_SIZE;
  if (size < 0 || size > MAX_PAGE) {
    throw new ParleyError('BAD_USER_INPUT', `first must be 0 to ${MAX_PAGE}, not ${size}.`);
  }
  const position = typeof after === 'string' ? String(cursors.open(kind, after, LONGEST_OF_PAGE)) : null;
  const found = await read(size + 1, position);
  const items = found.slice(0, size);
  const cursorOf = (item: T | undefined) =>
    item === undefined ? null : cursors.seal(kind, positionOf(item));
  return {
    items,
    pageInfo: {
      hasNextPage: found.length > size,
      hasPreviousPage: position !== null,
      startCursor: cursorOf(items[0]),
      endCursor: cursorOf(items.at(-1)),
    },
  };
}
