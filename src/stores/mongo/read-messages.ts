import type { ReadBudget } from '../../domain/read-budget.js';
import type { Message } from '../../domain/sessions/model.js';
import type { MessageAddress, MessagePart } from '../../domain/sessions/session-store.js';
import { isDoc } from './bson-json.js';
import type { Sessions } from './collection.js';
import { integerOrNull } from './field-values.js';
import { messageFromDoc } from './message-document.js';
import { readEach } from './read-by-ids.js';
import { agentNamed, type Expression, messageOf, messagesOf, notesOf } from './read-expressions.js';

/** One aggregation for all addresses; each message is looked up on the server. */
export async function loadMessages(
  sessions: Sessions,
  addresses: readonly MessageAddress[],
  parts?: readonly MessagePart[],
  budget?: ReadBudget,
): Promise<(Message | null)[]> {
  const wanted = addresses.map((address) => ({
    session: address.sessionId,
    agent: address.agentId,
    ...keyOf(address),
  }));
  const found = await readEach(sessions, wanted, foundExpression(parts), budget);
  return addresses.map(({ sessionId, agentId }, index) => {
    const { position: at, message, note } = found[index] ?? {};
    const position = integerOrNull(at);
    if (position === null || !isDoc(message)) return null;
    return messageFromDoc(message, { sessionId, agentId, position }, note);
  });
}

const foundExpression = (parts: readonly MessagePart[] | undefined): Expression => ({
  $let: {
    vars: { agent: agentNamed('$$w.agent') },
    in: {
      $let: {
        vars: { messages: messagesOf('$$agent.v'), notes: notesOf('$$agent.v') },
        in: lookUp(parts),
      },
    },
  },
});

function keyOf(address: MessageAddress) {
  if ('storageId' in address) return { by: 'storage_id', value: address.storageId };
  if ('position' in address) return { by: 'position', value: address.position };
  if ('clientId' in address) return { by: 'client_id', value: address.clientId };
  return { by: 'message_id', value: address.messageId };
}

/** The index among all elements: `$indexOfArray` on the bare path would pass over those without the field. */
const indexBy = (field: string): Expression => ({
  $indexOfArray: [
    { $map: { input: '$$messages', as: 'm', in: { $ifNull: [`$$m.${field}`, null] } } },
    '$$w.value',
  ],
});

/** -1 where no message of the agent has the client's id. */
const byClientId: Expression = {
  $ifNull: [
    {
      $let: {
        vars: { note: firstNote({ $eq: ['$$n.client_id', '$$w.value'] }) },
        in: '$$note.at',
      },
    },
    -1,
  ],
};

function firstNote(cond: Expression): Expression {
  return { $arrayElemAt: [{ $filter: { input: '$$notes', as: 'n', cond } }, 0] };
}

const lookUp = (parts: readonly MessagePart[] | undefined): Expression => ({
  $let: {
    vars: {
      position: {
        $cond: [
          { $eq: ['$$w.by', 'position'] },
          '$$w.value',
          {
            $cond: [
              { $eq: ['$$w.by', 'storage_id'] },
              indexBy('storage_id'),
              { $cond: [{ $eq: ['$$w.by', 'client_id'] }, byClientId, indexBy('message_id')] },
            ],
          },
        ],
      },
    },
    in: {
      position: '$$position',
      note: firstNote({ $eq: ['$$n.at', '$$position'] }),
      message: {
        $cond: [
          { $and: [{ $gte: ['$$position', 0] }, { $lt: ['$$position', { $size: '$$messages' }] }] },
          {
            $let: {
              vars: { m: { $arrayElemAt: ['$$messages', '$$position'] } },
              // Of an element that is no object nothing is made.
              in: { $cond: [{ $eq: [{ $type: '$$m' }, 'object'] }, messageOf('$$m', parts), null] },
            },
          },
          null,
        ],
      },
    },
  },
});
