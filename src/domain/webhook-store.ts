import type { Position } from './sessions/session-store.js';

/**
 * The port for what webhooks have come to: for each endpoint how far it has been told, what it has not taken yet, and what was
 * given up. Events are kept by identity alone: what they show is loaded when they are sent. Every adapter passes
 * test/stores/contract/webhooks.ts.
 *
 * A failure is a `ParleyError`; a database that cannot be reached, or was closed, is STORE_UNAVAILABLE: what was to be written may
 * have been, and is written again. A resolved write is durable. Names hold letters, digits, `_` and `-`.
 */
export interface WebhookStore {
  /**
   * Makes `holder` the one whose progress is saved from now on. An endpoint that is not known yet begins at `cursor`; any other
   * stays where it is.
   */
  begin(tenure: { endpoint: string; holder: string; cursor: Position }): Promise<EndpointMark>;
  /** What waits, in the order of positions, and the positions of the dead letters. */
  held(endpoint: string): Promise<{ waiting: HeldEvent[]; dead: Position[] }>;
  /**
   * All of it, or where the process dies in the middle a part that is safe to do again: what is held is written before the cursor
   * passes it. How many dead letters have gone with their sessions; null, and nothing is written, where the holder is no longer the one
   * that began last.
   */
  save(progress: WebhookProgress): Promise<number | null>;
  /** Null where the endpoint is not known. */
  mark(endpoint: string): Promise<EndpointMark | null>;

  /** Every endpoint that is known, by name. What waits is counted, in the caller's turn among those who scan. */
  list(caller?: string): Promise<EndpointState[]>;
  /** Dead letters in the order of positions, after `after` (null: from the first). */
  deadLetters(
    query: { endpoint: string; after: Position | null; limit: number },
    caller?: string,
  ): Promise<HeldEvent[]>;
  /** Dead letters wait again, as if they were new: those with these ids, or all (null). Which ones. */
  revive(letters: { endpoint: string; ids: readonly string[] | null; now: Date }): Promise<WebhookEvent[]>;
  /** Removes dead letters: those with these ids, or all (null). Which ones. */
  discard(letters: { endpoint: string; ids: readonly string[] | null }): Promise<WebhookEvent[]>;
  /** Ends what `disabled` says. False where the endpoint is not known. */
  enable(endpoint: string): Promise<boolean>;
  /** Removes everything of the endpoint. False where it is not known. */
  forget(endpoint: string): Promise<boolean>;
}

export const WEBHOOK_EVENTS = [
  'session.created',
  'session.deleted',
  'message.added',
  'message.updated',
  'metadata.changed',
  'feedback.added',
  'conversation.resync',
] as const;

/** What happened, by identity. */
export interface WebhookEvent {
  /** The same at each attempt: receivers know a repetition by it. */
  readonly id: string;
  readonly type: (typeof WEBHOOK_EVENTS)[number];
  readonly position: Position;
  /** When, in ms since 1970. */
  readonly at: number;
  /** Null: it is about all sessions. */
  readonly sessionId: string | null;
  /** As in `Change`. */
  readonly sessionCreatedAt: number | null;
  readonly agentId: string | null;
  /** Of the message in its agent, or of the feedback in its session. */
  readonly index: number | null;
  /** Why the data are to be read again. */
  readonly reason: string | null;
}

/** An event that was not taken, or waits behind one of its session. An endpoint holds one at a position at most. */
export interface HeldEvent {
  readonly event: WebhookEvent;
  /** Since when it is held. */
  readonly since: Date;
  readonly attempts: number;
  readonly dueAt: Date;
  /** What became of the last attempt: a status or an error's code, nothing of what was sent or answered. */
  readonly failure: string | null;
  /** When it was given up; null: it waits. */
  readonly deadAt: Date | null;
}

export interface WebhookProgress {
  endpoint: string;
  holder: string;
  /** Everything up to it was taken, is held, or is nothing to the endpoint. */
  cursor: Position;
  /** In the place of what is held at their positions. */
  put: readonly HeldEvent[];
  remove: readonly Position[];
  /** Sessions that are gone: their dead letters go. */
  erased: readonly string[];
  /** When it last took an event; null: as it was. */
  deliveredAt: Date | null;
  /** Why nothing more is sent; null: as it was. */
  disabled: string | null;
}

/** `revision` rises with each of `revive`, `discard` and `enable`. */
export interface EndpointMark {
  cursor: Position;
  disabled: string | null;
  revision: number;
}

export interface EndpointState extends EndpointMark {
  endpoint: string;
  deliveredAt: Date | null;
  waiting: number;
  dead: number;
  /** What became of the last attempt at the first event that waits after one; null where none has failed. */
  failure: string | null;
}
