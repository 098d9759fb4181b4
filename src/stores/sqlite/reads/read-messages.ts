import { ROW_BYTES } from '../../../domain/read-budget.js';
import type { Message } from '../../../domain/sessions/model.js';
import type { MessageAddress, MessagePart } from '../../../domain/sessions/session-store.js';
import { foundRows, foundSql } from './budgeted-read.js';
import {
  bytesOf,
  forMessageParts,
  isSaid,
  MESSAGE_COLUMNS,
  MESSAGE_PART_COLUMNS,
  selected,
} from './part-columns.js';
import { openedMessage, toMessage } from './rows.js';
import type { RowsRead } from './rows-read.js';

const addressed = (bytes: string) => `
SELECT address.key AS request, messages.rowid AS row, ${bytes} AS bytes
FROM json_each(?) AS address
CROSS JOIN sessions ON sessions.session_id = address.value ->> 'sessionId'
CROSS JOIN agents ON agents.session = sessions.id AND agents.agent_id = address.value ->> 'agentId'
CROSS JOIN messages ON messages.agent = agents.id AND messages.position = coalesce(
  address.value ->> 'position', address.value ->> 'messageId',
  (SELECT position FROM messages AS same WHERE same.agent = agents.id AND same.storage_id = address.value ->> 'storageId'),
  (SELECT position FROM messages AS same WHERE same.agent = agents.id AND same.client_id = address.value ->> 'clientId'))`;

/** By a list of addresses. */
export const loadMessagesSql = forMessageParts((parts) =>
  foundSql({
    asked: addressed(`${ROW_BYTES}${bytesOf('messages', MESSAGE_PART_COLUMNS, parts)}`),
    rows: 'messages ON messages.rowid = found.row',
    columns: selected('messages', MESSAGE_COLUMNS, MESSAGE_PART_COLUMNS, parts).join(', '),
  }),
);

export interface MessagesRequest {
  addresses: readonly MessageAddress[];
  parts?: readonly MessagePart[] | undefined;
}

export const messagesRead: RowsRead<MessagesRequest, (Message | null)[]> = {
  rows: (statements, { addresses, parts }, most) =>
    foundRows(statements, loadMessagesSql(parts), addresses, most),
  *value({ addresses, parts }, rows) {
    const says = isSaid(parts);
    const messages: (Message | null)[] = addresses.map(() => null);
    for (const row of rows) {
      const { sessionId, agentId } = addresses[row.request] as MessageAddress;
      messages[row.request] = toMessage(sessionId, agentId, yield* openedMessage(row, says), says);
      yield;
    }
    return messages;
  },
};
