import type { SessionOrder, SessionRowFragment } from '../generated/operations.js';

/** One row. The cursor is the one of its page; a row that an event has brought has none. */
export interface Row {
  session: SessionRowFragment;
  cursor: string | null;
}

/** What is sorted by, as text: ISO times sort as they are. */
const keyOf = ({ session }: Row, { field }: SessionOrder) =>
  (field === 'CREATED_AT' ? session.createdAt : session.updatedAt) ?? '';

/** As the server sorts: by time, then by id. */
function compareRows(order: SessionOrder): (one: Row, other: Row) => number {
  const sign = order.direction === 'DESC' ? -1 : 1;
  return (one, other) => {
    const [a, b] = [keyOf(one, order), keyOf(other, order)];
    if (a !== b) return a < b ? -sign : sign;
    const [idA, idB] = [one.session.sessionId, other.session.sessionId];
    return idA === idB ? 0 : idA < idB ? -sign : sign;
  };
}

/** There is more in the direction of reading, and against it. */
export interface Extent {
  hasNext: boolean;
  hasPrevious: boolean;
}

/** The first and the last row as they were loaded: pages go on from there, wherever the rows have moved. */
export interface Edges {
  first: Row | undefined;
  last: Row | undefined;
}

/** Rows that are kept at once; those furthest from where one reads are loaded again when they are needed. */
export const MOST_ROWS = 2_000;
const SLACK = 100;

/**
 * The rows in their order, after some have changed. One that lies beyond the loaded part now is left out: it comes with its page.
 */
function arrange(rows: readonly Row[], order: SessionOrder, extent: Extent, { first, last }: Edges): Row[] {
  const compare = compareRows(order);
  const { hasNext, hasPrevious } = extent;
  return rows
    .filter(
      (row) =>
        !(hasNext && last && compare(row, last) > 0) && !(hasPrevious && first && compare(row, first) < 0),
    )
    .sort(compare);
}

/** What has changed, put in: where each row stands now, and where it belongs. */
export function placeMoved(
  rows: readonly Row[],
  moved: ReadonlyMap<string, SessionRowFragment>,
  order: SessionOrder,
  extent: Extent,
  edges: Edges,
): { inPlace: Row[]; arranged: Row[]; due: number; come: boolean } {
  const inPlace = rows.map((row) => {
    const session = moved.get(row.session.sessionId);
    return session ? { ...row, session } : row;
  });
  const shown = new Set(rows.map(({ session }) => session.sessionId));
  const fresh = [...moved.values()]
    .filter(({ sessionId }) => !shown.has(sessionId))
    .map((session) => ({ session, cursor: null }));
  const arranged = arrange([...inPlace, ...fresh], order, extent, edges);
  const placeOf = new Map(arranged.map(({ session }, index) => [session.sessionId, index]));
  const due = [...moved.keys()].filter((id) => {
    const place = placeOf.get(id);
    return place !== undefined && rows[place]?.session.sessionId !== id;
  });
  return { inPlace, arranged, due: due.length, come: fresh.length > 0 };
}

/** Puts a page to the rows; a session that moved between two pages appears once, as it is now. Far away rows are dropped. */
export function joinPage(
  shown: Extent & { rows: readonly Row[] | null },
  page: Extent & { rows: readonly Row[] },
  direction: 'next' | 'previous',
  edges: Edges,
): { state: Extent & { rows: Row[] }; edges: Edges } {
  const fresh = new Set(page.rows.map(({ session }) => session.sessionId));
  const rest = (shown.rows ?? []).filter(({ session }) => !fresh.has(session.sessionId));
  if (direction === 'next') {
    const rows = [...rest, ...page.rows];
    const kept = cutStart(rows);
    return {
      state: { rows: kept, hasNext: page.hasNext, hasPrevious: shown.hasPrevious || kept !== rows },
      edges: { first: kept === rows ? edges.first : kept[0], last: page.rows.at(-1) ?? edges.last },
    };
  }
  const rows = [...page.rows, ...rest];
  const kept = cutEnd(rows);
  return {
    state: { rows: kept, hasPrevious: page.hasPrevious, hasNext: shown.hasNext || kept !== rows },
    edges: { first: page.rows[0] ?? edges.first, last: kept === rows ? edges.last : kept.at(-1) },
  };
}

/** The last rows, beginning with one that has a cursor to go back from; the same list where there are not many more. */
function cutStart(rows: Row[]): Row[] {
  if (rows.length <= MOST_ROWS + SLACK) return rows;
  const from = rows.findIndex((row, index) => index >= rows.length - MOST_ROWS && row.cursor !== null);
  return from === -1 ? rows : rows.slice(from);
}

/** The first rows, up to one that has a cursor to go on from. */
function cutEnd(rows: Row[]): Row[] {
  if (rows.length <= MOST_ROWS + SLACK) return rows;
  const to = rows.findLastIndex((row, index) => index < MOST_ROWS && row.cursor !== null);
  return to === -1 ? rows : rows.slice(0, to + 1);
}
