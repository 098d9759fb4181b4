import { ApiError } from '../api/ask.js';
import { follow } from '../api/follow.js';
import {
  SessionActivityDocument,
  type SessionActivitySubscription,
  type SessionFilter,
  type SessionOrder,
  type SessionRowFragment,
} from '../generated/operations.js';
import { createStore, type Store } from '../store.js';
import { type Edges, joinPage, MOST_ROWS, placeMoved, type Row } from './arrange.js';
import { countRows, loadRows } from './load-rows.js';

export interface ListState {
  /** Null until the first page has come. */
  rows: readonly Row[] | null;
  hasNext: boolean;
  hasPrevious: boolean;
  loading: 'first' | 'next' | 'previous' | null;
  error: ApiError | null;
  total: number | null;
  /** Sessions that have moved or come while the rows were held where they are. */
  waiting: number;
  /** What the server says of its feed while it is not live. */
  degraded: string | null;
}

export interface SessionList {
  state: Store<ListState>;
  loadNext(): void;
  loadPrevious(): void;
  reload(): void;
  /** While true, no row moves: somebody points at one, or reads further down. */
  hold(held: boolean): void;
  /** Moves what waits to its place. */
  release(): void;
  close(): void;
}

type Event = SessionActivitySubscription['sessionActivity'];

const READY_WAIT_MS = 1_500;
const RECOUNT_MS = 5_000;

/** The list of one filter and order, two-way and live. */
export function createSessionList(
  filter: SessionFilter,
  order: SessionOrder,
  at: string | null,
): SessionList {
  const state = createStore<ListState>({
    rows: null,
    hasNext: false,
    hasPrevious: false,
    loading: null,
    error: null,
    total: null,
    waiting: 0,
    degraded: null,
  });
  /** Changed or new sessions that are not at their place yet. */
  const moved = new Map<string, SessionRowFragment>();
  /** Where pages go on: rows move, cursors stay. */
  let edges: Edges = { first: undefined, last: undefined };
  let held = false;
  let closed = false;
  let turn = 0;
  let frame = 0;
  let overdue = false;
  let recount: ReturnType<typeof setTimeout> | undefined;
  const change = (part: Partial<ListState>): void => {
    if (!closed) state.set({ ...state.get(), ...part });
  };

  async function loadFirst(): Promise<void> {
    turn += 1;
    const mine = turn;
    change({ loading: 'first', error: null });
    try {
      const page = await loadRows({ filter, orderBy: order, after: at }, false);
      if (mine !== turn) return;
      moved.clear();
      overdue = false;
      edges = { first: page.rows.at(0), last: page.rows.at(-1) };
      change({ ...page, loading: null, waiting: 0 });
      count();
    } catch (error) {
      if (mine === turn) fail(error);
    }
  }

  async function extend(direction: 'next' | 'previous'): Promise<void> {
    const { rows, loading, hasNext, hasPrevious } = state.get();
    if (rows === null || loading !== null || !(direction === 'next' ? hasNext : hasPrevious)) return;
    const mine = turn;
    change({ loading: direction, error: null });
    try {
      const next = direction === 'next';
      const cursor = (next ? edges.last : edges.first)?.cursor ?? null;
      const place = next ? { after: cursor } : { before: cursor };
      const page = await loadRows({ filter, orderBy: order, ...place }, !next);
      if (mine !== turn) return;
      for (const { session } of page.rows) moved.delete(session.sessionId);
      const joined = joinPage(state.get(), page, direction, edges);
      edges = joined.edges;
      change({ ...joined.state, loading: null });
    } catch (error) {
      if (mine === turn) fail(error);
    }
  }

  function fail(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    change({ loading: null, error });
  }

  function changed(session: SessionRowFragment): void {
    moved.set(session.sessionId, session);
    // More than are shown wait for somebody to look: then the list is loaded again.
    if (moved.size > MOST_ROWS) overdue = true;
    if (overdue) moved.clear();
    drawSoon();
  }

  function removed(sessionId: string): void {
    moved.delete(sessionId);
    countSoon();
    const { rows } = state.get();
    const kept = rows?.filter(({ session }) => session.sessionId !== sessionId);
    if (kept && kept.length !== rows?.length) change({ rows: kept });
  }

  /** Many events are drawn at once. */
  function drawSoon(): void {
    if (frame === 0) frame = requestAnimationFrame(draw);
  }

  function draw(): void {
    frame = 0;
    const { rows } = state.get();
    if (rows === null || closed) return;
    const placed = placeMoved(rows, moved, order, state.get(), edges);
    if (placed.come) countSoon();
    if (held) change({ rows: placed.inPlace, waiting: placed.due });
    else {
      moved.clear();
      change({ rows: placed.arranged, waiting: 0 });
    }
  }

  function count(): void {
    const mine = turn;
    countRows(filter).then(
      (total) => mine === turn && change({ total }),
      () => mine === turn && change({ total: null }),
    );
  }

  /** Sessions that come and go change how many there are: now and then that is asked for. */
  function countSoon(): void {
    recount ??= setTimeout(() => {
      recount = undefined;
      count();
    }, RECOUNT_MS);
  }

  function onEvent(event: Event): void {
    switch (event.__typename) {
      case 'Ready':
        ready();
        change({ degraded: null, error: null });
        if (!event.resumed) loadFirst();
        return;
      case 'Resync':
        loadFirst();
        return;
      case 'SessionChanged':
        changed(event.session);
        return;
      case 'SessionLeft':
      case 'SessionDeleted':
        removed(event.sessionId);
        return;
      case 'Degraded':
        change({ degraded: event.detail });
        return;
      case 'Restored':
        change({ degraded: null });
        return;
    }
  }

  // What is loaded at Ready misses nothing; a feed that does not come keeps nobody waiting.
  const impatient = setTimeout(loadFirst, READY_WAIT_MS);
  const ready = () => clearTimeout(impatient);
  const stop = follow(
    SessionActivityDocument,
    { filter, whole: true },
    {
      event: onEvent,
      ended(error) {
        ready();
        if (turn === 0) loadFirst();
        change({ degraded: error?.message ?? 'The feed has ended.' });
      },
    },
  );
  change({ loading: 'first' });

  return {
    state,
    loadNext: () => void extend('next'),
    loadPrevious: () => void extend('previous'),
    reload: () => void loadFirst(),
    hold(next) {
      if (held === next) return;
      held = next;
      if (held) return;
      if (overdue) loadFirst();
      else drawSoon();
    },
    release() {
      if (overdue) return void loadFirst();
      const before = held;
      held = false;
      draw();
      held = before;
    },
    close() {
      closed = true;
      ready();
      clearTimeout(recount);
      cancelAnimationFrame(frame);
      stop();
    },
  };
}
