import { agentNotFound, sessionNotFound } from '../../../src/domain/errors.js';
import { isActive, type Reply } from '../../../src/domain/replies/model.js';
import { replyElsewhere, tooManyReplies } from '../../../src/domain/replies/reply-errors.js';
import {
  ABANDONED_KEPT_MS,
  type Appended,
  type AppendParts,
  type Ended,
  type EndReply,
  PARTS_KEPT_MS,
  REPLY_KEPT_MS,
  type ReplyBatch,
  type ReplyName,
  type ReplyStore,
  type StartReply,
} from '../../../src/domain/replies/reply-store.js';
import { lengthOf } from '../../../src/domain/replies/reply-text.js';
import { type Database, type StoredReply, tell as tellChange } from './database.js';
import { appendMessages, insertAgent, insertSession, repetition, touch } from './writes.js';

interface Access {
  reading: <T>(read: () => T) => Promise<T>;
  writing: <T>(write: () => T) => Promise<T>;
  closing: AbortSignal;
  nextWrite: (database: Database, signal: AbortSignal) => Promise<void>;
}

export function memoryReplies(
  database: Database,
  { reading, writing, closing, nextWrite }: Access,
): ReplyStore {
  return {
    start: (input) => writing(() => start(database, input)),
    append: (appends) => writing(() => appends.map((one) => append(database, one))),
    end: (input) => writing(() => end(database, input)),
    abandonOverdue: () => writing(() => abandonOverdue(database)),
    load: (ids) => reading(() => ids.map((id) => database.replies.get(id)?.reply ?? null)),
    list: (requests) =>
      reading(() =>
        requests.map(({ sessionId, agentId, states, limit }) =>
          [...database.replies.values()]
            .map(({ reply }) => reply)
            .filter(
              (reply) =>
                reply.sessionId === sessionId &&
                (agentId === null || reply.agentId === agentId) &&
                states.includes(reply.state),
            )
            .slice(0, limit),
        ),
      ),
    parts: (replyId) => reading(() => database.replies.get(replyId)?.parts ?? []),
    async *feed(given): AsyncGenerator<ReplyBatch> {
      const signal = AbortSignal.any([given, closing]);
      let read = await reading(() => database.replyLog.length);
      for (let first = true; !signal.aborted; first = false) {
        const notices = structuredClone(database.replyLog.slice(read));
        read += notices.length;
        if (notices.length === 0 && !first) await nextWrite(database, signal);
        yield { notices, lost: false };
      }
    },
  };
}

function tell({ replyLog }: Database, { replyId, sessionId }: Reply): void {
  replyLog.push({ replyId, sessionId });
}

function start(database: Database, given: StartReply): Reply {
  const input = structuredClone(given);
  const { replyId, sessionId, agentId, createIfMissing, receipt, now, most } = input;
  removeOld(database, now.getTime());
  const known = database.replies.get(replyId);
  if (known && (known.reply.sessionId !== sessionId || known.reply.agentId !== agentId))
    throw replyElsewhere(replyId);
  const session = database.sessions.get(sessionId);
  const made = createIfMissing === 'agent' ? null : createIfMissing;
  if (!session && !made) throw sessionNotFound(sessionId);
  if (!session?.agents.has(agentId) && !createIfMissing) throw agentNotFound(sessionId, agentId);
  const repeated = session && repetition(session, receipt);
  if (known && repeated) return { ...known.reply, epoch: repeated.index };
  if (known && !isActive(known.reply)) return known.reply;
  const active = [...database.replies.values()].filter((one) => one !== known && isActive(one.reply));
  if (active.filter(({ reply }) => reply.sessionId === sessionId).length >= most.ofSession)
    throw tooManyReplies(most.ofSession, 'session');
  if (active.filter(({ reply }) => reply.caller === input.caller).length >= most.ofCaller)
    throw tooManyReplies(most.ofCaller, 'caller');
  const stored = session ?? insertSession(database, made as NonNullable<typeof made>, now);
  if (!stored.agents.has(agentId)) {
    insertAgent(stored, agentId, now);
    touch(now, stored.session);
    tellChange(database, stored, { kind: 'agent-updated', agentId });
  }
  const reply: Reply = known
    ? { ...known.reply, epoch: known.reply.epoch + 1, state: 'writing' }
    : {
        replyId,
        sessionId,
        agentId,
        state: 'writing',
        epoch: 1,
        durability: input.durability,
        timeoutMs: input.timeoutMs,
        caller: input.caller,
        offset: 0,
        startedAt: now,
        endedAt: null,
        reason: null,
        position: null,
      };
  database.replies.set(replyId, { reply, parts: known?.parts ?? [], heardAt: Date.now() });
  stored.receipts.set(receipt.keyHash, { bodyHash: receipt.bodyHash, index: reply.epoch });
  tell(database, reply);
  return reply;
}

function append(database: Database, given: AppendParts): Appended {
  const { replyId, startedAt, epoch, offset, parts } = given;
  const stored = database.replies.get(replyId);
  if (!stored) return { reply: null, taken: false };
  const { reply } = stored;
  if (isAnother(reply, startedAt)) return { reply, taken: false };
  if (reply.epoch !== epoch || reply.offset !== offset || !isActive(reply)) return { reply, taken: false };
  take(database, stored, { offset, parts });
  stored.heardAt = Date.now();
  if (reply.state === 'abandoned') {
    reply.state = 'writing';
    tell(database, reply);
  }
  return { reply, taken: true };
}

function take(
  database: Database,
  stored: StoredReply,
  { offset, parts }: Pick<AppendParts, 'offset' | 'parts'>,
) {
  if (parts.length === 0) return;
  const { reply } = stored;
  stored.parts.push(...structuredClone(parts));
  reply.offset += lengthOf(parts);
  database.replyLog.push({
    replyId: reply.replyId,
    sessionId: reply.sessionId,
    offset,
    parts: structuredClone(parts) as never,
    startedAt: reply.startedAt,
  });
}

const isAnother = ({ startedAt }: Reply, meant: Date | undefined) =>
  meant !== undefined && meant.getTime() !== startedAt.getTime();

function end(database: Database, given: EndReply): Ended {
  const { replyId, startedAt, epoch, state, reason, rest, message, now } = given;
  const stored = database.replies.get(replyId);
  if (!stored) return { reply: null, ended: false, message: null };
  const { reply } = stored;
  if (isAnother(reply, startedAt)) return { reply, ended: false, message: null };
  const { sessionId, agentId } = reply;
  const messages = () => database.sessions.get(sessionId)?.agents.get(agentId)?.messages ?? [];
  const became = () => (reply.position === null ? null : (messages()[reply.position] ?? null));
  const owns = epoch === null || epoch === reply.epoch;
  if (!isActive(reply)) return { reply, ended: owns && reply.state === state, message: became() };
  if (!owns || (rest && rest.offset !== reply.offset)) return { reply, ended: false, message: null };
  if (message) {
    const input = { sessionId, agentId, messages: [message], createIfMissing: null, now };
    reply.position = appendMessages(database, input)[0]?.position ?? null;
    if (rest) take(database, stored, rest);
  } else stored.parts = [];
  Object.assign(reply, { state, reason, endedAt: now } satisfies Partial<Reply>);
  tell(database, reply);
  return { reply, ended: true, message: became() };
}

function abandonOverdue(database: Database): ReplyName[] {
  const late = [...database.replies.values()].filter(
    ({ reply, heardAt }) => reply.state === 'writing' && heardAt + reply.timeoutMs <= Date.now(),
  );
  return late.map(({ reply }) => {
    reply.state = 'abandoned';
    tell(database, reply);
    return { replyId: reply.replyId, sessionId: reply.sessionId };
  });
}

function removeOld(database: Database, now: number): void {
  for (const [replyId, stored] of database.replies) {
    const { reply, heardAt } = stored;
    const ended = reply.endedAt?.getTime() ?? now;
    if (ended < now - PARTS_KEPT_MS) stored.parts = [];
    const forgotten = reply.state === 'abandoned' && heardAt < now - ABANDONED_KEPT_MS;
    if (ended >= now - REPLY_KEPT_MS && !forgotten) continue;
    database.replies.delete(replyId);
  }
}
