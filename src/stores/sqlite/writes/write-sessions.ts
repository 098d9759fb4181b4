import { atOnce, type Steps } from '../../../domain/async/in-slices.js';
import { ParleyError, sessionExists, sessionNotFound } from '../../../domain/errors.js';
import type { Feedback } from '../../../domain/sessions/model.js';
import {
  checkFeedbacks,
  checkMetadataSize,
  sizeOfMetadata,
} from '../../../domain/sessions/session-bounds.js';
import type {
  AddFeedback,
  ChangeMetadata,
  CreateSession,
  NewSession,
} from '../../../domain/sessions/session-store.js';
import { logChange } from '../change-log.js';
import { toFeedback } from '../reads/rows.js';
import { deleteSnapshotsOf } from '../snapshots.js';
import type { Statements } from '../statements.js';
import { forgetTouched, touch } from '../touched.js';
import { bury, STEP } from './graves.js';
import { asBytes, isLarge } from './large-values.js';
import { listedOf } from './listed-bytes.js';
import { dataVersion, newMetadata, type PreparedMetadata, type RefusedMetadata } from './new-metadata.js';
import { jsonOf } from './packed-values.js';
import { findReceipt, leaveReceipt } from './receipts.js';
import { Unfinished } from './unfinished.js';

/** What a write needs to know of the session it changes. */
export interface SessionRow {
  id: number;
  session_id: string;
  created_at: number;
}

export function findSession(statements: Statements, sessionId: string): SessionRow | null {
  return (
    statements.get('SELECT id, session_id, created_at FROM sessions WHERE session_id = ?', sessionId) ?? null
  );
}

export function requireSession(statements: Statements, sessionId: string): SessionRow {
  const session = findSession(statements, sessionId);
  if (!session) throw sessionNotFound(sessionId);
  return session;
}

/** Moves `updated_at` on, never back. */
export function touchSession(statements: Statements, session: SessionRow, now: Date): void {
  touch(statements, session.id, now);
}

export function insertSession(statements: Statements, input: NewSession, now: Date): SessionRow {
  const createdAt = now.getTime();
  const metadata = jsonOf(input.metadata);
  checkMetadataSize(sizeOfMetadata(metadata));
  return insertSessionRow(statements, { ...input, createdAt, updatedAt: createdAt, metadata }, now);
}

/** A session as its row holds it: dates in ms since 1970, its metadata as text. */
export interface NewSessionRow {
  sessionId: string;
  sessionType: string;
  applicationName: string | null;
  /** Without one the row is refused. */
  viewerPassword?: string;
  createdAt: number;
  updatedAt: number;
  metadata: string;
}

export function insertSessionRow(statements: Statements, row: NewSessionRow, now: Date): SessionRow {
  const { lastInsertRowid } = statements.run(
    // A number that what is left of an earlier session goes by is not given to another.
    `INSERT INTO sessions (id, session_id, session_type, application_name, viewer_password, created_at, updated_at, metadata)
     VALUES (1 + max(coalesce((SELECT max(id) FROM sessions), 0), coalesce((SELECT max(session) FROM graves), 0)), ?, ?, ?, ?, ?, ?, CAST(? AS TEXT))`,
    row.sessionId,
    row.sessionType,
    row.applicationName,
    row.viewerPassword,
    row.createdAt,
    row.updatedAt,
    asBytes(row.metadata),
  );
  const session = { id: Number(lastInsertRowid), session_id: row.sessionId, created_at: row.createdAt };
  logChange(statements, session, { kind: 'session-created' }, now);
  return session;
}

export function createSession(statements: Statements, input: CreateSession): void {
  const found = findSession(statements, input.sessionId);
  if (found) {
    if (findReceipt(statements, found.id, input.receipt)) return;
    throw sessionExists(input.sessionId);
  }
  const session = insertSession(statements, input, input.now);
  leaveReceipt(statements, session.id, input.receipt, input.now);
}

/**
 * What is large is not removed at once. Snapshots go first, for they are found by the session's id; then the session is gone with one
 * step, and the answer comes when what belonged to it is erased. `found`: an earlier step has found something.
 */
export function deleteSession(
  statements: Statements,
  input: { sessionId: string; now: Date; found?: boolean },
): boolean | Unfinished {
  const snapshots = deleteSnapshotsOf(statements, input.sessionId, { ...STEP });
  if (!snapshots.all) {
    return new Unfinished({ method: 'deleteSession', input: { ...input, found: true } }, true, 'when done');
  }
  const session = findSession(statements, input.sessionId);
  if (!session) return snapshots.any || input.found === true;
  statements.run('DELETE FROM sessions WHERE id = ?', session.id);
  forgetTouched(statements, session.id);
  logChange(statements, session, { kind: 'session-deleted' }, input.now);
  return bury(statements, session.id);
}

/** What a change will make of the metadata, or what it is refused for; null where there is nothing to change. */
export function* prepareMetadata(
  statements: Statements,
  input: ChangeMetadata,
): Steps<PreparedMetadata | RefusedMetadata | null> {
  const session = requireSession(statements, input.sessionId);
  if (findReceipt(statements, session.id, input.receipt)) return null;
  const version = dataVersion(statements);
  try {
    return yield* newMetadata(statements, session, input);
  } catch (refusal) {
    // What the database itself fails with may not fail it again.
    if (!(refusal instanceof ParleyError)) throw refusal;
    return { refusal, version };
  }
}

/** `prepared`: what `prepareMetadata` gave, without a write to the session since. */
export function changeMetadata(
  statements: Statements,
  input: ChangeMetadata,
  prepared?: PreparedMetadata | RefusedMetadata | null,
): void {
  const session = requireSession(statements, input.sessionId);
  if (findReceipt(statements, session.id, input.receipt)) return;
  const made =
    prepared && prepared.version === dataVersion(statements)
      ? prepared
      : atOnce(newMetadata(statements, session, input));
  if ('refusal' in made) throw made.refusal;
  const { json, size, sets } = made;
  if (sets) checkMetadataSize(size);
  if (isLarge(json)) statements.run(`UPDATE sessions SET metadata = '{}' WHERE id = ?`, session.id);
  statements.run('UPDATE sessions SET metadata = CAST(? AS TEXT) WHERE id = ?', json, session.id);
  leaveReceipt(statements, session.id, input.receipt, input.now);
  logChange(statements, session, { kind: 'metadata-changed' }, input.now);
}

export function addFeedback(statements: Statements, input: AddFeedback): Feedback {
  const session = requireSession(statements, input.sessionId);
  const known = findReceipt(statements, session.id, input.receipt);
  if (known) return storedFeedback(statements, session, known.position);
  const { rating, comment } = input.feedback;
  const fields = JSON.stringify(input.feedback.fields);
  const { next, bytes } = listedOf(statements, 'feedback', session.id);
  const bytesSoFar = bytes + Buffer.byteLength(comment ?? '') + Buffer.byteLength(fields);
  checkFeedbacks(next + 1, bytesSoFar);
  const createdAt = input.now.getTime();
  insertFeedbackRow(statements, session.id, next, { rating, comment, fields, createdAt, bytesSoFar });
  touchSession(statements, session, input.now);
  leaveReceipt(statements, session.id, input.receipt, input.now, next);
  logChange(statements, session, { kind: 'feedback-added', index: next }, input.now);
  return storedFeedback(statements, session, next);
}

/** `fields` as JSON, `createdAt` in ms since 1970, `bytesSoFar` with those before it, where they are known. */
export function insertFeedbackRow(
  statements: Statements,
  session: number,
  position: number,
  row: {
    rating: string | null;
    comment: string | null;
    fields: string;
    createdAt: number;
    bytesSoFar?: number;
  },
): void {
  statements.run(
    `INSERT INTO feedback (session, position, rating, comment, fields, created_at, bytes_so_far)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    session,
    position,
    row.rating,
    row.comment,
    row.fields,
    row.createdAt,
    row.bytesSoFar ?? null,
  );
}

function storedFeedback(statements: Statements, session: SessionRow, position: number): Feedback {
  const row = statements.get(
    'SELECT * FROM feedback WHERE session = ? AND position = ?',
    session.id,
    position,
  );
  return toFeedback([row.rating, row.comment, row.fields, row.created_at]);
}
