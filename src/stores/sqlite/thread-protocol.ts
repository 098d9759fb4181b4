import type { SessionStore } from '../../domain/session-store.js';
import type { ThreadError } from './sqlite-error.js';

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

export type Scans = 'findSessions' | 'countSessions' | 'listSnapshots';

/** Methods that run in a thread, with what they are sent. Everything is structured-cloned, dates too. */
export type ThreadMethod = Writes | Scans | 'writeSnapshot' | 'deleteSnapshot' | 'secret' | AccessWrites;

export type AccessWrites = 'createKey' | 'revokeKey' | 'touchKey' | 'appendAudit' | 'pruneAudit';

export interface ThreadCall {
  id: number;
  method: ThreadMethod;
  input: unknown;
  /** When it was asked, in milliseconds of the system's clock, which threads share. */
  at: number;
}

/** From a thread: first `ready` or `failed`, then an answer to each call; the writer also tells of each commit. */
export type ThreadMessage =
  | { type: 'ready' }
  | { type: 'failed'; error: ThreadError }
  | { type: 'answer'; id: number; result: unknown }
  | { type: 'refusal'; id: number; error: ThreadError }
  | { type: 'committed' };

export interface WriterData {
  path: string;
  synchronous: 'FULL' | 'NORMAL';
  metadataIndexes: readonly string[] | null;
}

export interface ReaderData {
  path: string;
  scanLimitMs: number;
}

/** `deleteSession` with its arguments as one value. */
export type WriteInput<M extends Writes> = M extends 'deleteSession'
  ? { sessionId: string; now: Date }
  : Parameters<SessionStore[M]>[0];
