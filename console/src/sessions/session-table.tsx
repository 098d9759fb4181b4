import type { RefObject } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type RowVirtualizer, useVirtual } from '../ui/use-virtual.js';
import type { Row } from './arrange.js';
import type { Column } from './columns.js';
import type { ListState, SessionList } from './session-list.js';
import { SessionRow } from './session-row.js';

const ROW_HEIGHT = 52;
/** Rows from the end at which the next page is asked for. */
const EARLY = 30;
/** A list that is longer than a screen says where it ends. */
const SCREEN_ROWS = 20;

interface SessionTableProps {
  list: SessionList;
  state: ListState;
  rows: readonly Row[];
  columns: readonly Column[];
  selected: string | null;
  select(sessionId: string): void;
  scroller: RefObject<HTMLDivElement | null>;
  virtualizer: RefObject<RowVirtualizer | null>;
  /** Told the session above the first one that is seen; null: the list is at its start. */
  scrolledTo(row: Row | null): void;
}

export function SessionTable(props: SessionTableProps) {
  const { list, state, rows, columns, selected, select, scroller, virtualizer: held, scrolledTo } = props;
  const { hasNext, hasPrevious, loading, total } = state;
  const isScrolled = () => (scroller.current?.scrollTop ?? 0) > ROW_HEIGHT;
  const virtualizer = useVirtual(scroller, {
    count: rows.length,
    estimateSize: () => ROW_HEIGHT,
    getItemKey: (index) => rows[index]?.session.sessionId ?? String(index),
    // The place under the eye stays when rows come in above. At the top of the list that is the top.
    anchorTo: hasPrevious || isScrolled() ? 'end' : 'start',
  });
  held.current = virtualizer;
  const items = virtualizer.getVirtualItems();
  const [first, last] = [items.at(0)?.index ?? 0, items.at(-1)?.index ?? 0];
  useEffect(() => {
    if (hasNext && last > rows.length - EARLY) list.loadNext();
    if (hasPrevious && first < EARLY) list.loadPrevious();
  }, [list, first, last, rows.length, hasNext, hasPrevious]);

  const pointing = useRef(false);
  const hold = () => list.hold(pointing.current || isScrolled());
  const scrolled = () => {
    hold();
    const index = Math.floor((scroller.current?.scrollTop ?? 0) / ROW_HEIGHT) - 1;
    scrolledTo(rows[index] ?? null);
  };
  const point = (now: boolean) => (event: PointerEvent) => {
    if (event.pointerType !== 'mouse') return;
    pointing.current = now;
    hold();
  };
  return (
    <div
      class="table"
      ref={scroller}
      onScroll={scrolled}
      onPointerEnter={point(true)}
      onPointerLeave={point(false)}
      style={{ '--columns': `minmax(12rem, 1fr) ${columns.map(({ width }) => width).join(' ')}` }}
    >
      <div class="row table-head" aria-hidden="true">
        <div class="cell subject">Conversation</div>
        {columns.map(({ id, title, number }) => (
          <div key={id} class={number ? 'cell number' : 'cell'} data-column={id}>
            <bdi>{title}</bdi>
          </div>
        ))}
      </div>
      <ul class="table-body" aria-label="Conversations" style={{ height: `${virtualizer.getTotalSize()}px` }}>
        {items.map(({ index, key, start }) => {
          const row = rows[index];
          if (!row) return null;
          const { session } = row;
          return (
            <li
              key={String(key)}
              class="placed"
              data-index={index}
              aria-setsize={total ?? -1}
              aria-posinset={index + 1}
              ref={virtualizer.measureElement}
              style={{ transform: `translateY(${start}px)` }}
            >
              <SessionRow
                session={session}
                columns={columns}
                selected={selected === session.sessionId}
                select={() => select(session.sessionId)}
              />
            </li>
          );
        })}
      </ul>
      {loading === 'next' && <p class="table-foot faint">Loading more…</p>}
      {!hasNext && rows.length > SCREEN_ROWS && <p class="table-foot faint">This is the end of the list.</p>}
    </div>
  );
}
