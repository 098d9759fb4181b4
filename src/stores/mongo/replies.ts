import { unbounded } from '../../domain/read-budget.js';
import type { Reply } from '../../domain/replies/model.js';
import type { ReplyStore } from '../../domain/replies/reply-store.js';
import { type BareReplyDoc, toReply, WITHOUT_TEXT } from './documents/reply-document.js';
import type { CallGate } from './driver/call-gate.js';
import { READ_LIMIT_MS } from './driver/collection.js';
import { isAway } from './driver/errors.js';
import type { PoolPlaces } from './driver/pool-places.js';
import { retrying } from './driver/retry.js';
import type { FeedTarget } from './feed/feed-stream.js';
import { readReplyFeed } from './feed/reply-feed.js';
import { listReplies } from './reads/list-replies.js';
import { appendParts } from './writes/append-parts.js';
import { type Append, endReply, settled } from './writes/end-reply.js';
import { removeOldReplies } from './writes/old-replies.js';
import { abandonOverdue } from './writes/overdue-replies.js';
import { readParts } from './writes/reply-parts.js';
import { startReply } from './writes/start-reply.js';
import type { WriteContext } from './writes/write-context.js';

export interface MongoRepliesOptions {
  context: WriteContext;
  append: Append;
  feed: FeedTarget;
  gate: CallGate;
  places: Pick<PoolPlaces, 'read' | 'write'>;
}

/** Who reads many replies is told of all of them, though the end of one cannot be made just now. */
function unlessAway(error: unknown, reply: Reply): Reply {
  if (isAway(error)) throw error;
  return reply;
}

/** The port of replies on MongoDB: a document for each reply, and its older text beside it. */
export function createMongoReplies(options: MongoRepliesOptions): ReplyStore {
  const { context, append, feed, gate, places } = options;
  const { replies } = context;
  const { call } = gate;
  const settle = (replyId: string) => settled(context, append, replyId);
  const reading = { projection: WITHOUT_TEXT, maxTimeMS: READ_LIMIT_MS };
  /** Of one whose end is decided that is made first: its message may be there already. */
  const current = async (doc: BareReplyDoc): Promise<Reply | null> =>
    doc.ending ? settle(doc._id).catch((error) => unlessAway(error, toReply(doc))) : toReply(doc);

  return {
    start: (input) =>
      call(() =>
        places.write(input.caller, async () => {
          await removeOldReplies(replies, input.now);
          return startReply(context, input, settle);
        }),
      ),
    append: (appends) => call(() => appendParts(context, appends)),
    end: (input, caller) => call(() => places.write(caller, () => endReply(context, append, input))),
    abandonOverdue: () => call(() => abandonOverdue(context, settle)),
    load: (ids) =>
      call(async () => {
        const found = await retrying(() =>
          replies.replies.find({ _id: { $in: [...ids] } }, reading).toArray(),
        );
        const docs = new Map(found.map((doc) => [doc._id, doc]));
        return Promise.all(
          ids.map((id) => {
            const doc = docs.get(id);
            return doc ? current(doc) : null;
          }),
        );
      }),
    list: (requests, caller) =>
      call(async () => {
        const docs = await listReplies(replies, requests, (find) =>
          places.read({ ...unbounded, caller }, find),
        );
        return Promise.all(
          docs.map(async (found, index) => {
            const states = requests[index]?.states ?? [];
            const listed = await Promise.all(found.map(current));
            return listed.filter((reply) => reply !== null && states.includes(reply.state)) as Reply[];
          }),
        );
      }),
    parts: (replyId) => call(() => retrying(() => readParts(replies, replyId))),
    feed: (signal) => gate.stream(signal, (ending) => readReplyFeed(feed, replies, ending)),
  };
}
