import type { Message } from '../../domain/model.js';
import type { ReadBudget } from '../../domain/read-budget.js';
import type { MessageAddress, MessagePart } from '../../domain/session-store.js';
import { isDoc } from './bson-json.js';
import { READ_LIMIT_MS, readDocs, type Sessions } from './collection.js';
import { integerOrNull, listOf } from './field-values.js';
import { messageFromDoc } from './message-document.js';
import { agentNamed, type Expression, messageOf, messagesOf, notesOf } from './read-expressions.js';
import { readSized, sized, sizedValue } from './sized-read.js';

/** One aggregation for all addresses; each message is looked up on the server. */
export async function loadMessages(
  sessions: Sessions,
  addresses: readonly MessageAddress[],
  parts?: readonly MessagePart[],
  budget?: ReadBudget,
): Promise<(Message | null)[]> {
  if (addresses.length === 0) return [];
  const ids = [...new Set(addresses.map(({ sessionId }) => sessionId))];
  const match = { $match: { _id: { $in: ids } } };
  const found = { list: foundExpression(addresses, parts) };
  const read = (most: number) =>
    readDocs(sessions, [match, { $project: { found: sized(found, most) } }], { maxTimeMS: READ_LIMIT_MS });
  const docs = await readSized(read, ['found'], ids.length, budget);
  const messages: (Message | null)[] = addresses.map(() => null);
  for (const found of docs.flatMap((doc) => listOf(sizedValue(doc.found).list)).filter(isDoc)) {
    const index = integerOrNull(found.index) ?? -1;
    const address = addresses[index];
    const position = integerOrNull(found.position);
    if (!address || position === null || !isDoc(found.message)) continue;
    const { sessionId, agentId } = address;
    messages[index] = messageFromDoc(found.message, { sessionId, agentId, position }, found.note);
  }
  return messages;
}

function foundExpression(
  addresses: readonly MessageAddress[],
  parts: readonly MessagePart[] | undefined,
): Expression {
  const wanted = addresses.map((address, index) => ({
    index,
    session: address.sessionId,
    agent: address.agentId,
    ...keyOf(address),
  }));
  return {
    $map: {
      input: { $filter: { input: { $literal: wanted }, as: 'w', cond: { $eq: ['$$w.session', '$_id'] } } },
      as: 'w',
      in: {
        $let: {
          vars: { agent: agentNamed('$$w.agent') },
          in: {
            $let: {
              vars: { messages: messagesOf('$$agent.v'), notes: notesOf('$$agent.v') },
              in: lookUp(parts),
            },
          },
        },
      },
    },
  };
}

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
      index: '$$w.index',
      position: '$$position',
      note: firstNote({ $eq: ['$$n.at', '$$position'] }),
      message: {
        $cond: [
          { $and: [{ $gte: ['$$position', 0] }, { $lt: ['$$position', { $size: '$$messages' }] }] },
          {
            $let: {
              vars: { m: { $arrayElemAt: ['$$messages', '$$position'] } },
              in: messageOf('$$m', parts),
            },
          },
          null,
        ],
      },
    },
  },
});
