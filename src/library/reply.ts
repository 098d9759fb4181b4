import { pause } from '../domain/async/pause.js';
import type { ReplyDurability } from '../domain/replies/model.js';
import type { ReplyService } from '../domain/replies/reply-service.js';
import { createReplyWriter, type ReplyWriter } from '../domain/replies/reply-writer.js';
import { refuseInexact } from './exact-numbers.js';
import { metadataToJson } from './message-bytes.js';
import { toInput, toStored } from './message-shapes.js';
import type { InAgent, NewMessage, StoredMessage } from './session-types.js';

export type Reply = ReplyWriter<NewMessage, StoredMessage>;

/**
 * `replyId`: to go on with a reply, whose writer before is fenced; absent, a new one. `batched` (where absent): its text is durable within
 * 250 ms; `each`: when `write` has sent it. `timeoutMs`: how long nothing may be heard of this process, 30,000 where absent, until
 * the reply is told to be abandoned.
 */
export type ReplyOptions = InAgent & { replyId?: string; durability?: ReplyDurability; timeoutMs?: number };

/** What a reply is written over; `closed` and `underWay` as those of its writer. */
export interface ReplyLine {
  service: ReplyService;
  closed: AbortSignal;
  underWay: Set<Promise<unknown>>;
}

/** Starts a reply, or goes on with one. */
export async function openReply(
  { service, closed, underWay }: ReplyLine,
  sessionId: string,
  { agentId, replyId, durability, timeoutMs, idempotencyKey }: ReplyOptions,
): Promise<Reply> {
  const started = await service.startReply(
    { sessionId, agentId, replyId, durability, timeoutMs, idempotencyKey, createIfMissing: true },
    `library ${sessionId}`,
  );
  const there = started.offset > 0 ? await service.loadReply(started.replyId) : null;
  return createReplyWriter<NewMessage, StoredMessage>({
    started,
    there: there?.blocks ?? [],
    closed,
    underWay,
    pause,
    random: Math.random,
    calls: {
      continue: async (input) => service.continueReply(input),
      async finish({ message, metadata, ...input }) {
        const given = {
          ...input,
          ...(message ? { message: toInput(message, 'message') } : {}),
          ...(metadata ? { metadata: metadataToJson(metadata) } : {}),
        };
        refuseInexact(given);
        const { message: stored } = await service.finishReply(given);
        return toStored(stored as NonNullable<typeof stored>);
      },
      async abort(input) {
        const { message } = await service.abortReply(input);
        return message && toStored(message);
      },
    },
  });
}
