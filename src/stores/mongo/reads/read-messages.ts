import { inSlices, mapSteps, type Steps } from '../../../domain/async/in-slices.js';
import type { ReadBudget } from '../../../domain/read-budget.js';
import type { Message } from '../../../domain/sessions/model.js';
import type { MessageAddress, MessagePart } from '../../../domain/sessions/session-store.js';
import { type Doc, isDoc } from '../documents/bson-json.js';
import { integerOrNull, listOf } from '../documents/field-values.js';
import { messageSteps } from '../documents/message-document.js';
import type { Sessions } from '../driver/collection.js';
import { readByIds, readEach } from './read-by-ids.js';
import {
  agentNamed,
  type Expression,
  isPathSegment,
  messageOf,
  messagesOf,
  notesOf,
} from './read-expressions.js';
import { sized, sizedValue } from './sized-read.js';

/** One aggregation for all addresses; each message is looked up on the server. */
export async function loadMessages(
  sessions: Sessions,
  addresses: readonly MessageAddress[],
  parts?: readonly MessagePart[],
  budget?: ReadBudget,
): Promise<(Message | null)[]> {
  const places = placesIn(addresses);
  const found = places
    ? await readPlaces(sessions, places, parts, budget)
    : await readEach(sessions, addresses.map(wantedOf), foundExpression(parts), budget);
  return inSlices(
    mapSteps(
      addresses.map((address, index) => ({ address, doc: found[index] ?? {} })),
      foundSteps,
    ),
  );
}

function* foundSteps({ address, doc }: { address: MessageAddress; doc: Doc }): Steps<Message | null> {
  const { sessionId, agentId } = address;
  const position = integerOrNull(doc.position);
  if (position === null || !isDoc(doc.message)) return null;
  return yield* messageSteps(doc.message, { sessionId, agentId, position }, doc.note);
}

const wantedOf = (address: MessageAddress) => ({
  session: address.sessionId,
  agent: address.agentId,
  ...keyOf(address),
});

interface Places {
  sessionId: string;
  agentId: string;
  positions: number[];
}

/** What is asked for, where that is messages of one agent by their places, as the events of a turn do. */
function placesIn(addresses: readonly MessageAddress[]): Places | null {
  const [first] = addresses;
  if (!first || !isPathSegment(first.agentId)) return null;
  const { sessionId, agentId } = first;
  const positions: number[] = [];
  for (const address of addresses) {
    if (address.sessionId !== sessionId || address.agentId !== agentId || !('position' in address))
      return null;
    positions.push(address.position);
  }
  return { sessionId, agentId, positions };
}

/** By the agent's path: to look through all agents of a session costs the server more than everything else here. */
async function readPlaces(
  sessions: Sessions,
  { sessionId, agentId, positions }: Places,
  parts: readonly MessagePart[] | undefined,
  budget: ReadBudget | undefined,
): Promise<(Doc | null)[]> {
  const agent = `$agents.${agentId}`;
  const list = {
    $let: {
      vars: { messages: messagesOf(agent), notes: notesOf(agent) },
      in: positions.map((position) => ({
        position: { $literal: position },
        note: firstNote({ $eq: ['$$n.at', position] }),
        message: position < 0 ? null : elementAt(position, parts),
      })),
    },
  };
  const docs = await readByIds(
    sessions,
    [sessionId],
    (most) => ({ own: sized({ list }, most) }),
    ['own'],
    budget,
  );
  const found = listOf(sizedValue(docs.get(sessionId)?.own).list);
  return positions.map((_, index) => (isDoc(found[index]) ? found[index] : null));
}

/** Of an element that is no object nothing is made, and of none. */
const elementAt = (position: Expression, parts: readonly MessagePart[] | undefined): Expression => ({
  $let: {
    vars: { m: { $arrayElemAt: ['$$messages', position] } },
    in: { $cond: [{ $eq: [{ $type: '$$m' }, 'object'] }, messageOf('$$m', parts), null] },
  },
});

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
          elementAt('$$position', parts),
          null,
        ],
      },
    },
  },
});
