import type { Row, Statements } from '../statements.js';
import { asBytes } from './large-values.js';

/** A message as its row holds it: dates in ms since 1970, what is JSON as text. */
export interface NewMessageRow {
  position: number;
  storageId: string;
  role: string | null;
  content: string;
  redacted: boolean;
  metadata: string | null;
  eventLoopMetrics: string | null;
  guardrailEvent: string | null;
  createdAt: number;
  updatedAt: number;
  clientId: string | null;
  trackingId: string | null;
  /** `[[from, to], …]`: see `Mark`. */
  supersedes: string | null;
}

export function insertMessageRow(statements: Statements, agent: number, row: NewMessageRow): void {
  statements.run(
    `INSERT INTO messages (agent, position, storage_id, role, content, redacted, metadata, event_loop_metrics,
       guardrail_event, created_at, updated_at, client_id, tracking_id, supersedes) VALUES (?, ?, ?, ?, CAST(? AS TEXT), ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    agent,
    row.position,
    row.storageId,
    row.role,
    asBytes(row.content),
    row.redacted ? 1 : 0,
    row.metadata,
    row.eventLoopMetrics,
    row.guardrailEvent,
    row.createdAt,
    row.updatedAt,
    row.clientId,
    row.trackingId,
    row.supersedes,
  );
}

const rowBy =
  (columns: string) =>
  (
    statements: Statements,
    agent: number,
    column: 'position' | 'storage_id' | 'client_id',
    value: string | number,
  ): Row | undefined =>
    statements.get(`SELECT ${columns} FROM messages WHERE agent = ? AND ${column} = ?`, agent, value);

/** The message of the agent that has this value in the column, each of which an index finds. */
export const messageBy = rowBy('*');

/** The same, of its row what tells which it is. */
export const placeBy = rowBy('position, storage_id, role');
