import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { useLocation } from 'preact-iso/router';
import { whole } from '../format.js';
import type { SessionFilter, SessionOrder } from '../generated/operations.js';
import { useStore } from '../store.js';
import { Icon } from '../ui/icon.js';
import { useKeys } from '../ui/keys.js';
import { Failure, Notice } from '../ui/notice.js';
import { AddFilter } from './add-filter.js';
import {
  type ListAddress,
  nameOfOrder,
  ORDER_NAMES,
  orderOfName,
  readAddress,
  writeAddress,
} from './address.js';
import type { Row } from './arrange.js';
import { ChooseColumns } from './choose-columns.js';
import { columnsOf } from './columns.js';
import { chipsOf } from './filter-model.js';
import { FirstSteps } from './first-steps.js';
import { QuickSearch } from './quick-search.js';
import { learnMetadata } from './seen-metadata.js';
import { createSessionList, type SessionList } from './session-list.js';
import { SessionTable } from './session-table.js';

/** How long the list rests before the address says where it is. */
const SETTLED_MS = 400;

export function SessionsPage() {
  const { query, route } = useLocation();
  const address = readAddress(query);
  const { filter, order, columns } = address;
  const asked = JSON.stringify([filter, order]);
  // Equal filters are one list; the place is read when it is opened.
  const at = useRef(address.at);
  at.current = address.at;
  const list = useMemo(() => {
    const [asksFor, sortedBy] = JSON.parse(asked) as [SessionFilter, SessionOrder];
    return createSessionList(asksFor, sortedBy, at.current);
  }, [asked]);
  useEffect(() => () => list.close(), [list]);
  const go = (change: Partial<ListAddress>, replace = true) =>
    route(writeAddress({ ...address, ...change }), replace);
  const search = useRef<HTMLInputElement>(null);
  const setFilter = (next: SessionFilter) => go({ filter: next, at: null }, false);
  return (
    <main class="sessions">
      <h1 class="hidden">Conversations</h1>
      <div class="bar">
        <QuickSearch input={search} />
        <AddFilter filter={filter} apply={setFilter} />
        <ul class="chips" aria-label="Filters">
          {chipsOf(filter).map(({ key, label, value, without }) => (
            <li key={key} class="chip">
              <bdi class="faint">{label}</bdi> <bdi>{value}</bdi>
              <button
                type="button"
                aria-label={`Remove the filter ${label} ${value}`}
                onClick={() => setFilter(without)}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
        <span class="spring" />
        <Total list={list} />
        <label class="select">
          <span class="hidden">Order</span>
          <select
            value={nameOfOrder(order)}
            onChange={(event) => go({ order: orderOfName(event.currentTarget.value), at: null }, false)}
          >
            {Object.entries(ORDER_NAMES).map(([id, name]) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </select>
        </label>
        <ChooseColumns columns={columns} choose={(next) => go({ columns: next })} />
      </div>
      <List
        key={asked}
        list={list}
        columns={columns}
        filtered={Object.keys(filter).length > 0}
        search={search}
        place={(at) => go({ at })}
        clear={() => setFilter({})}
      />
    </main>
  );
}

function Total({ list }: { list: SessionList }) {
  const { total: counted, rows, hasNext, hasPrevious } = useStore(list.state);
  // Where all of them are shown, that is known without asking.
  const total = rows === null || hasNext || hasPrevious ? counted : rows.length;
  return total === null ? null : (
    <span class="faint total" role="status">
      {whole(total)} {total === 1 ? 'conversation' : 'conversations'}
    </span>
  );
}

interface ListProps {
  list: SessionList;
  columns: readonly string[];
  filtered: boolean;
  search: { current: HTMLInputElement | null };
  place(at: string | null): void;
  clear(): void;
}

function List({ list, columns, filtered, search, place, clear }: ListProps) {
  const state = useStore(list.state);
  const { rows, loading, error, waiting, hasPrevious, degraded } = state;
  const [selected, setSelected] = useState<string | null>(null);
  /** What was selected last, also before it is drawn: keys come faster than frames. */
  const latest = useRef<string | null>(null);
  const select = useCallback((id: string) => {
    latest.current = id;
    setSelected(id);
  }, []);
  const scroller = useRef<HTMLDivElement>(null);
  // Equal names are the same columns: rows stay as they are.
  const named = JSON.stringify(columns);
  const shownColumns = useMemo(() => columnsOf(JSON.parse(named)), [named]);
  const settling = useRef<ReturnType<typeof setTimeout>>(undefined);
  useEffect(() => () => clearTimeout(settling.current), []);
  useEffect(() => learnMetadata((rows ?? []).map(({ session }) => session.metadata)), [rows]);
  const scrolledTo = (row: Row | null) => {
    clearTimeout(settling.current);
    if (row === null ? !hasPrevious : row.cursor !== null) {
      settling.current = setTimeout(() => place(row?.cursor ?? null), SETTLED_MS);
    }
  };
  const step = (by: number) => {
    if (!rows || rows.length === 0) return;
    const at = rows.findIndex(({ session }) => session.sessionId === latest.current);
    const next = Math.min(Math.max(at + by, 0), rows.length - 1);
    const id = rows[next]?.session.sessionId;
    if (id === undefined) return;
    select(id);
    // It may have to be drawn first, which was queued just now; what comes into view with it is drawn in the same frame.
    queueMicrotask(() => {
      const link = scroller.current?.querySelector<HTMLElement>(`[data-session="${CSS.escape(id)}"]`);
      link?.closest('li')?.scrollIntoView({ block: 'nearest' });
      link?.focus({ preventScroll: true });
    });
  };
  useKeys({
    '/': () => search.current?.focus(),
    j: () => step(1),
    k: () => step(-1),
    Escape: () => (document.activeElement as HTMLElement | null)?.blur(),
  });
  const toTop = () => {
    list.release();
    scroller.current?.scrollTo({ top: 0 });
  };
  if (rows === null) {
    return error ? <Failure error={error} retry={list.reload} /> : <Skeleton />;
  }
  if (rows.length === 0 && loading === null) {
    return filtered ? (
      <Notice
        icon="search"
        title="No conversation matches"
        action={{ label: 'Remove the filters', run: clear }}
      >
        <p>As soon as one does, it appears here.</p>
      </Notice>
    ) : (
      <FirstSteps />
    );
  }
  return (
    <>
      {degraded !== null && (
        <p class="banner" role="status">
          <Icon name="warning" /> The list is not live just now: {degraded}
        </p>
      )}
      {waiting > 0 && (
        <button type="button" class="pill" onClick={toTop}>
          <Icon name="arrowUp" /> {waiting} new or moved
        </button>
      )}
      <SessionTable
        list={list}
        state={state}
        rows={rows}
        columns={shownColumns}
        selected={selected}
        select={select}
        scroller={scroller}
        scrolledTo={scrolledTo}
      />
      {error && (
        <p class="banner" role="alert">
          <Icon name="warning" /> {error.message}
          <button type="button" class="button" onClick={list.reload}>
            Try again
          </button>
        </p>
      )}
    </>
  );
}

/** Rows to come, in the shape of rows. */
function Skeleton() {
  return (
    <div class="skeleton" role="status" aria-label="Loading conversations">
      {Array.from({ length: 14 }, (_, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: they are all the same
        <div key={index} class="skeleton-row">
          <span />
          <span />
        </div>
      ))}
    </div>
  );
}
