import { isDoc } from '../documents/bson-json.js';
import { dateOrNull, integerOrNull, listOf, textOrNull } from '../documents/field-values.js';
import { type AppendReceipt, appendReceipt } from '../documents/receipt-document.js';
import { READING, type Sessions } from '../driver/collection.js';
import { notWritable } from '../driver/errors.js';
import { agentNamed, messagesOf } from '../reads/read-expressions.js';

/** The end of an agent's list: what the next messages are numbered and dated from, and guarded by. */
export interface ListEnd {
  /** Null where the agent has no list at all, or null in its place. */
  length: number | null;
  nextId: number;
  lastCreatedAt: Date | null;
  lastStorageId: string | null;
  /** Every message carries one, so that whoever reads them knows the field. */
  withStorageIds: boolean;
}

export interface AppendState {
  session: boolean;
  /** Null where there is no such agent. */
  end: ListEnd | null;
  /** Those of the asked storage ids that are stored already. */
  stored: Set<string>;
  /** Those of the asked receipts that are there, by their keys. */
  receipts: Map<string, AppendReceipt>;
  bytes: number;
  /** False where it is assumed from this process's last write, so that nothing was asked for `stored`. */
  read: boolean;
}

/** What can become a list of messages, or is one. */
const LISTS = new Set(['array', 'null', 'missing']);

/** What another program has left there in place of a number counts for none: the database holds text for more than any number. */
const numberAt = (path: string) => ({
  $cond: [
    {
      $and: [
        { $in: [{ $type: path }, ['int', 'long', 'double']] },
        { $lt: [path, Number.MAX_SAFE_INTEGER] },
        { $eq: [{ $mod: [path, 1] }, 0] },
      ],
    },
    path,
    null,
  ],
});

/** One read of everything that an append depends on. BAD_USER_INPUT where another program has put something else in the list's place. */
export async function readAppendState(
  sessions: Sessions,
  sessionId: string,
  agentId: string,
  asked: { storageIds: readonly string[]; marks: readonly string[] },
): Promise<AppendState> {
  const ids = { $map: { input: '$$messages', as: 'm', in: { $ifNull: ['$$m.storage_id', null] } } };
  const agent = {
    is_object: { $eq: [{ $type: '$$agent.v' }, 'object'] },
    list: { $type: '$$agent.v.messages' },
    length: { $size: '$$messages' },
    carry: { $not: [{ $in: [null, ids] }] },
    highest: { $max: { $map: { input: '$$messages', as: 'm', in: numberAt('$$m.message_id') } } },
    // Not the message itself: it may be all of 16 MB.
    last: {
      $let: {
        vars: { last: { $arrayElemAt: [{ $slice: ['$$messages', -1] }, 0] } },
        in: { created_at: '$$last.created_at', storage_id: '$$last.storage_id' },
      },
    },
    stored: { $filter: { input: { $literal: asked.storageIds }, as: 'id', cond: { $in: ['$$id', ids] } } },
  };
  const [doc] = await sessions
    .aggregate(
      [
        { $match: { _id: sessionId } },
        {
          $project: {
            bytes: { $bsonSize: '$$ROOT' },
            receipts: Object.fromEntries(asked.marks.map((mark) => [mark, `$parley_receipts.${mark}`])),
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
      READING,
    )
    .toArray();
  const nothing = { end: null, stored: new Set<string>(), receipts: new Map(), bytes: 0, read: true };
  if (!doc) return { session: false, ...nothing };
  const receipts = new Map<string, AppendReceipt>();
  for (const [mark, value] of Object.entries(isDoc(doc.receipts) ? doc.receipts : {})) {
    const receipt = appendReceipt(value);
    if (receipt) receipts.set(mark, receipt);
  }
  const bytes = integerOrNull(doc.bytes) ?? 0;
  if (!isDoc(doc.agent)) return { session: true, ...nothing, bytes };
  const found = doc.agent;
  if (found.is_object !== true || !LISTS.has(String(found.list))) throw notWritable();
  const last = isDoc(found.last) ? found.last : {};
  const length = integerOrNull(found.length) ?? 0;
  const highest = integerOrNull(found.highest);
  return {
    session: true,
    end: {
      length: found.list === 'array' ? length : null,
      // Messages without a number still take a place.
      nextId: highest === null ? length : highest + 1,
      lastCreatedAt: dateOrNull(last.created_at),
      lastStorageId: textOrNull(last.storage_id),
      withStorageIds: length > 0 && found.carry === true,
    },
    stored: new Set(listOf(found.stored).map(String)),
    receipts,
    bytes,
    read: true,
  };
}
