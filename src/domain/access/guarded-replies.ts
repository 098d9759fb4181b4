import { around } from '../around.js';
import type { Later } from '../async/later.js';
import { replyNotFound, sessionNotFound } from '../errors.js';
import type { EndedReply, Reply } from '../replies/model.js';
import type { FinishReplyInput, StartReplyInput } from '../replies/reply-inputs.js';
import type { ReplyService } from '../replies/reply-service.js';
import type { ListReplies } from '../replies/reply-store.js';
import type { Message } from '../sessions/model.js';
import { audited, type Record } from './audited-service.js';
import type { Policy, Scope } from './policy.js';
import { isLimited, looksAtSession, mayNotMake } from './reach.js';
import { requireScope } from './scopes.js';
import type { Sight } from './sight.js';
import { givenContent, givenMessage, givenReply } from './withheld.js';

/** The replies as one caller sees them. */
export type CallersReplies = Omit<ReplyService, 'startReply' | 'listReplies'> & {
  startReply(input: StartReplyInput): ReturnType<ReplyService['startReply']>;
  listReplies(requests: readonly ListReplies[]): ReturnType<ReplyService['listReplies']>;
};

/** What each operation needs. A new one without a line here does not compile. */
const SCOPE_OF: Readonly<globalThis.Record<keyof ReplyService, Scope>> = {
  startReply: 'reply',
  continueReply: 'reply',
  finishReply: 'reply',
  abortReply: 'reply',
  sessionOfReply: 'reply',
  findReply: 'read',
  listReplies: 'read',
  loadReply: 'read',
};

export interface GuardedRepliesOptions {
  replies: ReplyService;
  /** What the operation sees, where the reach of the policy looks at sessions; one that judges by the id may be kept. */
  sight: Sight;
  policy: Policy;
  /** Whose share the replies count as. */
  caller: string;
  record: Record;
}

/**
 * As guardedService: a reply of a session that is not within reach is answered exactly as one that does not exist. The audit has its start and its end
 * alone, and what was refused.
 */
export function guardedReplies({
  replies,
  sight,
  policy,
  caller,
  record,
}: GuardedRepliesOptions): CallersReplies {
  const own: CallersReplies = {
    ...replies,
    startReply: (input) => replies.startReply(input, caller),
    listReplies: (requests) => replies.listReplies(requests, caller),
  };
  const reaching = isLimited(policy.reach) ? reachingReplies(own, sight, policy.reach) : own;
  const telling = policy.scopes.has('read') ? reaching : withholdingReplies(reaching);
  const scoped = around(telling, (call, name) => (...given) => {
    requireScope(policy, SCOPE_OF[name]);
    return call(...given);
  });
  return audited(scoped, ['startReply', 'finishReply', 'abortReply'], record);
}

function reachingReplies(
  replies: CallersReplies,
  { sees, seesNow }: Sight,
  reach: Policy['reach'],
): CallersReplies {
  /** Judged by what is given back, and not by what was known of its id before. */
  const seen = async <R extends Reply>(reply: R | null) =>
    reply && (await sees(reply.sessionId)) ? reply : null;

  const writing = async <T>(replyId: string, write: () => Later<T>): Promise<T> => {
    const sessionId = await replies.sessionOfReply(replyId);
    if (sessionId === null || !(await seesNow(sessionId))) throw replyNotFound(replyId);
    return write();
  };

  return {
    async startReply(input) {
      const { sessionId } = input;
      // Where more than the id decides, only what is there can be within reach: the agent is made, the session never.
      const createIfMissing =
        input.createIfMissing && looksAtSession(reach) ? 'agent' : input.createIfMissing;
      if (await seesNow(sessionId)) return replies.startReply({ ...input, createIfMissing });
      throw input.createIfMissing ? mayNotMake() : sessionNotFound(sessionId);
    },
    continueReply: (input) => writing(input.replyId, () => replies.continueReply(input)),
    finishReply: (input) => writing(input.replyId, () => replies.finishReply(input)),
    abortReply: (input) => writing(input.replyId, () => replies.abortReply(input)),
    sessionOfReply: replies.sessionOfReply,
    findReply: async (replyId) => seen(await replies.findReply(replyId)),
    async listReplies(requests) {
      const shown = await Promise.all(requests.map(({ sessionId }) => sees(sessionId)));
      const listed = await replies.listReplies(requests.filter((_, index) => shown[index]));
      return shown.map((one) => (one ? (listed.shift() ?? []) : []));
    },
    loadReply: async (replyId) => seen(await replies.loadReply(replyId)),
  };
}

/** Of a reply, and of the message that it has become, those who may not read are told what they gave (withheld.ts). */
function withholdingReplies(replies: CallersReplies): CallersReplies {
  const withheld = (
    { reply, message }: EndedReply,
    reason: string | null,
    given: Partial<Message>,
  ): EndedReply => ({
    reply: givenReply(reply, { reason }),
    message: message && givenMessage(message, given),
  });
  const given = ({ message, metadata, metrics }: FinishReplyInput): Partial<Message> => ({
    ...(message ? givenContent(message) : {}),
    metadata: metadata ?? message?.metadata ?? null,
    eventLoopMetrics: metrics ?? null,
    clientId: message?.clientId ?? null,
    trackingId: message?.trackingId ?? null,
    supersedes: [...(message?.supersedes ?? [])],
  });
  return {
    ...replies,
    startReply: async (input) => givenReply(await replies.startReply(input), { reason: null, endedAt: null }),
    finishReply: async (input) => withheld(await replies.finishReply(input), null, given(input)),
    abortReply: async (input) => withheld(await replies.abortReply(input), input.reason ?? null, {}),
  };
}
