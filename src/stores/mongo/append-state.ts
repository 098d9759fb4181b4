import { isDoc } from './bson-json.js';
import { READ_LIMIT_MS, type Sessions } from './collection.js';
import { dateOrNull, integerOrNull, listOf, textOrNull } from './field-values.js';
import { agentNamed, messagesOf } from './read-expressions.js';

/** The end of an agent's list: what the next messages are numbered and dated from, and guarded by. */
export interface ListEnd {
  /** Null where the agent has no list at all. */
  length: number | null;
  nextId: number;
  lastCreatedAt: Date | null;
  lastStorageId: string | null;
}

export interface AppendState {
  session: boolean;
  /** Null where there is no such agent. */
  end: ListEnd | null;
  /** Those of the asked storage ids that are stored already. */
  stored: Set<string>;
  bytes: number;
  /** False where it is assumed from this process's last write, so that nothing was asked for `stored`. */
  read: boolean;
}

/** One read of everything that an append depends on. */
export async function readAppendState(
  sessions: Sessions,
  sessionId: string,
  agentId: string,
  storageIds: readonly string[],
): Promise<AppendState> {
  const ids = { $map: { input: '$$messages', as: 'm', in: { $ifNull: ['$$m.storage_id', null] } } };
  const agent = {
    has_list: { $isArray: '$$agent.v.messages' },
    length: { $size: '$$messages' },
    highest: { $max: '$$messages.message_id' },
    last: { $arrayElemAt: [{ $slice: ['$$messages', -1] }, 0] },
    stored: { $filter: { input: { $literal: [...storageIds] }, as: 'id', cond: { $in: ['$$id', ids] } } },
  };
  const [doc] = await sessions
    .aggregate(
      [
        { $match: { _id: sessionId } },
        {
          $project: {
            bytes: { $bsonSize: '$$ROOT' },
            agent: {
              $let: {
                vars: { agent: agentNamed({ $literal: agentId }) },
                in: {
                  $cond: [
                    { $eq: [{ $type: '$$agent' }, 'missing'] },
                    null,
                    { $let: { vars: { messages: messagesOf('$$agent.v') }, in: agent } },
                  ],
                },
              },
            },
          },
        },
      ],
      { maxTimeMS: READ_LIMIT_MS },
    )
    .toArray();
  if (!doc) return { session: false, end: null, stored: new Set(), bytes: 0, read: true };
  const bytes = integerOrNull(doc.bytes) ?? 0;
  if (!isDoc(doc.agent)) return { session: true, end: null, stored: new Set(), bytes, read: true };
  const found = doc.agent;
  const last = isDoc(found.last) ? found.last : {};
  const length = integerOrNull(found.length) ?? 0;
  const highest = integerOrNull(found.highest);
  return {
    session: true,
    end: {
      length: found.has_list === true ? length : null,
      // Messages without a number still take a place.
      nextId: highest === null ? length : highest + 1,
      lastCreatedAt: dateOrNull(last.created_at),
      lastStorageId: textOrNull(last.storage_id),
    },
    stored: new Set(listOf(found.stored).map(String)),
    bytes,
    read: true,
  };
}
