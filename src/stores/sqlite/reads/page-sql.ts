import type { SessionFilter, SessionKey, SessionQuery } from '../../../domain/sessions/session-store.js';
import { TOUCHED, UNTOUCHED, UPDATED_AT } from '../touched.js';
import { filterSql } from './filter-sql.js';
import type { Sql } from './sql.js';

/** Sessions as a statement finds them: what they come from, and where it stands when they were last written to. */
interface Source {
  from: string;
  updatedAt: string;
  condition: Sql | null;
  /** Paths that an index is asked for, session by session. */
  indexed?: ReadonlySet<string>;
}

/** What is to be known where some sessions are touched. */
export interface Touched {
  /** Paths that have an index. */
  indexed: ReadonlySet<string>;
}

/** `all`: where none was touched, or nobody asks for that time. Else the others are found apart, by the indexes of their rows. */
const SOURCES = {
  all: { from: 'sessions', updatedAt: 'sessions.updated_at', condition: null },
  untouched: {
    from: 'sessions',
    updatedAt: 'sessions.updated_at',
    condition: { text: UNTOUCHED, parameters: [] },
  },
  touched: { from: TOUCHED, updatedAt: 'touched.updated_at', condition: null },
} satisfies Record<string, Source>;

const bothSources = ({ indexed }: Touched): readonly Source[] => [
  SOURCES.untouched,
  { ...SOURCES.touched, indexed },
];

/** Whether the page, or the count, depends on when sessions were last written to. */
const asksUpdatedAt = ({
  filter,
  within = {},
  orderBy,
}: Pick<SessionQuery, 'filter' | 'within'> & Partial<Pick<SessionQuery, 'orderBy'>>): boolean =>
  orderBy?.field === 'updatedAt' || namesUpdatedAt(filter) || namesUpdatedAt(within);

const namesUpdatedAt = ({ updatedAt, and = [], or = [], not }: SessionFilter): boolean =>
  updatedAt !== undefined || [...and, ...or, ...(not ? [not] : [])].some(namesUpdatedAt);

const NONE: ReadonlySet<string> = new Set();

/** What is selected of each session, where that is when it was last written to. */
type Columns = (updatedAt: string) => string;
const rowAlone: Columns = () => 'sessions.id AS row';

/**
 * The rows of a page: one more than the limit tells whether there are further ones. `touched`: some sessions are, and the paths that have an
 * index. Where it depends on when, the place of each in the order comes along behind its columns.
 */
export function pageSql(query: SessionQuery, columns = rowAlone, touched: Touched | null = null): Sql {
  const apart = touched && asksUpdatedAt(query);
  const selects = apart
    ? bothSources(touched).map((source) =>
        selectSql(
          query,
          source,
          `${columns(source.updatedAt)}, ${columnOf(query, source)} AS place, sessions.session_id AS behind`,
        ),
      )
    : [selectSql(query, SOURCES.all, columns(touched ? UPDATED_AT : SOURCES.all.updatedAt))];
  const order = apart ? ['place', 'behind'] : [columnOf(query, SOURCES.all), 'sessions.session_id'];
  const direction = (query.orderBy.direction === 'desc') !== query.backward ? 'DESC' : 'ASC';
  const ordered = order.map((column) => `${column} ${direction}`).join(', ');
  return {
    text: `${selects.map(({ text }) => text).join(' UNION ALL ')} ORDER BY ${ordered} LIMIT +?`,
    parameters: [...selects.flatMap(({ parameters }) => parameters), query.limit + 1],
  };
}

const columnOf = ({ orderBy }: SessionQuery, { updatedAt }: Source): string =>
  orderBy.field === 'createdAt' ? 'sessions.created_at' : updatedAt;

function selectSql(query: SessionQuery, source: Source, columns: string): Sql {
  const { filter, within, orderBy, after, before } = query;
  const column = columnOf(query, source);
  const beyond = (key: SessionKey | null, later: boolean): Sql[] => {
    if (!key) return [];
    const operator = later === (orderBy.direction === 'asc') ? '>' : '<';
    return [
      {
        text: `(${column}, sessions.session_id) ${operator} (?, ?)`,
        parameters: [key.value ?? -1, key.sessionId],
      },
    ];
  };
  const { text: from, parameters } = fromSql(filter, within, source, [
    ...beyond(after, true),
    ...beyond(before, false),
  ]);
  const select = `SELECT ${columns} ${from.tables}`;
  const whole = from.with === '' || source === SOURCES.all;
  return { text: whole ? `${from.with} ${select}` : `SELECT * FROM (${from.with} ${select})`, parameters };
}

export interface SessionCount {
  filter: SessionFilter;
  within?: SessionFilter | undefined;
}

/** The statement for a count; `touched`: as for a page. */
export function countSql({ filter, within }: SessionCount, touched: Touched | null = null): Sql {
  const apart = touched && asksUpdatedAt({ filter, within });
  const counts = (apart ? bothSources(touched) : [SOURCES.all]).map((source): Sql => {
    const { text: from, parameters } = fromSql(filter, within, source, []);
    return { text: `${from.with} SELECT count(*) AS count ${from.tables}`, parameters };
  });
  if (!apart) return counts[0] as Sql;
  return {
    text: `SELECT ${counts.map(({ text }) => `(${text})`).join(' + ')} AS count`,
    parameters: counts.flatMap(({ parameters }) => parameters),
  };
}

/**
 * The sessions that a filter leaves. Those within `within` are found first and kept by their row, and only these are looked at
 * for the filter: `MATERIALIZED` is a fence that SQLite's planner does not move conditions across, and it never changes the
 * order of a `CROSS JOIN` (sqlite.org/lang_with.html, optoverview.html). It costs a pass over all that is within; without a
 * filter there is nothing to keep apart, and an index may give the order. `keys` come from sealed cursors: no caller makes them up.
 */
function fromSql(
  filter: SessionFilter,
  within: SessionFilter | undefined,
  { from, updatedAt, condition, indexed = NONE }: Source,
  keys: readonly Sql[],
): { text: { with: string; tables: string }; parameters: Sql['parameters'] } {
  const reach = within ? filterSql(within, { updatedAt, indexed }) : null;
  const asked = filterSql(filter, { updatedAt, indexed, lookup: reach ? 'each' : 'list' });
  if (!reach || !asked) {
    const { where, parameters } = whereOf([condition, reach, asked, ...keys]);
    return { text: { with: '', tables: `FROM ${from} ${where}` }, parameters };
  }
  const reached = whereOf([condition, reach, ...keys]);
  const { where, parameters } = whereOf([asked]);
  return {
    text: {
      with: `WITH within AS MATERIALIZED (SELECT sessions.id FROM ${from} ${reached.where})`,
      tables: `FROM within CROSS JOIN ${from === TOUCHED ? 'touched ON touched.session = within.id CROSS JOIN ' : ''}sessions ON sessions.id = within.id ${where}`,
    },
    parameters: [...reached.parameters, ...parameters],
  };
}

function whereOf(conditions: readonly (Sql | null)[]): { where: string; parameters: Sql['parameters'] } {
  const given = conditions.filter((condition) => condition !== null);
  // First, so that it is asked for every row that is looked at.
  const texts = ['in_time()', ...given.map(({ text }) => text)];
  return { where: `WHERE ${texts.join(' AND ')}`, parameters: given.flatMap(({ parameters }) => parameters) };
}
