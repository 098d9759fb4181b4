import { ApiError, ask } from '../api/ask.js';
import { follow } from '../api/follow.js';
import {
  SessionDetailsDocument,
  type SessionDetailsFragment,
  SessionEventsDocument,
} from '../generated/operations.js';
import { createStore, type Store } from '../store.js';
import { type AgentWindow, newestPosition, oldestPosition, withPage } from './agent-window.js';
import type { GrowingReply, Replies } from './growing-reply.js';
import { loadBefore, loadFrom } from './load-messages.js';
import { type MessagePlace, openAround, openAtEnd } from './open-conversation.js';
import { type SessionEvent, takeEvent } from './take-event.js';
import { nextToLoad } from './timeline.js';

export interface ConversationState {
  /** Null until it is loaded, and while there is no such session. */
  details: SessionDetailsFragment | null;
  /** By agent, in the order of the session. */
  windows: ReadonlyMap<string, AgentWindow>;
  /** Those that grow, in the order in which they were started. */
  replies: Replies;
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

/** What waits to be drawn; a page in the background draws nothing by itself. */
const MOST_WAITING = 500;
const READY_WAIT_MS = 1_500;
/** Counts and totals are asked for again this long after a message. */
const REFRESH_MS = 2_000;

export function createConversation(sessionId: string, at: MessagePlace | null): Conversation {
  const state = createStore<ConversationState>({
    details: null,
    windows: new Map(),
    replies: new Map(),
    status: 'loading',
    loading: null,
    error: null,
    degraded: null,
  });
  let closed = false;
  let following = true;
  let turn = 0;
  /** While it is read, what comes waits: the answer may be older. */
  let opening = false;
  let frame = 0;
  let refreshing: ReturnType<typeof setTimeout> | undefined;
  const waiting: SessionEvent[] = [];
  const change = (part: Partial<ConversationState>): void => {
    if (!closed) state.set({ ...state.get(), ...part });
  };
  const setWindow = (window: AgentWindow) =>
    change({ windows: new Map(state.get().windows).set(window.agentId, window) });

  async function open(place: MessagePlace | null): Promise<void> {
    turn += 1;
    const mine = turn;
    opening = true;
    change({ error: null });
    try {
      const loaded = place === null ? await openAtEnd(sessionId) : await openAround(sessionId, place);
      if (mine !== turn) return;
      if (loaded === null) change({ status: state.get().status === 'deleted' ? 'deleted' : 'missing' });
      else change({ ...loaded, status: 'there', loading: null });
    } catch (error) {
      if (mine === turn) fail(error);
    }
    if (mine !== turn) return;
    opening = false;
    draw();
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
    if (frame === 0) frame = requestAnimationFrame(draw);
    if (waiting.length > MOST_WAITING) draw();
  }

  function draw(): void {
    cancelAnimationFrame(frame);
    frame = 0;
    if (opening || state.get().status !== 'there') return;
    const lines = { windows: new Map(state.get().windows), replies: new Map(state.get().replies) };
    for (const event of waiting.splice(0)) takeEvent(lines, event, following);
    change(lines);
  }

  /** What was told before no longer holds, of one agent or of all. */
  function forget(agentId: string | null): void {
    waiting.length = 0;
    const replies = [...state.get().replies].filter(
      ([, reply]) => agentId !== null && reply.agentId !== agentId,
    );
    change({ replies: new Map<string, GrowingReply>(replies) });
  }

  function onEvent(event: SessionEvent): void {
    const { details } = state.get();
    switch (event.__typename) {
      case 'Ready':
        clearTimeout(impatient);
        change({ degraded: null, error: null });
        if (event.resumed) break;
        forget(null);
        open(state.get().status === 'loading' ? at : null);
        break;
      case 'Resync':
        forget(event.agentId);
        open(null);
        break;
      case 'SessionCreated':
        open(null);
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
      default:
        waiting.push(event);
        if (event.__typename !== 'ReplyProgress') refreshing ??= setTimeout(refresh, REFRESH_MS);
        drawSoon();
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
