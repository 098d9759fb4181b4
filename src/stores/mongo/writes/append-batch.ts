import type { Document } from 'mongodb';
import type { Steps } from '../../../domain/async/in-slices.js';
import { timesInOrder } from '../../../domain/sessions/same-message.js';
import type { AppendedMessage } from '../../../domain/sessions/session-store.js';
import { rangesOf } from '../../../domain/sessions/superseding.js';
import type { Doc } from '../documents/bson-json.js';
import { bsonSizeSteps } from '../documents/bson-size.js';
import { messageSteps, messageToDoc, noteToDoc } from '../documents/message-document.js';
import { appendReceiptDoc } from '../documents/receipt-document.js';
import type { PendingAppend } from './append-lanes.js';
import type { ListEnd } from './append-state.js';

/** Several appends to one agent as the elements of one push. */
export interface JoinedAppend {
  docs: Doc[];
  notes: Doc[];
  /** By path. */
  receipts: Record<string, Doc>;
  /** The answer to each append, in the order given. */
  messages: AppendedMessage[][];
  /** The list's end once it is written. */
  end: ListEnd;
  /** By how much the session's document grows for good, in bytes. */
  bytes: number;
  /** The latest time, to which the agent's and the session's dates move. */
  latest: Date;
}

/** Of an agent that is still to be made: its messages carry no storage id, because any Python may read them. */
export const EMPTY_LIST: ListEnd = {
  length: 0,
  nextId: 0,
  lastCreatedAt: null,
  lastStorageId: null,
  withStorageIds: false,
};

/**
 * Each append is known again by its receipt. Those that only this process can repeat share one: they are written together
 * or not at all.
 */
export function markAppends(batch: readonly PendingAppend[]): void {
  let shared: { mark: string; offset: number } | null = null;
  let position = 0;
  for (const pending of batch) {
    const own = pending.input.messages[0]?.storageId ?? '';
    if (pending.input.unkeyed) {
      shared ??= { mark: own, offset: position };
      pending.mark = shared.mark;
      pending.offset = position - shared.offset;
    }
    position += pending.added.length;
  }
}

/** Numbered and dated on from `end`: no message is earlier than the one before it. In steps, for one message may be a million values. */
export function* joinSteps(batch: readonly PendingAppend[], end: ListEnd): Steps<JoinedAppend> {
  const docs: Doc[] = [];
  const notes: Doc[] = [];
  const receipts: Record<string, Doc> = {};
  const messages: AppendedMessage[][] = [];
  let { lastCreatedAt, lastStorageId } = end;
  let latest = new Date(0);
  const kept: Doc[] = [];
  for (const { input, added, there, mark, offset } of batch) {
    const { sessionId, agentId, now, unkeyed } = input;
    const times = timesInOrder(added, now, lastCreatedAt?.getTime() ?? 0);
    const first = (end.length ?? 0) + docs.length;
    const made: AppendedMessage[] = [];
    for (const [index, message] of added.entries()) {
      const time = times[index] as Date;
      const position = first + index;
      const doc = messageToDoc(message, end.nextId + docs.length, time, end.withStorageIds);
      yield;
      const note = noteToDoc({ ...message, ranges: rangesOf(message, position) }, position, time);
      docs.push(doc);
      if (note) notes.push(note);
      made.push(yield* messageSteps(doc, { sessionId, agentId, position }, note));
      yield;
    }
    messages.push(there.map((message) => message ?? (made.shift() as AppendedMessage)));
    if (offset === 0) {
      const receipt = appendReceiptDoc(first, added.length, now, unkeyed === true);
      receipts[`parley_receipts.${mark}`] = receipt;
      if (!unkeyed) kept.push({ [mark]: receipt });
    }
    lastCreatedAt = times.at(-1) ?? lastCreatedAt;
    lastStorageId = end.withStorageIds ? (added.at(-1)?.storageId ?? lastStorageId) : null;
    for (const time of [now, lastCreatedAt ?? now]) if (time > latest) latest = time;
  }
  return {
    docs,
    notes,
    receipts,
    messages,
    end: {
      length: (end.length ?? 0) + docs.length,
      nextId: end.nextId + docs.length,
      lastCreatedAt,
      lastStorageId,
      withStorageIds: end.withStorageIds,
    },
    bytes: yield* bsonSizeSteps({ docs, notes, kept }),
    latest,
  };
}

/** The storage ids by which an append is found: its first, or, where some of it may have been there before, all. */
export const tellingIds = ({ input: { messages } }: PendingAppend): string[] =>
  (messages.some(({ clientId }) => clientId !== undefined) ? messages : messages.slice(0, 1)).map(
    ({ storageId }) => storageId,
  );

/**
 * Holds while the agent's list ends as `end` says and none of the appends is stored already. The first also fails for
 * an agent that is not there, below which a bare push would leave a half-built one. An append without a caller's key is repeated by
 * this process alone, after it has looked for its receipt: of such a one that is under way still the length tells.
 */
export function guardOf(batch: readonly PendingAppend[], end: ListEnd): Document {
  const agent = `agents.${batch[0]?.input.agentId}`;
  const list = `${agent}.messages`;
  const keyed = batch.filter(({ input }) => !input.unkeyed);
  const clientIds = batch.flatMap(({ added }) => added.flatMap(({ clientId }) => clientId ?? []));
  const anew = {
    ...Object.fromEntries(keyed.map(({ mark }) => [`parley_receipts.${mark}`, { $exists: false }])),
    ...(clientIds.length > 0 ? { [`${agent}.parley_messages.client_id`]: { $nin: clientIds } } : {}),
  };
  // A match on null holds where there is nothing, too.
  if (end.length === null) return { [agent]: { $type: 'object' }, [list]: null, ...anew };
  const last = end.length > 0 && end.lastStorageId !== null;
  return {
    [list]: { $size: end.length },
    ...(keyed.length > 0 ? { [`${list}.storage_id`]: { $nin: keyed.flatMap(tellingIds) } } : {}),
    ...(last ? { [`${list}.${end.length - 1}.storage_id`]: end.lastStorageId } : {}),
    ...anew,
  };
}

/** A list that is not there, or is null, to which nothing can be pushed, is made. */
export function pushOf(
  batch: readonly PendingAppend[],
  end: ListEnd,
  joined: JoinedAppend,
  old: readonly string[],
): Document {
  const agent = `agents.${batch[0]?.input.agentId}`;
  const makes = end.length === null;
  const push = {
    ...(makes ? {} : { [`${agent}.messages`]: { $each: joined.docs } }),
    ...(joined.notes.length > 0 ? { [`${agent}.parley_messages`]: { $each: joined.notes } } : {}),
  };
  return {
    ...(Object.keys(push).length > 0 ? { $push: push } : {}),
    $set: { ...joined.receipts, ...(makes ? { [`${agent}.messages`]: joined.docs } : {}) },
    ...(old.length > 0 ? { $unset: Object.fromEntries(old.map((path) => [path, ''])) } : {}),
    $max: { [`${agent}.updated_at`]: joined.latest, updated_at: joined.latest },
  };
}
