import type { Statements } from './statements.js';

export const REPLY_AT = 'SELECT id FROM replies WHERE agent = ? AND position = ?';
export const FORGET_TOLD = 'DELETE FROM reply_log WHERE reply = ? AND parts IS NULL';

/** Of the reply that has become the message at this place: it held what the message said. */
export function dropParts(statements: Statements, agent: number, position: number): void {
  for (const { id } of statements.all(REPLY_AT, agent, position)) {
    statements.run('DELETE FROM reply_log WHERE reply = ?', id);
    tell(statements, id);
  }
}

/** Whoever listens looks at the reply again: one row says so, however often it has changed. */
export function tell(statements: Statements, reply: number): void {
  statements.run(FORGET_TOLD, reply);
  statements.run('INSERT INTO reply_log (reply) VALUES (?)', reply);
}
