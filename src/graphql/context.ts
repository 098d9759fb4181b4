import type { Logger } from 'pino';
import type { AuditLog } from '../domain/access/audit-log.js';
import type { CallersReplies } from '../domain/access/guarded-replies.js';
import type { CallersSnapshots } from '../domain/access/guarded-snapshots.js';
import type { Caller } from '../domain/access/policy.js';
import type { Later } from '../domain/async/later.js';
import type { HandOver, SlowReader } from '../domain/live/follow.js';
import type { Live } from '../domain/live/guarded-live.js';
import type { ServerStatus } from '../domain/live/server-status.js';
import type { SessionService } from '../domain/sessions/session-service.js';
import type { WebhookStore } from '../domain/webhook-store.js';
import type { CursorCodec } from './cursor.js';
import type { Loaders } from './loading/loaders.js';

export interface SessionGrant {
  sessionId: string;
  /** When the session was made, in ms: a later one of its id is another session. */
  createdAt: number | null;
  scopes: readonly ('read' | 'append' | 'reply' | 'feedback')[];
  expiresAt: Date;
}

/** What resolvers work with: made anew for each operation, and for each event of a subscription. */
export interface RequestContext {
  service: SessionService;
  replies: CallersReplies;
  snapshots: CallersSnapshots;
  loaders: Loaders;
  cursors: CursorCodec;
  live: Live;
  caller: Caller;
  /** The reader of a subscription's events. */
  reader: SlowReader;
  handOver: HandOver | null;
  /** The cursor that a subscription goes on from, in place of the one that was asked for; null: that one. */
  goOn: string | null;
  /** Whose share of what all share it is. */
  share: string;
  status(): Promise<ServerStatus>;
  audit: Pick<AuditLog, 'list'>;
  webhooks: Pick<WebhookStore, 'list' | 'deadLetters'>;
  now: () => Date;
  /** Runs what needs rights beside the service's, with a line in the audit where they are missing. */
  audited<T>(action: string, sessionId: string | null, run: () => T | PromiseLike<T>): Promise<T>;
  /** What the operation is told of errors: refusals that the audit does not have yet get a line. */
  refused(errors: readonly unknown[]): void;
  /** A token for one session, signed. */
  signSessionToken(token: SessionGrant): Promise<string>;
  log: Logger;
  /**
   * Asked before each mutation of the operation: the first came in with it, and each further one counts and waits as an operation
   * of its own. RATE_LIMITED.
   */
  carryOut(): Later<void>;
  /** Waits for the turn of an operation that holds so many bytes: what it was sent. Rejects as a `ReadBudget` does. */
  hold(bytes: number): Promise<void>;
  /** There when an operation may begin that asks for so many objects. Rejects as a `ReadBudget` does. */
  begin(asked: number): Later<void>;
  /** The operation, or the event, has its result: gives back what it held of the reads that all share. */
  end(): void;
}

/** Where the events of a subscription go, absent: nowhere; and whose share its reads are, absent: the caller's. */
export type LivePlace = Partial<
  Pick<RequestContext, 'reader' | 'handOver' | 'goOn' | 'share'> & {
    /** Asked before each mutation but the first: the operation may have been let in long ago. UNAUTHENTICATED. */
    stillGood: (() => Later<void>) | undefined;
  }
>;

/** What one operation of this caller works with; `from` is the address that it came from. */
export type MakeContext = (caller: Caller, from: string, place?: LivePlace) => RequestContext;
