import { AGENT_PARTS, type AgentPart } from '../../../domain/sessions/session-store.js';
import type { Row, Statements } from '../statements.js';
import { asBytes, isLarge } from './large-values.js';

/** A part's column in the agent's row, its bit in `aside`, and what stands in the column while the value lies beside the row. */
const PLACES: Readonly<Record<AgentPart, { column: string; bit: number; none: string | null }>> = {
  systemPrompt: { column: 'system_prompt', bit: 1, none: null },
  promptMetadata: { column: 'prompt_metadata', bit: 2, none: null },
  state: { column: 'state', bit: 4, none: '{}' },
  conversationManagerState: { column: 'conversation_manager_state', bit: 8, none: '{}' },
};

const aside = (part: AgentPart, select: (value: string) => string): string => {
  const { column, bit } = PLACES[part];
  const beside = `SELECT ${select('value')} FROM agent_values WHERE agent = agents.id AND part = ${bit}`;
  return `iif(agents.aside & ${bit}, (${beside}), ${select(`agents.${column}`)})`;
};

/** The value of a part, in a statement on `agents`. */
export const valueSql = (part: AgentPart): string => aside(part, (value) => value);

/** What these parts take, found without reading them. */
export const bytesSql = (parts: readonly AgentPart[]): string =>
  ['0', ...parts.map((part) => `coalesce(${aside(part, (value) => `octet_length(${value})`)}, 0)`)].join(
    ' + ',
  );

const isBeside = (value: string | null): value is string => value !== null && isLarge(value);

/** What of a value stands in the agent's row. */
export const inRow = (part: AgentPart, value: string | null): string | null =>
  isBeside(value) ? PLACES[part].none : value;

/** `agent`: its row, and which of its parts lay beside that before; `value`: a text, or JSON. */
export function setValue(
  statements: Statements,
  agent: { id: number; aside: number },
  part: AgentPart,
  value: string | null,
): void {
  const { column, bit } = PLACES[part];
  // First: see `isLarge`.
  if (agent.aside & bit)
    statements.run('DELETE FROM agent_values WHERE agent = ? AND part = ?', agent.id, bit);
  statements.run(
    `UPDATE agents SET ${column} = ?, aside = ${isBeside(value) ? `aside | ${bit}` : `aside & ~${bit}`} WHERE id = ?`,
    inRow(part, value),
    agent.id,
  );
  if (!isBeside(value)) return;
  statements.run(
    'INSERT INTO agent_values (agent, part, value) VALUES (?, ?, CAST(? AS TEXT))',
    agent.id,
    bit,
    asBytes(value),
  );
}

/** A whole row of `agents` with what lies beside it. */
export function withValues(statements: Statements, row: Row): Row {
  for (const part of AGENT_PARTS) {
    const { column, bit } = PLACES[part];
    if ((row.aside & bit) === 0) continue;
    row[column] = statements.get(
      'SELECT value FROM agent_values WHERE agent = ? AND part = ?',
      row.id,
      bit,
    )?.value;
  }
  return row;
}
