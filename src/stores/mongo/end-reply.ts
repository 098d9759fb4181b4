import { randomUUID } from 'node:crypto';
import { ParleyError } from '../../domain/errors.js';
import { isActive, type Reply } from '../../domain/replies/model.js';
import type { Ended, EndReply } from '../../domain/replies/reply-store.js';
import { lengthOf } from '../../domain/replies/reply-text.js';
import type { Message } from '../../domain/sessions/model.js';
import type { AppendedMessage, AppendMessages, NewMessage } from '../../domain/sessions/session-store.js';
import { confirmMajority, READ_LIMIT_MS, WRITE_LIMIT_MS } from './collection.js';
import { loadMessages } from './read-messages.js';
import { OPEN, type PendingEnd, type ReplyDoc, TEXT_GONE, toReply, WITHOUT_TEXT } from './reply-document.js';
import { dropText } from './reply-parts.js';
import { retrying } from './retry.js';
import type { WriteContext } from './write-context.js';
import { appendParts } from './write-replies.js';

export type Append = (input: AppendMessages) => Promise<AppendedMessage[]>;

const ATTEMPTS = 10;
const writing = { maxTimeMS: WRITE_LIMIT_MS };

/**
 * The message lies in the session's document, so that the end takes three steps: it is decided in the reply, where nothing else can
 * happen any more; the message is appended, under an identity that is the reply's; the reply is over. Whoever finds a
 * reply between the first and the last, after a crash or not, does the others once more.
 */
export async function endReply(context: WriteContext, append: Append, input: EndReply): Promise<Ended> {
  const { replyId, epoch, state, message } = input;
  let { rest } = input;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await settled(context, append, replyId);
    if (!found) return { reply: null, ended: false, message: null };
    const owns = epoch === null || epoch === found.epoch;
    if (!isActive(found)) {
      await confirmMajority(context.sessions, found.sessionId);
      const ended = owns && found.state === state;
      return { reply: found, ended, message: await messageOf(context, found) };
    }
    if (!owns || (rest && rest.offset !== found.offset)) return { reply: found, ended: false, message: null };
    if (!message) {
      const reply = await discard(context, found, input);
      if (reply) return { reply, ended: true, message: null };
      continue;
    }
    if (rest && rest.parts.length > 0) {
      const [appended] = await appendParts(context, [{ replyId, epoch: found.epoch, ...rest }]);
      if (!appended?.taken) continue;
      rest = { offset: rest.offset + lengthOf(rest.parts), parts: [] };
    }
    await decide(context, found, input, rest?.offset ?? null);
  }
  throw new ParleyError('TIMEOUT', 'Too many others write this reply at the moment. Try again.');
}

async function discard(
  { replies }: WriteContext,
  { replyId, epoch, offset }: Reply,
  { state, reason, now }: EndReply,
): Promise<Reply | null> {
  const doc = await retrying(() =>
    replies.replies.findOneAndUpdate(
      { _id: replyId, epoch, offset, ...OPEN },
      { $set: { state, reason, ended_at: now, ...TEXT_GONE } },
      { returnDocument: 'after', projection: WITHOUT_TEXT, ...writing },
    ),
  );
  if (!doc) return null;
  await retrying(() => replies.parts.deleteMany({ reply: replyId }, writing));
  return toReply(doc);
}

/** Nothing is decided where the reply is no longer as it was found. */
async function decide(
  { replies }: WriteContext,
  { replyId, epoch, offset }: Reply,
  { state, reason, now, message }: EndReply,
  length: number | null,
): Promise<void> {
  const ending: PendingEnd = { by: randomUUID(), state, reason, at: now, message: JSON.stringify(message) };
  await retrying(() =>
    replies.replies.updateOne(
      { _id: replyId, epoch, offset: length ?? offset, ...OPEN },
      { $set: { ending } },
      writing,
    ),
  );
}

/** The reply, once the end that is decided for it is made. Rejects as the append does where that is refused: then it is not over. */
export async function settled(context: WriteContext, append: Append, replyId: string): Promise<Reply | null> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const options = { projection: WITHOUT_TEXT, maxTimeMS: READ_LIMIT_MS };
    const doc = await retrying(() => context.replies.replies.findOne({ _id: replyId }, options));
    if (!doc?.ending) return doc && toReply(doc);
    await complete(context, append, doc, doc.ending);
  }
  throw new ParleyError('STORE_UNAVAILABLE', 'The reply is being ended by others. Try again.');
}

async function complete(
  context: WriteContext,
  append: Append,
  { _id, session_id: sessionId, agent_id: agentId }: Omit<ReplyDoc, 'recent' | 'starts'>,
  { by, state, reason, at, message }: PendingEnd,
): Promise<void> {
  const { replies } = context;
  const decided = { _id, 'ending.by': by };
  const becomes = readMessage(message);
  let position: number;
  try {
    const input = { sessionId, agentId, messages: [becomes], createIfMissing: null, now: at };
    const [appended] = await append(input);
    position = (appended as AppendedMessage).position;
  } catch (error) {
    if (error instanceof ParleyError && REFUSED.has(error.code)) {
      await retrying(() => replies.replies.updateOne(decided, { $unset: { ending: '' } }, writing));
    }
    throw error;
  }
  const over = { state, reason, position, ended_at: at };
  await retrying(() => replies.replies.updateOne(decided, { $set: over, $unset: { ending: '' } }, writing));
  // Whoever has redacted it before could not know that it is this reply's.
  const stored = await messageOf(context, { sessionId, agentId, position });
  if (stored?.redacted) await dropText(replies, { _id });
}

/** An append is not made, and would not be if it were tried again. */
const REFUSED = new Set([
  'SESSION_NOT_FOUND',
  'AGENT_NOT_FOUND',
  'DOCUMENT_TOO_LARGE',
  'IDEMPOTENCY_CONFLICT',
]);

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
