import { alreadyStored, isSameMessage } from '../../../domain/sessions/same-message.js';
import { checkRepetition } from '../../../domain/sessions/session-bounds.js';
import type { AppendMessages, NewMessage } from '../../../domain/sessions/session-store.js';
import { MESSAGE_BYTES } from '../reads/part-columns.js';
import { toMessage } from '../reads/rows.js';
import type { Row, Statements } from '../statements.js';
import { type Given, givenMessage } from './given-message.js';
import { messageBy } from './message-rows.js';
import { givenOf, jsonOf } from './packed-values.js';

/** Of each message of the append what is stored of it already: by an earlier try, or under its `clientId`. */
export function storedAlready(
  statements: Statements,
  agent: number,
  { sessionId, agentId, messages, unkeyed }: AppendMessages,
): (Given | null)[] {
  const find = (column: 'storage_id' | 'client_id', value: string): Row | null =>
    statements.get(
      `SELECT position, ${MESSAGE_BYTES} AS bytes FROM messages WHERE agent = ? AND ${column} = ?`,
      agent,
      value,
    ) ?? null;
  // Without a key of the caller's every storage id is a new one.
  const byKey = messages.map(({ storageId }) => (unkeyed ? null : find('storage_id', storageId)));
  const byClient = messages.map(({ clientId }, index) =>
    clientId === undefined || byKey[index] ? null : find('client_id', clientId),
  );
  const found = [...byKey, ...byClient].filter((row) => row !== null);
  if (found.length === 0) return messages.map(() => null);
  checkRepetition(
    found.reduce((sum, { bytes }) => sum + bytes, 0),
    messages,
  );
  const read = (row: Row | null | undefined) =>
    row ? { row: messageBy(statements, agent, 'position', row.position) as Row } : null;
  const stored = alreadyStored(
    messages,
    {
      made: byKey.some((row) => row !== null),
      byKey: (index) => read(byKey[index]),
      byClient: (index) => read(byClient[index]),
    },
    ({ row }, given) =>
      saysSame(row, given) || isSameMessage(toMessage(sessionId, agentId, row), unpacked(given)),
  );
  return stored.map((one) => one && givenMessage(sessionId, agentId, one.row, one.known));
}

const unpacked = (given: NewMessage): NewMessage => ({
  ...given,
  content: givenOf(given.content),
  ...(given.metadata ? { metadata: givenOf(given.metadata) } : {}),
});

/** Most repetitions bring what is stored to the letter: nothing of it is parsed. */
function saysSame(
  row: Row,
  { role, content, metadata, clientId, trackingId, createdAt, supersedes }: NewMessage,
): boolean {
  return (
    row.redacted === 0 &&
    !row.supersedes &&
    !supersedes?.length &&
    (createdAt === undefined || createdAt.getTime() === row.created_at) &&
    role === row.role &&
    (clientId ?? null) === row.client_id &&
    (trackingId ?? null) === row.tracking_id &&
    (metadata ? jsonOf(metadata) : null) === row.metadata &&
    jsonOf(content) === row.content
  );
}
