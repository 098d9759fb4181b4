import { ROW_BYTES } from '../../../domain/read-budget.js';
import type { Feedback, Session } from '../../../domain/sessions/model.js';
import {
  type FeedbackPlace,
  SESSION_PARTS,
  type SessionPage,
  type SessionPart,
  type SessionQuery,
} from '../../../domain/sessions/session-store.js';
import type { Row, Statements } from '../statements.js';
import { type Found, foundRows, foundSql, weightOf } from './budgeted-read.js';
import { forParts } from './for-parts.js';
import { countSql, pageSql, type SessionCount } from './page-sql.js';
import { isPlainPath } from './plain-values.js';
import { FEEDBACK_BYTES, placeOf, sessionBytes, sessionColumns, toFeedback, toSession } from './rows.js';
import { opened, type RowsRead } from './rows-read.js';
import { whatIsTouched } from './touched-paths.js';

/** One session with its key as the request, and what its parts take; null: nothing. */
const sessionSql = (by: 'session_id' | 'id', updatedAt?: string) =>
  forParts(SESSION_PARTS, (parts) => {
    const where = `FROM sessions WHERE ${by} = ?`;
    return {
      bytes: parts.some(isLarge) ? `SELECT ${sessionBytes(parts)} ${where}` : null,
      row: `SELECT ${by} AS request, ${sessionColumns(parts, updatedAt)} ${where}`,
      feedback: placeOf(parts, 'feedback'),
    };
  });
export const sessionByIdSql = sessionSql('session_id');
/** Where none was touched, nobody looks for those. */
const sessionByRowSql = { touched: sessionSql('id'), all: sessionSql('id', 'sessions.updated_at') };

const isLarge = (part: SessionPart) => part !== 'messageCount';

/** Each by its key: statements that an index answers cost less than one that joins them all. */
function sessionRows(
  statements: Statements,
  { bytes: bytesSql, row: rowSql, feedback }: ReturnType<typeof sessionByIdSql>,
  keys: readonly (string | number)[],
  most: number,
): Found<Row[]> {
  const load = (measured: number | null): Found<Row[]> => {
    const value: Row[] = [];
    for (const key of new Set(keys)) {
      const row = statements.row(rowSql, key);
      if (row) value.push(row);
    }
    const bytes = weightOf(value, measured ?? value.length * ROW_BYTES, most, feedback);
    return { bytes, value };
  };
  if (bytesSql === null) return load(null);
  // Between measuring and loading nothing may change.
  return statements.snapshot(() => {
    const bytes = keys.reduce<number>((sum, key) => sum + (statements.row(bytesSql, key)?.[0] ?? 0), 0);
    return bytes > most ? { bytes } : load(bytes);
  });
}

export interface SessionsRequest {
  ids: readonly string[];
  parts?: readonly SessionPart[] | undefined;
}

export const sessionsRead: RowsRead<SessionsRequest, (Session | null)[]> = {
  rows: (statements, { ids, parts }, most) => sessionRows(statements, sessionByIdSql(parts), ids, most),
  *value({ ids, parts }, rows) {
    const sessions = new Map<string, Session>();
    for (const row of rows) sessions.set(row[0], yield* toSession(row, parts));
    return ids.map((id) => sessions.get(id) ?? null);
  },
};

const LOAD_FEEDBACK = foundSql({
  asked: `
SELECT place.key AS request, feedback.session, feedback.position AS place, ${FEEDBACK_BYTES} AS bytes
FROM json_each(?) AS place
CROSS JOIN sessions ON sessions.session_id = place.value ->> 'sessionId'
CROSS JOIN feedback ON feedback.session = sessions.id AND feedback.position = place.value ->> 'index'`,
  rows: 'feedback ON feedback.session = found.session AND feedback.position = found.place',
  columns: 'rating, comment, fields, created_at',
});

export const feedbackRead: RowsRead<readonly FeedbackPlace[], (Feedback | null)[]> = {
  rows: (statements, places, most) => foundRows(statements, LOAD_FEEDBACK, places, most),
  *value(places, rows) {
    const feedback: (Feedback | null)[] = places.map(() => null);
    for (const row of rows) {
      yield* opened(row, []);
      feedback[row.request] = toFeedback([row.rating, row.comment, row.fields, row.created_at]);
    }
    return feedback;
  },
};

/** The rows are in the order of the page; where there are further ones, one without a session is behind them. */
export const pageRead: RowsRead<SessionQuery, SessionPage> = {
  rows: (statements, query, most) => {
    const { limit, backward, parts } = query;
    const whole = isWhole(query);
    // Between finding and loading none may go.
    return statements.snapshot(() => {
      const touched = whatIsTouched(statements, query);
      const { text, parameters } = pageSql(query, whole ? smallColumns : undefined, touched);
      const found = statements.rows(text, ...parameters);
      const page = found.slice(0, limit);
      if (backward) page.reverse();
      const further = found.length > limit ? [FURTHER] : [];
      if (whole)
        return { bytes: weightOf(page, page.length * ROW_BYTES, most), value: [...page, ...further] };
      const ids = page.map(([id]) => id as number);
      const { bytes, value } = sessionRows(
        statements,
        sessionByRowSql[touched ? 'touched' : 'all'](parts),
        ids,
        most,
      );
      if (!value) return { bytes };
      const rows = new Map(value.map((row) => [row[0], row]));
      return { bytes, value: [...ids.map((id) => rows.get(id)), ...further] };
    });
  },
  *value({ parts }, rows) {
    const sessions: Session[] = [];
    let hasMore = false;
    for (const row of rows) {
      if (row[0] === FURTHER[0]) hasMore = true;
      else sessions.push(yield* toSession(row, parts));
    }
    return { sessions, hasMore };
  },
};

const FURTHER = ['further'];
const smallColumns = (updatedAt: string) => `sessions.id, ${sessionColumns([], updatedAt)}`;

/** Whether the rows are found with the page: an index gives it in its order, and nothing is asked for that has to be weighed first. */
const isWhole = ({ filter, within = {}, parts }: SessionQuery) =>
  parts?.length === 0 && Object.keys(filter).length === 0 && Object.keys(within).length === 0;

export function countSessions(statements: Statements, count: SessionCount): number {
  return statements.snapshot(() => {
    const { text, parameters } = countSql(count, whatIsTouched(statements, count));
    return statements.get(text, ...parameters)?.count;
  });
}

/**
 * Whether an index gives the page in its order, so that it costs the same in any number of sessions: no condition, a few
 * ids, or one equality that an index begins with, and a range on the order itself. Anything else may scan.
 */
export function isBounded(
  { filter: asked, within, orderBy }: SessionQuery,
  metadataIndexes: readonly string[],
): boolean {
  const isLimited = within !== undefined && Object.keys(within).length > 0;
  // Both: what is within is gone through first.
  if (isLimited && Object.keys(asked).length > 0) return false;
  const filter = isLimited ? within : asked;
  const { sessionIds, applicationName, sessionType, metadata = [], createdAt, updatedAt, ...rest } = filter;
  if (Object.keys(rest).length > 0) return false;
  if (sessionIds && metadata.length === 0) return true;
  if (orderBy.field === 'createdAt' ? updatedAt : createdAt) return false;
  const equalities =
    [applicationName, sessionType].filter((value) => value !== undefined).length + metadata.length;
  return equalities <= 1 && metadata.every((condition) => isIndexed(condition, metadataIndexes));
}

function isIndexed(
  condition: { path: string; equals?: unknown },
  metadataIndexes: readonly string[],
): boolean {
  const { path, equals, ...others } = condition;
  const scalar = typeof equals === 'string' || typeof equals === 'number' || typeof equals === 'boolean';
  return scalar && Object.keys(others).length === 0 && isPlainPath(path) && metadataIndexes.includes(path);
}
