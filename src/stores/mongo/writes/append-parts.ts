import { randomUUID } from 'node:crypto';
import type { AnyBulkWriteOperation } from 'mongodb';
import { isActive } from '../../../domain/replies/model.js';
import { partsToText } from '../../../domain/replies/parts-text.js';
import type { Appended, AppendParts } from '../../../domain/replies/reply-store.js';
import { lengthOf } from '../../../domain/replies/reply-text.js';
import { OPEN, type ReplyDoc, toReply } from '../documents/reply-document.js';
import { READING, WRITING } from '../driver/collection.js';
import { retrying } from '../driver/retry.js';
import { bytesOf, moveText, wasMoved } from './reply-parts.js';
import type { WriteContext } from './write-context.js';

export async function appendParts(
  { replies }: Pick<WriteContext, 'replies'>,
  appends: readonly AppendParts[],
): Promise<Appended[]> {
  if (appends.length === 0) return [];
  const writes = appends.map((append) => ({ token: randomUUID(), ...append }));
  await retrying(() => replies.replies.bulkWrite(writes.map(appendOf), { ordered: false, ...WRITING }));
  const found = await replies.replies
    .find(
      { _id: { $in: appends.map(({ replyId }) => replyId) } },
      { projection: { starts: 0, 'recent.p': 0 }, ...READING },
    )
    .toArray();
  const docs = new Map(found.map((doc) => [doc._id, doc]));
  for (const doc of found) await moveText(replies, doc);
  return Promise.all(
    writes.map(async (write): Promise<Appended> => {
      const doc = docs.get(write.replyId);
      if (!doc) return { reply: null, taken: false };
      return { reply: toReply(doc), taken: await wasTaken(doc, write) };
    }),
  );

  async function wasTaken(doc: ReplyDoc, write: Write): Promise<boolean> {
    const { startedAt, epoch, offset, parts, token } = write;
    if (startedAt && doc.started_at.getTime() !== startedAt.getTime()) return false;
    if (parts.length === 0) return doc.epoch === epoch && doc.offset === offset && isActive(toReply(doc));
    if (doc.recent.some(({ w }) => w === token)) return true;
    return doc.offset >= offset + lengthOf(parts) && (await wasMoved(replies, doc._id, token));
  }
}

const startedOf = (startedAt: Date | undefined) => (startedAt ? { started_at: startedAt } : {});

type Write = AppendParts & { token: string };

function appendOf({
  replyId,
  startedAt,
  epoch,
  offset,
  parts,
  token,
}: Write): AnyBulkWriteOperation<ReplyDoc> {
  const end = offset + lengthOf(parts);
  const text = partsToText(parts);
  return {
    updateOne: {
      filter: { _id: replyId, epoch, offset, 'recent.w': { $ne: token }, ...OPEN, ...startedOf(startedAt) },
      update: {
        $set: { state: 'writing', offset: end },
        ...(parts.length > 0
          ? { $push: { recent: { o: offset, e: end, w: token, p: text } }, $inc: { held: bytesOf(text) } }
          : {}),
        $currentDate: { heard_at: true },
      },
    },
  };
}
