import { randomUUID } from 'node:crypto';
import { ParleyError } from '../../../domain/errors.js';
import { isActive, type Reply } from '../../../domain/replies/model.js';
import type { Ended, EndReply } from '../../../domain/replies/reply-store.js';
import { lengthOf } from '../../../domain/replies/reply-text.js';
import type { Message } from '../../../domain/sessions/model.js';
import type { AppendedMessage, AppendMessages, NewMessage } from '../../../domain/sessions/session-store.js';
import {
  type BareReplyDoc,
  OPEN,
  type PendingEnd,
  TEXT_GONE,
  toReply,
  WITHOUT_TEXT,
} from '../documents/reply-document.js';
import { confirmMajority, READ_LIMIT_MS, WRITING } from '../driver/collection.js';
import { toParleyError } from '../driver/errors.js';
import { retrying } from '../driver/retry.js';
import { loadMessages } from '../reads/read-messages.js';
import { appendParts } from './append-parts.js';
import { dropAllText } from './reply-parts.js';
import type { WriteContext } from './write-context.js';

export type Append = (input: AppendMessages) => Promise<AppendedMessage[]>;
/** Gives a reply of which no end is under way. */
export type Settle = (replyId: string) => Promise<Reply | null>;

const ATTEMPTS = 10;
const AFTER = { returnDocument: 'after' as const, projection: WITHOUT_TEXT, ...WRITING };

/**
 * The message lies in the session's document, so that the end takes three steps: it is decided in the reply, where nothing else can
 * happen any more; the message is appended, under an identity that is the reply's; the reply is over. Whoever finds a
 * reply between the first and the last, after a crash or not, does the others once more.
 */
export async function endReply(context: WriteContext, append: Append, input: EndReply): Promise<Ended> {
  const { replyId, startedAt, epoch, state, message } = input;
  let { rest } = input;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await settled(context, append, replyId);
    if (!found) return { reply: null, ended: false, message: null };
    if (startedAt && found.startedAt.getTime() !== startedAt.getTime())
      return { reply: found, ended: false, message: null };
    const owns = epoch === null || epoch === found.epoch;
    if (!isActive(found)) {
      await confirmMajority(context.sessions, found.sessionId);
      const ended = owns && found.state === state;
      // It may have been this call that discarded it, and that had no answer.
      if (ended && found.position === null) await dropAllText(context.replies, { _id: replyId });
      return { reply: found, ended, message: await messageOf(context, found) };
    }
    if (!owns || (rest && rest.offset !== found.offset)) return { reply: found, ended: false, message: null };
    if (!message) {
      const reply = await discard(context, found, input);
      if (reply) return { reply, ended: true, message: null };
      continue;
    }
    if (rest && rest.parts.length > 0) {
      const [appended] = await appendParts(context, [
        { replyId, startedAt: found.startedAt, epoch: found.epoch, ...rest },
      ]);
      if (!appended?.taken) continue;
      rest = { offset: rest.offset + lengthOf(rest.parts), parts: [] };
    }
    const decided = await decide(context, { ...found, offset: rest?.offset ?? found.offset }, input);
    const ended = decided && (await complete(context, append, decided));
    if (ended) return ended;
  }
  throw new ParleyError('TIMEOUT', 'Too many others write this reply at the moment. Try again.');
}

async function discard(
  { replies }: WriteContext,
  { replyId, startedAt, epoch, offset }: Reply,
  { state, reason, now }: EndReply,
): Promise<Reply | null> {
  const doc = await retrying(() =>
    replies.replies.findOneAndUpdate(
      { _id: replyId, started_at: startedAt, epoch, offset, ...OPEN },
      { $set: { state, reason, ended_at: now, ...TEXT_GONE } },
      AFTER,
    ),
  );
  if (!doc) return null;
  await retrying(() => replies.parts.deleteMany({ reply: replyId }, WRITING));
  return toReply(doc);
}

/** Null, and nothing is decided, where the reply is no longer as it was found. */
function decide(
  { replies }: WriteContext,
  { replyId, startedAt, epoch, offset }: Reply,
  { state, reason, now, message }: EndReply,
): Promise<BareReplyDoc | null> {
  const ending: PendingEnd = { by: randomUUID(), state, reason, at: now, message: JSON.stringify(message) };
  return retrying(() =>
    replies.replies.findOneAndUpdate(
      { _id: replyId, started_at: startedAt, epoch, offset, ...OPEN },
      { $set: { ending } },
      AFTER,
    ),
  );
}

/** The reply, once the end that is decided for it is made, or has proved to be none that can be made: then it goes on. */
export async function settled(context: WriteContext, append: Append, replyId: string): Promise<Reply | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const options = { projection: WITHOUT_TEXT, maxTimeMS: READ_LIMIT_MS };
    const doc = await retrying(() => context.replies.replies.findOne({ _id: replyId }, options));
    if (!doc?.ending) return doc && toReply(doc);
    try {
      const ended = await complete(context, append, doc);
      if (ended) return ended.reply;
    } catch (error) {
      // Then it is not decided any more.
      if (!isRefused(error)) throw error;
    }
  }
  throw new ParleyError('STORE_UNAVAILABLE', 'The reply is being ended by others. Try again.');
}

/** Makes the end that is decided; null where others have made it meanwhile. Rejects as the append does: where that is refused the reply is not over. */
async function complete(context: WriteContext, append: Append, doc: BareReplyDoc): Promise<Ended | null> {
  const { replies } = context;
  const { _id, session_id: sessionId, agent_id: agentId } = doc;
  const { by, state, reason, at, message } = doc.ending as PendingEnd;
  const decided = { _id, 'ending.by': by };
  let position: number;
  try {
    const input = { sessionId, agentId, messages: [readMessage(message)], createIfMissing: null, now: at };
    const [appended] = await append(input);
    position = (appended as AppendedMessage).position;
  } catch (thrown) {
    const error = toParleyError(thrown);
    if (isRefused(error))
      await retrying(() => replies.replies.updateOne(decided, { $unset: { ending: '' } }, WRITING));
    throw error;
  }
  const over = { $set: { state, reason, position, ended_at: at }, $unset: { ending: '' as const } };
  const made = await retrying(() => replies.replies.findOneAndUpdate(decided, over, AFTER));
  // Whoever has redacted it before could not know that it is this reply's.
  const stored = await messageOf(context, { sessionId, agentId, position });
  if (stored?.redacted) await dropAllText(replies, { _id });
  return made && { reply: toReply(made), ended: true, message: stored };
}

/** Codes of an append that may have been made, or would be if it were tried again. */
const UNDECIDED: ReadonlySet<string> = new Set(['STORE_UNAVAILABLE', 'TIMEOUT', 'INTERNAL_SERVER_ERROR']);

/** An append is not made, and would not be if it were tried again, whatever the reason. */
const isRefused = (error: unknown): boolean => error instanceof ParleyError && !UNDECIDED.has(error.code);

function readMessage(text: string): NewMessage {
  const { createdAt, ...message } = JSON.parse(text);
  return { ...message, ...(createdAt === undefined ? {} : { createdAt: new Date(createdAt) }) };
}

async function messageOf(
  { sessions }: WriteContext,
  { sessionId, agentId, position }: Pick<Reply, 'sessionId' | 'agentId' | 'position'>,
): Promise<Message | null> {
  if (position === null) return null;
  const [message = null] = await loadMessages(sessions, [{ sessionId, agentId, position }]);
  return message;
}
