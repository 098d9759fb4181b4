import type { SessionStore } from '../../../domain/sessions/session-store.js';
import type { FileIdentity } from '../file/file-identity.js';
import type { Found } from '../reads/budgeted-read.js';
import type { ReadName } from '../reads/reads.js';
import type { ThreadError } from '../sqlite-error.js';
import type { Sendable } from './sendable.js';

export type Writes =
  | 'createSession'
  | 'deleteSession'
  | 'upsertAgent'
  | 'appendMessages'
  | 'recordMetrics'
  | 'redactMessage'
  | 'recordGuardrailEvent'
  | 'changeMetadata'
  | 'addFeedback';

export type Scans =
  | ReadName
  | 'countSessions'
  | 'findSnapshot'
  | 'listSnapshots'
  | 'remainsOf'
  | 'isExpired'
  | 'listAudit'
  | 'deadWebhooks'
  | 'listWebhooks';

/** Methods that run in a thread, with what they are sent. Everything is structured-cloned, dates too. */
export type ThreadMethod =
  | Writes
  | Scans
  | 'writeSnapshot'
  | 'deleteSnapshot'
  | 'secret'
  | 'tryWrite'
  | 'writeTransfer'
  | 'moveSnapshot'
  | 'moveAudit'
  | 'whenErased'
  | 'expireSession'
  | 'eraseGrave'
  | 'recountOn'
  | 'pruneReplies'
  | 'dropPartsOn'
  | 'takeLease'
  | 'releaseLease'
  | AccessWrites
  | WebhookWrites
  | ReplyWrites;

export type AccessWrites = 'createKey' | 'revokeKey' | 'touchKey' | 'appendAudit' | 'pruneAudit';

export type WebhookWrites =
  | 'beginWebhook'
  | 'saveWebhook'
  | 'reviveWebhooks'
  | 'discardWebhooks'
  | 'enableWebhook'
  | 'forgetWebhook';

export type ReplyWrites = 'startReply' | 'appendParts' | 'endReply' | 'discardReply' | 'abandonReplies';

export interface ThreadCall {
  id: number;
  input: unknown;
  /** Of one that was packed. */
  packed?: Sendable['packed'];
  method: ThreadMethod;
  /** When it was asked, by `processClock`. */
  at: number;
  /** Whose share of the thread's time it is; none: the process's own. */
  caller?: string | undefined;
}

export type ThreadAnswer =
  | { type: 'answer'; id: number; result: unknown }
  | { type: 'refusal'; id: number; error: ThreadError };

/**
 * From a thread: `opened` when the file has been opened, `ready` or `failed` when it serves, then an answer to each call; the writer
 * gives those of a commit together, and tells what whoever runs the server has to know.
 */
export type ThreadMessage =
  | { type: 'opened' }
  | { type: 'ready' }
  | { type: 'failed'; error: ThreadError }
  | ThreadAnswer
  | { type: 'committed'; answers: readonly ThreadAnswer[] }
  /** Whether further scans wait until the log is empty. */
  | { type: 'held'; held: boolean }
  /** Why nothing is written any more; null: the files are back where they were. */
  | { type: 'lost'; lost: ThreadError | null }
  | { type: 'notice'; level: 'info' | 'warn' | 'error'; text: string };

export interface WriterData {
  path: string;
  synchronous: 'FULL' | 'NORMAL';
  metadataIndexes: readonly string[] | null;
  /** The files as they were first opened: a thread that is started again serves these or none. Null for the first. */
  files: FileIdentity | null;
  /** How many numbers of changes are left out before its first; 0: none. */
  leap: number;
  /** What the log may hold before it is emptied in haste; as `LOG_ROOM` says where absent. */
  mostLogBytes?: number | undefined;
}

export type CheckpointerData = Pick<WriterData, 'path' | 'synchronous'> & { files: FileIdentity };

export interface ReaderData {
  path: string;
  scanLimitMs: number;
  files: FileIdentity;
}

/** What a read is asked; `most`: bytes up to which the rows come along with their size. */
export interface RowsWithin {
  input: unknown;
  most: number;
}

/** What it is answered: the rows in pieces. */
export type PackedRows = Found<Uint8Array[]>;

/** `deleteSession` with its arguments as one value. */
export type WriteInput<M extends Writes> = M extends 'deleteSession'
  ? { sessionId: string; now: Date }
  : Parameters<SessionStore[M]>[0];
