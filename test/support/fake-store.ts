import type { JsonObject } from '../../src/domain/json/json-value.js';
import type { Message, Session } from '../../src/domain/sessions/model.js';
import {
  type AgentWithPages,
  type Change,
  HistoryLost,
  type LiveBatch,
  type MessageWindow,
  type Position,
  type SessionStore,
} from '../../src/domain/sessions/session-store.js';

interface Feed {
  wake: () => void;
  /** Whether it is to say that nothing has happened. */
  quiet: boolean;
  failure: Error | null;
  /** How much of the log it may give. */
  delivered: number;
}

interface FakeSession {
  createdAt: Date;
  metadata: JsonObject;
  agents: Map<string, { storageId: string; text: string; redacted: boolean }[]>;
}

type Body = Change extends infer C
  ? C extends Change
    ? Omit<C, 'position' | 'sessionId' | 'sessionCreatedAt' | 'at'>
    : never
  : never;

/**
 * A store in memory for tests of the live feed: the writes make changes that wait until `deliver`, and what goes wrong
 * in a real feed is said by name. Methods that following never calls throw.
 */
export function createFakeStore() {
  const sessions = new Map<string, FakeSession>();
  const log: Change[] = [];
  let prunedThrough: Position = at(0);
  let clock = 1_000;
  let down: Error | null = null;
  const feeds: Feed[] = [];
  const calls: Record<string, number> = {};

  const record = (sessionId: string, body: Body) => {
    const createdAt = sessions.get(sessionId)?.createdAt.getTime() ?? null;
    const position = at(log.length + 1);
    log.push({ ...body, position, sessionId, sessionCreatedAt: createdAt, at: clock } as Change);
  };
  const counted = <T>(name: string, read: () => T): Promise<T> => {
    calls[name] = (calls[name] ?? 0) + 1;
    return down ? Promise.reject(down) : Promise.resolve(read());
  };
  const sessionOf = (sessionId: string): Session | null => {
    const found = sessions.get(sessionId);
    return found
      ? {
          sessionId,
          sessionType: 'AGENT',
          applicationName: null,
          createdAt: found.createdAt,
          updatedAt: found.createdAt,
          metadata: found.metadata,
          feedback: [{ rating: 'up', comment: null, createdAt: null, fields: {} }],
          guardrailEvents: [],
          messageCount: 0,
        }
      : null;
  };
  const messageOf = (sessionId: string, agentId: string, position: number): Message | null => {
    const stored = sessions.get(sessionId)?.agents.get(agentId)?.[position];
    if (!stored) return null;
    const { storageId, text, redacted } = stored;
    const rest = {
      createdAt: null,
      updatedAt: null,
      eventLoopMetrics: null,
      metadata: null,
      guardrailEvent: null,
      supersedes: [],
    };
    return {
      sessionId,
      agentId,
      position,
      messageId: position,
      storageId,
      clientId: null,
      trackingId: null,
      role: 'user',
      content: [{ text }],
      redacted,
      ...rest,
    };
  };

  const store = {
    loadSessions: (ids: readonly string[]) => counted('loadSessions', () => ids.map(sessionOf)),
    findSessions: ({ within }: { within?: { sessionIds?: readonly string[] } }) =>
      counted('findSessions', () => ({
        sessions: (within?.sessionIds ?? []).flatMap((id) => sessionOf(id) ?? []),
        hasMore: false,
      })),
    loadMessages: (addresses: readonly { sessionId: string; agentId: string; position: number }[]) =>
      counted('loadMessages', () => addresses.map((a) => messageOf(a.sessionId, a.agentId, a.position))),
    loadUsage: (requests: readonly unknown[]) => counted('loadUsage', () => requests.map(() => NO_USAGE)),
    loadAgents: (
      requests: readonly {
        sessionId: string;
        among: 'all' | readonly string[];
        windows: readonly MessageWindow[];
      }[],
    ) =>
      counted('loadAgents', () =>
        requests.map(({ sessionId, among, windows }) => {
          const agents = sessions.get(sessionId)?.agents ?? new Map<string, unknown[]>();
          const ids = among === 'all' ? [...agents.keys()] : among.filter((id) => agents.has(id));
          return ids.map((agentId): AgentWithPages => {
            const count = agents.get(agentId)?.length ?? 0;
            return {
              agent: {
                sessionId,
                agentId,
                model: null,
                systemPrompt: null,
                promptMetadata: null,
                state: {},
                conversationManagerState: {},
                createdAt: null,
                updatedAt: null,
                messageCount: count,
              },
              pages: windows.map(({ first, last, after = -1 }) => {
                const start = last === undefined ? after + 1 : Math.max(count - last, 0);
                const end = Math.min(start + (first ?? last ?? count), count);
                const messages = Array.from({ length: Math.max(end - start, 0) }, (_, i) =>
                  messageOf(sessionId, agentId, start + i),
                ).filter((message) => message !== null);
                return { messages, hasPrevious: start > 0, hasNext: end < count };
              }),
            };
          });
        }),
      ),
    loadFeedback: (places: readonly { sessionId: string; index: number }[]) =>
      counted('loadFeedback', () =>
        places.map(({ sessionId, index }) => sessionOf(sessionId)?.feedback[index] ?? null),
      ),
    history: ({
      sessionId,
      after,
      until,
      limit,
    }: {
      sessionId: string | null;
      after: Position;
      until: Position;
      limit: number;
    }) =>
      counted('history', () => {
        if (after < prunedThrough || after > at(log.length)) throw new HistoryLost('pruned');
        const all = log.filter(
          (c) =>
            c.position > after && c.position <= until && (sessionId === null || c.sessionId === sessionId),
        );
        const changes = all.slice(0, limit);
        return { changes, position: changes.at(-1)?.position ?? until, done: all.length <= limit };
      }),
    async *changes({
      after,
      signal,
    }: {
      after: Position | null;
      signal: AbortSignal;
    }): AsyncGenerator<LiveBatch> {
      if (down) throw down;
      if (after !== null && after < prunedThrough) throw new HistoryLost('pruned');
      const mine: Feed = {
        wake: () => {},
        quiet: false,
        failure: null,
        delivered: log.length,
      };
      feeds.push(mine);
      let next = after === null ? log.length : Number(after);
      yield { changes: [], position: at(next), committedAt: null };
      while (!signal.aborted) {
        if (mine.failure) throw mine.failure;
        if (next < mine.delivered) {
          const changes = log.slice(next, mine.delivered);
          next = mine.delivered;
          yield { changes, position: at(next), committedAt: 0 };
        } else if (mine.quiet) {
          mine.quiet = false;
          yield { changes: [], position: at(next), committedAt: null };
        } else {
          await new Promise<void>((resolve) => {
            mine.wake = () => {
              signal.removeEventListener('abort', mine.wake);
              resolve();
            };
            signal.addEventListener('abort', mine.wake);
          });
        }
      }
    },
  } as unknown as SessionStore;

  return {
    store,
    calls,
    createSession(sessionId: string) {
      clock += 1;
      sessions.set(sessionId, { createdAt: new Date(clock), metadata: {}, agents: new Map() });
      record(sessionId, { kind: 'session-created' });
    },
    append(sessionId: string, agentId: string, ...texts: string[]) {
      const { agents } = sessions.get(sessionId) as FakeSession;
      const messages = agents.get(agentId) ?? [];
      agents.set(agentId, messages);
      for (const text of texts) {
        messages.push({ storageId: `${agentId}-${text}`, text, redacted: false });
        record(sessionId, { kind: 'message-added', agentId, index: messages.length - 1 });
      }
    },
    redact(sessionId: string, agentId: string, index: number) {
      Object.assign(sessions.get(sessionId)?.agents.get(agentId)?.[index] as object, {
        text: '[gone]',
        redacted: true,
      });
      record(sessionId, { kind: 'message-updated', agentId, index });
    },
    /** As a redaction, or metrics, would. */
    change(sessionId: string, agentId: string, index: number, text: string) {
      Object.assign(sessions.get(sessionId)?.agents.get(agentId)?.[index] as object, { text });
      record(sessionId, { kind: 'message-updated', agentId, index });
    },
    /** As another program would: the agent's messages are others from now on. */
    rewrite(sessionId: string, agentId: string, ...texts: string[]) {
      sessions.get(sessionId)?.agents.set(
        agentId,
        texts.map((text) => ({ storageId: `rewritten-${text}`, text, redacted: false })),
      );
      record(sessionId, { kind: 'agent-rewritten', agentId });
    },
    setMetadata(sessionId: string, metadata: JsonObject) {
      Object.assign(sessions.get(sessionId) as FakeSession, { metadata });
      record(sessionId, { kind: 'metadata-changed' });
    },
    changeMetadata: (sessionId: string) => record(sessionId, { kind: 'metadata-changed' }),
    deleteSession(sessionId: string) {
      record(sessionId, { kind: 'session-deleted' });
      sessions.delete(sessionId);
    },
    /** Hands every feed, or the one opened as number `only`, everything that was written. */
    deliver(only?: number) {
      for (const feed of only === undefined ? feeds : feeds.slice(only, only + 1)) {
        feed.delivered = log.length;
        feed.wake();
      }
    },
    /** Every feed says that nothing has happened. */
    signOfLife() {
      for (const feed of feeds) {
        feed.quiet = true;
        feed.wake();
      }
    },
    /** The history before now is gone. */
    prune() {
      prunedThrough = at(log.length);
    },
    /** The feed breaks, and reads fail, until `repair`. */
    breakDown(error: Error) {
      down = error;
      this.interrupt(error);
    },
    repair() {
      down = null;
    },
    /** The feed breaks once; reads go on. */
    interrupt(error: Error) {
      for (const feed of feeds) {
        feed.failure = error;
        feed.wake();
      }
    },
  };
}

export type FakeStore = ReturnType<typeof createFakeStore>;

const at = (count: number): Position => String(count).padStart(8, '0');

const NO_USAGE = {
  inputTokens: 0,
  outputTokens: 0,
  totalTokens: 0,
  cacheReadInputTokens: 0,
  cacheWriteInputTokens: 0,
};
