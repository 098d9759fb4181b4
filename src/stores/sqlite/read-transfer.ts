import type { JsonValue } from '../../domain/json/json-value.js';
import { escapedText } from '../../domain/json/portable-json.js';
import type {
  SessionRecord,
  TransferAgent,
  TransferMessage,
  TransferSession,
} from '../../domain/sessions/transfer.js';
import type { Row, Statements } from './statements.js';
import { UPDATED_AT } from './touched.js';
import { noStorageId } from './transfer-rows.js';
import { withValues } from './writes/agent-values.js';
import { MOVED_DIGITS } from './writes/receipts.js';

/** Messages, and about how many bytes of them, that one page of an export holds. */
const PAGE = 500;
const PAGE_BYTES = 4 * 1024 * 1024;

export function* readTransfer(
  statements: Statements,
  sessionId: string,
  secrets: boolean,
): Generator<SessionRecord[]> {
  const row = statements.get(
    `SELECT *, ${UPDATED_AT} AS touched_at FROM sessions WHERE session_id = ?`,
    sessionId,
  );
  if (!row) return;
  yield [sessionFrom(statements, row, secrets)];
  for (const agent of statements.all('SELECT * FROM agents WHERE session = ? ORDER BY id', row.id)) {
    yield [agentFrom(withValues(statements, agent))];
    yield* messagePages(statements, agent.id);
  }
}

function* messagePages(statements: Statements, agent: number): Generator<TransferMessage[]> {
  for (let after = -1; ; ) {
    // Sizes stand in a row's header: nothing large is read before it is known to be.
    const sizes = statements.all(
      `SELECT position, octet_length(content) + coalesce(octet_length(metadata), 0)
         + coalesce(octet_length(event_loop_metrics), 0) AS bytes
       FROM messages WHERE agent = ? AND position > ? ORDER BY position LIMIT +?`,
      agent,
      after,
      PAGE,
    );
    if (sizes.length === 0) return;
    const through = withinBytes(sizes);
    yield statements
      .all(
        'SELECT * FROM messages WHERE agent = ? AND position > ? AND position <= ? ORDER BY position',
        agent,
        after,
        through,
      )
      .map(messageFrom);
    after = through;
  }
}

/** The position of the last that fits; of the first in any case. */
function withinBytes(sizes: readonly Row[]): number {
  let bytes = 0;
  let through = sizes[0].position;
  for (const row of sizes) {
    bytes += row.bytes;
    if (bytes > PAGE_BYTES) break;
    through = row.position;
  }
  return through;
}

function sessionFrom(statements: Statements, row: Row, secrets: boolean): TransferSession {
  const listed = (sql: string) => statements.all(`${sql} WHERE session = ? ORDER BY 1`, row.id);
  return {
    kind: 'session',
    sessionId: row.session_id,
    sessionType: row.session_type,
    applicationName: row.application_name,
    createdAt: iso(row.created_at),
    updatedAt: iso(row.touched_at),
    metadata: escapedText(row.metadata),
    feedback: listed('SELECT position, rating, comment, fields, created_at FROM feedback').map((one) => ({
      rating: one.rating,
      comment: one.comment,
      createdAt: iso(one.created_at),
      fields: escapedText(one.fields),
    })),
    guardrailEvents: listed('SELECT position, event FROM guardrail_events').map((one) =>
      escapedText(one.event),
    ),
    receipts: listed('SELECT key_hash, body_hash, position, written_at FROM receipts').map((one) => ({
      key: one.key_hash.slice(0, MOVED_DIGITS),
      body: one.body_hash.slice(0, MOVED_DIGITS),
      at: iso(one.written_at),
      ...(one.position === 0 ? {} : { position: one.position }),
    })),
    ...(secrets ? { viewerPassword: row.viewer_password } : {}),
  };
}

const agentFrom = (row: Row): TransferAgent => ({
  kind: 'agent',
  agentId: row.agent_id,
  model: row.model,
  systemPrompt: row.system_prompt,
  promptMetadata: orNull(row.prompt_metadata),
  state: escapedText(row.state),
  conversationManagerState: escapedText(row.conversation_manager_state),
  createdAt: iso(row.created_at),
  updatedAt: iso(row.updated_at),
});

const messageFrom = (row: Row): TransferMessage => ({
  kind: 'message',
  position: row.position,
  messageId: row.position,
  storageId: row.storage_id === noStorageId(row.position) ? null : row.storage_id,
  clientId: row.client_id,
  trackingId: row.tracking_id,
  role: row.role || null,
  content: escapedText(row.content),
  redacted: row.redacted === 1,
  metadata: orNull(row.metadata),
  eventLoopMetrics: orNull(row.event_loop_metrics),
  guardrailEvent: orNull(row.guardrail_event),
  createdAt: iso(row.created_at),
  updatedAt: iso(row.updated_at),
  ...(row.supersedes === null ? {} : { supersedes: JSON.parse(row.supersedes) }),
});

const iso = (ms: number) => new Date(ms).toISOString();
const orNull = (text: string | null): JsonValue => (text === null ? null : escapedText(text));
