import type { Range } from '@tanstack/virtual-core';
import type { RefObject } from 'preact';
import { useCallback, useEffect, useRef } from 'preact/hooks';
import { useVirtual, withIndex } from '../ui/use-virtual.js';
import type { Row } from './arrange.js';
import type { Column } from './columns.js';
import type { ListState, SessionList } from './session-list.js';
import { SessionRow } from './session-row.js';
import { useRowHeight } from './use-row-height.js';

/** Rows beyond what is seen. A turn of the wheel may replace all of them: each more costs time then. */
const OVERSCAN = 4;
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
  /** Told the session above the first one that is seen; null: the list is at its start. */
  scrolledTo(row: Row | null): void;
}

export function SessionTable(props: SessionTableProps) {
  const { list, state, rows, columns, selected, select, scroller, scrolledTo } = props;
  const { hasNext, hasPrevious, loading, total } = state;
  const rowHeight = useRowHeight();
  const isScrolled = () => (scroller.current?.scrollTop ?? 0) > rowHeight;
  const selectedIndex =
    selected === null ? -1 : rows.findIndex(({ session }) => session.sessionId === selected);
  const virtualizer = useVirtual(scroller, {
    count: rows.length,
    estimateSize: () => rowHeight,
    getItemKey: useCallback((index: number) => rows[index]?.session.sessionId ?? String(index), [rows]),
    overscan: OVERSCAN,
    // The one that has the focus keeps it, however far the list is scrolled.
    rangeExtractor: useCallback((range: Range) => withIndex(range, selectedIndex), [selectedIndex]),
    // The place under the eye stays when rows come in above. At the top of the list that is the top.
    anchorTo: hasPrevious || isScrolled() ? 'end' : 'start',
  });
  const drawnHeight = useRef(rowHeight);
  useEffect(() => {
    if (drawnHeight.current !== rowHeight) virtualizer.measure();
    drawnHeight.current = rowHeight;
  }, [virtualizer, rowHeight]);
  const items = virtualizer.getVirtualItems();
  const { startIndex: first, endIndex: last } = virtualizer.range ?? { startIndex: 0, endIndex: 0 };
  useEffect(() => {
    if (hasNext && last > rows.length - EARLY) list.loadNext();
    if (hasPrevious && first < EARLY) list.loadPrevious();
  }, [list, first, last, rows.length, hasNext, hasPrevious]);

  const pointing = useRef(false);
  const hold = () => list.hold(pointing.current || isScrolled());
  const scrolled = () => {
    hold();
    const index = Math.floor((scroller.current?.scrollTop ?? 0) / rowHeight) - 1;
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
      style={{ '--columns': `minmax(14rem, 2.4fr) ${columns.map(({ width }) => width).join(' ')}` }}
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
              style={{ transform: `translateY(${start}px)`, height: `${rowHeight}px` }}
            >
              <SessionRow
                session={session}
                columns={columns}
                selected={selected === session.sessionId}
                select={select}
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
