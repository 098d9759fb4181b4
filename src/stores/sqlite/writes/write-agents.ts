import { agentNotFound } from '../../../domain/errors.js';
import { checkAgents } from '../../../domain/sessions/session-bounds.js';
import type { AgentPart, UpsertAgent } from '../../../domain/sessions/session-store.js';
import { logChange } from '../change-log.js';
import type { Statements } from '../statements.js';
import { setValue } from './agent-values.js';
import { jsonOf } from './packed-values.js';
import { findReceipt, leaveReceipt } from './receipts.js';
import { requireSession, type SessionRow, touchSession } from './write-sessions.js';

/** What a write needs to know of the agent it changes. */
export interface AgentRow {
  id: number;
  message_count: number;
  last_message_at: number;
  /** Which of its parts lie beside its row. */
  aside: number;
}

/** As the Python library's agents start: without it a Strands agent cannot be restored. */
const NEW_CONVERSATION_MANAGER_STATE = JSON.stringify({
  __name__: 'SlidingWindowConversationManager',
  removed_message_count: 0,
  model_call_count: 0,
});

export function findAgent(statements: Statements, session: SessionRow, agentId: string): AgentRow | null {
  return (
    statements.get(
      'SELECT id, message_count, last_message_at, aside FROM agents WHERE session = ? AND agent_id = ?',
      session.id,
      agentId,
    ) ?? null
  );
}

export function requireAgent(statements: Statements, session: SessionRow, agentId: string): AgentRow {
  const agent = findAgent(statements, session, agentId);
  if (!agent) throw agentNotFound(session.session_id, agentId);
  return agent;
}

/** Moves the `updated_at` of the agent and its session on, never back. */
export function touchAgent(statements: Statements, session: SessionRow, agent: AgentRow, now: Date): void {
  statements.run('UPDATE agents SET updated_at = max(updated_at, ?) WHERE id = ?', now.getTime(), agent.id);
  touchSession(statements, session, now);
}

export function insertAgent(
  statements: Statements,
  session: SessionRow,
  agentId: string,
  now: Date,
): AgentRow {
  checkAgents(statements.get('SELECT count(*) AS count FROM agents WHERE session = ?', session.id)?.count);
  const { lastInsertRowid } = statements.run(
    `INSERT INTO agents (session, agent_id, state, conversation_manager_state, created_at, updated_at)
     VALUES (?, ?, '{}', ?, ?, ?)`,
    session.id,
    agentId,
    NEW_CONVERSATION_MANAGER_STATE,
    now.getTime(),
    now.getTime(),
  );
  return { id: Number(lastInsertRowid), message_count: 0, last_message_at: 0, aside: 0 };
}

export function upsertAgent(statements: Statements, input: UpsertAgent): void {
  const { receipt, now } = input;
  const session = requireSession(statements, input.sessionId);
  if (findReceipt(statements, session.id, receipt)) return;
  const known = findAgent(statements, session, input.agentId);
  const agent = known ?? insertAgent(statements, session, input.agentId, now);
  const set = (part: AgentPart, value: string | null | undefined) => {
    if (value !== undefined) setValue(statements, agent, part, value);
  };
  if (input.model !== undefined)
    statements.run('UPDATE agents SET model = ? WHERE id = ?', input.model, agent.id);
  set('systemPrompt', input.systemPrompt);
  set('promptMetadata', input.promptMetadata && jsonOf(input.promptMetadata));
  set('state', input.state && jsonOf(input.state));
  set('conversationManagerState', input.conversationManagerState && jsonOf(input.conversationManagerState));
  if (!known || input.state || input.conversationManagerState) touchAgent(statements, session, agent, now);
  leaveReceipt(statements, session.id, receipt, now);
  logChange(statements, session, { kind: 'agent-updated', agentId: input.agentId }, now);
}
