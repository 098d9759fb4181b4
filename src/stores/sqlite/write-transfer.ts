import { ParleyError } from '../../domain/errors.js';
import { charactersLeft } from '../../domain/json/json-size.js';
import { AGENT_PARTS } from '../../domain/sessions/session-store.js';
import type { TransferCounts } from '../../domain/sessions/transfer.js';
import { logAdded, logChange } from './change-log.js';
import type { Statements } from './statements.js';
import type { AgentRows, NewAgentRow, PartRows } from './transfer-rows.js';
import { inRow, setValue } from './writes/agent-values.js';
import { insertMessageRow } from './writes/message-rows.js';
import { insertReceiptRow } from './writes/receipts.js';
import { Unfinished } from './writes/unfinished.js';
import { addTokens, recountAgent } from './writes/usage-totals.js';
import {
  findSession,
  insertFeedbackRow,
  insertSessionRow,
  type SessionRow,
} from './writes/write-sessions.js';

/** `most`: characters of the parts that one transaction takes, one part at the least; all where absent. `before`: what earlier ones have written. */
interface WriteTransfer {
  parts: readonly PartRows[];
  now: Date;
  most?: number;
  before?: TransferCounts;
}

export function writeTransfer(statements: Statements, input: WriteTransfer): TransferCounts | Unfinished {
  const { parts, now, most, before = { sessions: 0, messages: 0, there: 0 } } = input;
  const counts = { ...before };
  let room = most ?? 0;
  for (const [index, part] of parts.entries()) {
    writePart(statements, part, now, counts);
    if (most === undefined || index === parts.length - 1) continue;
    room = charactersLeft(part, room);
    if (room > 0) continue;
    const rest: WriteTransfer = { parts: parts.slice(index + 1), now, most, before: counts };
    return new Unfinished({ method: 'writeTransfer', input: rest }, counts, 'when done');
  }
  return counts;
}

function writePart(statements: Statements, part: PartRows, now: Date, counts: TransferCounts): void {
  const { sessionId, createdAt } = part.session;
  const found = findSession(statements, sessionId);
  // Deleted since its first piece came: it stays so.
  if (!found && part.continues) return;
  if (found && found.created_at !== createdAt) {
    if (!part.continues) counts.there++;
    return;
  }
  const session = found ?? insertSession(statements, part, now);
  let added = 0;
  for (const [index, given] of part.agents.entries()) {
    added += writeAgent(statements, session, given, part.continues && index === 0, now);
  }
  counts.messages += added;
  if (part.continues) return;
  if (!found) counts.sessions++;
  else if (added === 0) counts.there++;
}

function insertSession(statements: Statements, part: PartRows, now: Date): SessionRow {
  const session = insertSessionRow(statements, part.session, now);
  const { id } = session;
  for (const [position, row] of part.feedback.entries()) insertFeedbackRow(statements, id, position, row);
  for (const [position, event] of part.guardrailEvents.entries()) {
    statements.run(
      'INSERT INTO guardrail_events (session, position, event) VALUES (?, ?, ?)',
      id,
      position,
      event,
    );
  }
  notTwice('the session has two receipts of one key', () => {
    for (const receipt of part.receipts) insertReceiptRow(statements, id, receipt);
  });
  return session;
}

/** How many messages were added. `resumed`: earlier parts had some of its messages. */
function writeAgent(
  statements: Statements,
  session: SessionRow,
  { agent: given, messages, ends, counts, spent }: AgentRows,
  resumed: boolean,
  now: Date,
): number {
  const known = statements.get(
    'SELECT id, message_count FROM agents WHERE session = ? AND agent_id = ?',
    session.id,
    given.agentId,
  );
  const { agentId } = given;
  const { id, message_count } = known ?? insertAgent(statements, session, given);
  if (!known) logChange(statements, session, { kind: 'agent-updated', agentId }, now);
  const missing = messages.filter(({ position }) => position >= message_count);
  // The piece before was refused, which ends the import: nothing is stored behind a gap.
  if (missing[0] && missing[0].position > message_count) return 0;
  notTwice(`agent ${JSON.stringify(agentId)} has two messages of one storageId or clientId`, () => {
    for (const message of missing) insertMessageRow(statements, id, message);
  });
  const last = missing.at(-1);
  if (last) {
    logAdded(statements, session, { agentId, from: message_count, to: last.position }, now);
    statements.run(
      'UPDATE agents SET message_count = ?, last_message_at = max(last_message_at, ?) WHERE id = ?',
      last.position + 1,
      last.createdAt,
      id,
    );
  }
  // Counters run on from one message to the next: they are counted once all are there, and until then by their messages alone.
  const whole = ends && message_count === 0 && !resumed;
  if (ends && (whole ? counts : last || resumed)) recountAgent(statements, id);
  else if (spent && missing.length === messages.length) addTokens(statements, id, spent);
  return missing.length;
}

/** BAD_USER_INPUT with `why` where a row is there already. */
function notTwice(why: string, insert: () => void): void {
  try {
    insert();
  } catch (error) {
    const code = String((error as { code?: unknown }).code);
    if (!/^SQLITE_CONSTRAINT_(UNIQUE|PRIMARYKEY)$/.test(code)) throw error;
    throw new ParleyError('BAD_USER_INPUT', why, { cause: error });
  }
}

function insertAgent(statements: Statements, session: SessionRow, row: NewAgentRow) {
  const { lastInsertRowid } = statements.run(
    `INSERT INTO agents (session, agent_id, model, system_prompt, prompt_metadata, state, conversation_manager_state,
       created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    session.id,
    row.agentId,
    row.model,
    ...AGENT_PARTS.map((part) => inRow(part, row[part])),
    row.createdAt,
    row.updatedAt,
  );
  const agent = { id: Number(lastInsertRowid), aside: 0, message_count: 0 };
  for (const part of AGENT_PARTS) {
    if (inRow(part, row[part]) !== row[part]) setValue(statements, agent, part, row[part]);
  }
  return agent;
}
