import { ApiError, ask } from '../api/ask.js';
import { follow } from '../api/follow.js';
import {
  type MessageItemFragment,
  SessionDetailsDocument,
  type SessionDetailsFragment,
  SessionEventsDocument,
  type SessionEventsSubscription,
} from '../generated/operations.js';
import { createStore, type Store } from '../store.js';
import {
  type AgentWindow,
  newestPosition,
  oldestPosition,
  withCount,
  withMessage,
  withoutOldest,
  withPage,
} from './agent-window.js';
import { loadBefore, loadFrom } from './load-messages.js';
import { type MessagePlace, openAround, openAtEnd } from './open-conversation.js';
import { nextToLoad } from './timeline.js';

export interface ConversationState {
  /** Null until it is loaded, and while there is no such session. */
  details: SessionDetailsFragment | null;
  /** By agent, in the order of the session. */
  windows: ReadonlyMap<string, AgentWindow>;
  status: 'loading' | 'there' | 'missing' | 'deleted';
  loading: 'older' | 'newer' | null;
  error: ApiError | null;
  degraded: string | null;
}

export interface Conversation {
  sessionId: string;
  state: Store<ConversationState>;
  /** Loads what comes before, or after, what is shown of these agents. */
  extend(agentIds: readonly string[], direction: 'older' | 'newer'): Promise<void>;
  /** Loads the end, or the part around a message. */
  open(place: MessagePlace | null): Promise<void>;
  /** After an error: what could not be loaded is asked for again. */
  retry(): void;
  /** While true, the oldest messages may go: the end is looked at. */
  followEnd(following: boolean): void;
  close(): void;
}

type Event = SessionEventsSubscription['sessionEvents'];

/** Messages of one agent that are kept while its end is looked at; and up to where they pile up while it is not. */
const MOST_MESSAGES = 1_000;
const MOST_UNSEEN = 5_000;
/** What waits to be drawn; a page in the background draws nothing by itself. */
const MOST_WAITING = 500;
const READY_WAIT_MS = 1_500;
/** Counts and totals are asked for again this long after a message. */
const REFRESH_MS = 2_000;

export function createConversation(sessionId: string, at: MessagePlace | null): Conversation {
  const state = createStore<ConversationState>({
    details: null,
    windows: new Map(),
    status: 'loading',
    loading: null,
    error: null,
    degraded: null,
  });
  let closed = false;
  let following = true;
  let turn = 0;
  let frame = 0;
  let refreshing: ReturnType<typeof setTimeout> | undefined;
  const waiting: { agentId: string; message: MessageItemFragment }[] = [];
  const change = (part: Partial<ConversationState>): void => {
    if (!closed) state.set({ ...state.get(), ...part });
  };
  const setWindow = (window: AgentWindow) =>
    change({ windows: new Map(state.get().windows).set(window.agentId, window) });

  async function open(place: MessagePlace | null): Promise<void> {
    turn += 1;
    const mine = turn;
    change({ error: null });
    try {
      const loaded = place === null ? await openAtEnd(sessionId) : await openAround(sessionId, place);
      if (mine !== turn) return;
      waiting.length = 0;
      if (loaded === null) change({ status: state.get().status === 'deleted' ? 'deleted' : 'missing' });
      else change({ ...loaded, status: 'there', loading: null });
    } catch (error) {
      if (mine === turn) fail(error);
    }
  }

  async function extend(agentIds: readonly string[], direction: 'older' | 'newer'): Promise<void> {
    const { windows, loading } = state.get();
    const window = nextToLoad(
      agentIds.flatMap((id) => windows.get(id) ?? []),
      direction,
    );
    if (!window || loading !== null || state.get().error !== null) return;
    const mine = turn;
    change({ loading: direction, error: null });
    try {
      const place = { sessionId, agentId: window.agentId };
      const page = await (direction === 'older'
        ? loadBefore(place, oldestPosition(window))
        : loadFrom(place, newestPosition(window) + 1));
      if (mine !== turn) return;
      const now = state.get().windows.get(window.agentId) ?? window;
      if (page) setWindow(withPage(now, page.messages, page.total));
      change({ loading: null });
    } catch (error) {
      if (mine === turn) fail(error);
    }
  }

  function fail(error: unknown): void {
    if (!(error instanceof ApiError)) throw error;
    change({ loading: null, error });
  }

  async function refresh(): Promise<void> {
    refreshing = undefined;
    const { session } = await ask(SessionDetailsDocument, { sessionId }).catch(() => ({ session: null }));
    if (session) change({ details: session });
  }

  /** Many messages at once are drawn once. */
  function drawSoon(): void {
    refreshing ??= setTimeout(refresh, REFRESH_MS);
    if (frame === 0) frame = requestAnimationFrame(draw);
    if (waiting.length > MOST_WAITING) draw();
  }

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    if (state.get().status !== 'there') return;
    const windows = new Map(state.get().windows);
    for (const { agentId, message } of waiting.splice(0)) {
      const window = windows.get(agentId) ?? { agentId, messages: [], total: 0 };
      if (following) windows.set(agentId, withoutOldest(withMessage(window, message), MOST_MESSAGES));
      else if (window.messages.length < MOST_UNSEEN) windows.set(agentId, withMessage(window, message));
      else windows.set(agentId, withCount(window, message));
    }
    change({ windows });
  }

  function onEvent(event: Event): void {
    const { details } = state.get();
    switch (event.__typename) {
      case 'Ready':
        clearTimeout(impatient);
        change({ degraded: null, error: null });
        if (!event.resumed) open(state.get().status === 'loading' ? at : null);
        break;
      case 'SessionCreated':
      case 'Resync':
        open(null);
        break;
      case 'MessageAdded':
      case 'MessageUpdated':
        waiting.push({ agentId: event.agentId ?? '', message: event.message });
        drawSoon();
        break;
      case 'AgentUpdated':
      case 'MetadataChanged':
      case 'FeedbackAdded':
      case 'SessionChanged':
        if (details) refreshing ??= setTimeout(refresh, REFRESH_MS / 10);
        break;
      case 'SessionDeleted':
        change({ status: 'deleted' });
        break;
      case 'Degraded':
        change({ degraded: event.detail });
        break;
      case 'Restored':
        change({ degraded: null });
        break;
    }
  }

  // What is loaded at Ready misses nothing; a feed that does not come keeps nobody waiting.
  const impatient = setTimeout(() => open(at), READY_WAIT_MS);
  const stop = follow(
    SessionEventsDocument,
    { sessionId },
    {
      event: onEvent,
      ended(error) {
        clearTimeout(impatient);
        if (state.get().status === 'loading') open(at);
        if (error) change({ degraded: error.message });
      },
    },
  );

  return {
    sessionId,
    state,
    extend,
    open,
    retry: () => (state.get().details ? change({ error: null }) : void open(at)),
    followEnd(next) {
      following = next;
    },
    close() {
      closed = true;
      clearTimeout(impatient);
      clearTimeout(refreshing);
      cancelAnimationFrame(frame);
      stop();
    },
  };
}
