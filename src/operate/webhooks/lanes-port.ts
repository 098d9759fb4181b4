import type { Position } from '../../domain/sessions/session-store.js';
import type { HeldEvent, WebhookEvent } from '../../domain/webhook-store.js';
import type { Ledger } from './ledger.js';

/**
 * What one endpoint is still to be sent, a lane for each session: of a lane the first event alone is under way, and the others wait
 * for it. What has failed is held by the store, with all behind it; the rest is read again where the process ends. Times are in ms.
 */
export interface Lanes {
  /** The next event of the feed. One that is held already, or was given up, is passed over. */
  take(event: WebhookEvent, now: number): void;
  /** The session is gone: nothing that happened to it before can be told. */
  erase(sessionId: string): void;
  /** Held events that are not known yet, as where an operator has let them wait again. */
  restore(held: readonly HeldEvent[]): void;
  /**
   * The first event of a session that is due and not under way, of a caller of whom one more may be, caller by caller; it is under way
   * then.
   */
  next(now: number, mayStart?: OfCaller): HeldEvent | null;
  /** It has become known who writes to the session: what waits of it goes with that caller's. */
  writtenBy(sessionId: string): void;
  /** Whose event it is. */
  callerOf(held: HeldEvent): string;
  /** When the next one is due that is not yet; null: none waits for its time. */
  nextDueAt(): number | null;
  /** Taken, or nothing to tell: the next one of its session is due. */
  done(held: HeldEvent): void;
  /** Not taken: the same one again at `dueAt`. */
  failed(held: HeldEvent, failure: string, dueAt: number): void;
  /** Not taken, and not tried again: the next one of its session is due. */
  giveUp(held: HeldEvent, failure: string, now: number): void;
  /** Was not tried: again at `dueAt`. */
  postpone(held: HeldEvent, dueAt: number): void;
  /** Everything that waits is due. */
  hurry(): void;
  /** Whether more should be read. */
  hasRoom(): boolean;
  /** Whether more waits than may. */
  isFull(): boolean;
  /** Has what waits of these callers held by the store, so that more can be read. False where all of it is already. */
  setAside(of: OfCaller): boolean;
  /**
   * Where too much waits: gives up the sessions of which this says that of their first event, up to a quarter of all. The first `most`
   * events become dead letters; of the others nothing is left, and one event says that. How many of each.
   */
  giveWay(isRefused: (held: HeldEvent) => boolean, most: number, now: number): { dead: number; gone: number };
  /** Events that are not taken yet. */
  waiting(): number;
}

export interface LanesOptions {
  ledger: Ledger;
  /** What is held, by the store. */
  held: readonly HeldEvent[];
  /** Positions of what was given up. */
  dead: readonly Position[];
  limits: LaneLimits;
  /** What is told in the place of many events of a session, or of all; its reason is `QUEUE_FULL`. */
  instead(event: WebhookEvent, of: 'session' | 'all'): WebhookEvent;
  /** Who has written to a session lately, as far as is known; null: the event is about all. */
  writerOf(sessionId: string | null): string;
}

export interface LaneLimits {
  /** Events in memory that the store does not hold. */
  open: number;
  /** Events of all sessions. */
  waiting: number;
  /** Events that wait behind a failed one of their session; what comes then is told by one that stands for all of it. */
  inLane: number;
  /** Events that were never tried which go before one that has failed. */
  freshFirst: number;
  /** Between two events that stand for what of all sessions is not kept, in ms. */
  goneEveryMs: number;
  /** A time further ahead was given by a clock that was wrong. */
  longestDelayMs: number;
}

/** `underWay`: how many of the caller's are. */
export type OfCaller = (caller: string, underWay: number) => boolean;
