import { leftAtOnce } from '../async/left-at-once.js';
import { backoff, type Pause } from '../async/pause.js';
import { type ErrorCode, ParleyError } from '../errors.js';
import type { JsonValue } from '../json/json-value.js';
import type { OpenReplies } from '../replies/open-replies.js';
import type { Head } from '../sessions/session-cursor.js';
import { HistoryLost, type Position, type SessionStore } from '../sessions/session-store.js';
import type { ChangeHub } from './change-hub.js';
import type { Following } from './following.js';
import type { LiveEvents } from './live-events.js';
import type { LiveLoads } from './live-loads.js';
import type { FollowedReplies } from './reply-follower.js';

/** What following needs; built once and shared by all followers. */
export interface FollowDeps {
  store: SessionStore;
  hub: ChangeHub;
  loads: LiveLoads;
  replies: FollowedReplies;
  pause: Pause;
  random: () => number;
  /** `open` throws INVALID_CURSOR. */
  cursors: {
    seal(kind: string, payload: JsonValue): string;
    /** Of a payload that is at hand as JSON. */
    sealText(kind: string, json: string): string;
    open(kind: string, cursor: string): JsonValue;
  };
}

/** The followers of one reader, such as a socket: when one of them overflows, all of them do. */
export interface SlowReader {
  readonly overflowed: boolean;
  overflow(): void;
  /** `member` is called once when any overflows, in a later turn where that has happened; the result leaves again. */
  join(member: () => void): () => void;
}

export const createSlowReader = (): SlowReader => new Reader();

/** A class: thousands of sockets keep one each, and share the code of its methods. */
class Reader implements SlowReader {
  overflowed = false;
  private readonly members = new Set<() => void>();

  overflow(): void {
    if (this.overflowed) return;
    this.overflowed = true;
    for (const member of this.members) member();
  }

  join(member: () => void): () => void {
    this.members.add(member);
    if (this.overflowed) queueMicrotask(member);
    return () => this.members.delete(member);
  }
}

/** Where a reader stands that has seen everything so far: of each agent in `heads` its first `count` messages. */
export interface Standing {
  readonly position: Position;
  /** Whether it knows that the session exists. */
  readonly knowsSession: boolean;
  /** When the session that it knows was made, in ms; null: it follows all, or knows none. */
  readonly createdAt: number | null;
  readonly heads: ReadonlyMap<string, Head>;
  /** The replies that it follows, and what it has read of each; those that are not here it was not told of, or to their end. */
  readonly replies: ReadonlyMap<string, ReplyStanding>;
  /** Replies that it has found over. */
  readonly over: ReadonlySet<string>;
  /** The cursor to resume from there. */
  cursor(): string;
  /** A cursor of a feed that has not come as far, with what the reader has seen beyond it: its position, and of these agents and replies. */
  ownCursor(cursor: string, agentIds: Iterable<string>, replyIds: Iterable<string>): string;
}

export interface ReplyStanding {
  offset: number;
  blocks: number;
  /** Of the text. */
  mark: symbol | undefined;
  /** Whether it was told that the reply is abandoned. */
  abandoned: boolean;
}

/** Who gives the live events to a follower's reader once the follower has caught up. */
export interface HandOver {
  /**
   * Whether the reader must go on by itself for now, because the feed is further: it was opened with the cursor of an instance
   * that is ahead of this one, or has found the session in the data before its change came by.
   */
  isBehind(standing: Standing): boolean;
  /**
   * Agents of which it has told more than the reader has seen, or will tell nothing because who opened it had seen more: those
   * messages are to be read from the data first.
   */
  lacking(standing: Standing): string[];
  /** Replies that it tells of, and the reader has not looked at. */
  lackingReplies(standing: Standing): string[];
  /**
   * Called once, in the turn in which nothing waits for the follower and nothing is lacking, as the last that the follower
   * does: it ends, so that nothing is kept of it, and the reader goes on here until `signal` aborts. `live` opens the feed
   * that goes on from there; its first `next` must be called in the same turn.
   */
  join(standing: Standing, live: () => LiveEvents, signal: AbortSignal): void;
}

export const invalidScope = () =>
  new ParleyError(
    'INVALID_CURSOR',
    'The cursor in `after` was given for another session, agent or subscription. Pass it where it came from, or none.',
  );

/** So that who waits is told within a second of the database's return; reads are joined, and few at once. */
const MAX_WAIT_MS = 1_000;
/** Each of them has waited for as long as a read may take. */
const MAX_TIMEOUTS = 3;

/** `patiently` for one follower. */
export type Patiently = <T>(read: () => Promise<T>) => Promise<T>;

/**
 * Repeats a read for as long as the database cannot be reached: a follower stays, and goes on where it stopped. One that
 * takes too long is repeated a few times, and then TIMEOUT: nothing else would tell who follows that nothing can come.
 * Throws what else the read throws, and anything once `signal` is aborted.
 */
export async function patiently<T>(
  deps: Pick<FollowDeps, 'pause' | 'random'>,
  signal: AbortSignal,
  read: () => Promise<T>,
): Promise<T> {
  for (let attempt = 0, timeouts = 0; ; attempt++) {
    try {
      return await read();
    } catch (error) {
      const code = error instanceof ParleyError ? error.code : null;
      timeouts = code === 'TIMEOUT' ? timeouts + 1 : 0;
      const passing = code === 'STORE_UNAVAILABLE' || (code === 'TIMEOUT' && timeouts < MAX_TIMEOUTS);
      if (!passing || signal.aborted) throw error;
      await deps.pause(backoff(attempt, MAX_WAIT_MS, deps.random), signal);
    }
  }
}

/** A generator that can wait inside, and still ends at once when it is left: its signal then aborts. */
export function ending<T>(generate: (signal: AbortSignal) => AsyncGenerator<T>): AsyncGenerator<T> {
  const controller = new AbortController();
  const generator = generate(controller.signal);
  return leftAtOnce({
    next: () => generator.next(),
    async leave() {
      controller.abort();
      await generator.return(undefined);
    },
  });
}

/**
 * Follows through the hub until `signal` aborts, `reader` overflows or `close` is called; with `replies` what happens to those of the
 * session comes the same way, each once until it is taken.
 */
export function followUntil(
  hub: ChangeHub,
  sessionId: string | null,
  signal: AbortSignal,
  reader: SlowReader,
  replies: OpenReplies | null = null,
): Following {
  const following = hub.follow(sessionId, () => reader.overflow());
  const leave = reader.join(() => following.overflow());
  const end = () => following.close();
  /** The one that was queued first since anything was taken, and all others that were. */
  let first: string | null = null;
  let others: Set<string> | null = null;
  let takes = 0;
  const leaveReplies =
    sessionId === null
      ? undefined
      : replies?.follow(sessionId, (replyId) => {
          if (takes !== following.takes) first = others = null;
          takes = following.takes;
          if (replyId === first || others?.has(replyId)) return;
          // Mostly there is one, and it would have a set of its own for each of its parts.
          if (first === null) first = replyId;
          else {
            others ??= new Set();
            others.add(replyId);
          }
          following.offer({ type: 'reply', replyId });
        });
  following.onClose(() => {
    leave();
    leaveReplies?.();
    signal.removeEventListener('abort', end);
  });
  signal.addEventListener('abort', end);
  if (signal.aborted) end();
  return following;
}

/**
 * Whether the store has given this position. One later than this process's feed may be of an instance that is ahead, or
 * of a database that was since put back to an older state.
 */
export async function inHistory(
  { hub, store }: Pick<FollowDeps, 'hub' | 'store'>,
  sessionId: string | null,
  position: Position,
): Promise<boolean> {
  if (position <= hub.position()) return (await store.hasGiven?.(position)) ?? true;
  try {
    await store.history({ sessionId, after: position, until: position, limit: 1 });
    return true;
  } catch (error) {
    if (error instanceof HistoryLost) return false;
    throw error;
  }
}

/** An error of these codes with the cursor to resume from; any other as it is. */
export function withCursor(
  error: unknown,
  cursor: () => string,
  codes: readonly ErrorCode[] = ['SUBSCRIBER_TOO_SLOW'],
): unknown {
  if (!(error instanceof ParleyError) || !codes.includes(error.code) || error.details.cursor) return error;
  return new ParleyError(error.code, error.message, { details: { cursor: cursor() } });
}
