import type { Statements } from './statements.js';

/** Of the reply that has become the message at this place: it held what the message said. */
export function dropParts(statements: Statements, agent: number, position: number): void {
  for (const { id } of statements.all(
    'SELECT id FROM replies WHERE agent = ? AND position = ?',
    agent,
    position,
  )) {
    statements.run('DELETE FROM reply_log WHERE reply = ?', id);
    tell(statements, id);
  }
}

/** Whoever listens looks at the reply again. */
export const tell = (statements: Statements, reply: number) =>
  statements.run('INSERT INTO reply_log (reply) VALUES (?)', reply);
