import { badInput } from '../errors.js';
import { checkWellFormed } from '../sessions/check-json.js';
import { checkAgentId, checkIdempotencyKey, checkReplyId, checkSessionId } from '../sessions/names.js';
import { MAX_REPLY_LENGTH, REPLY_TIMEOUT, type StartReplyInput } from './reply-inputs.js';

const MAX_REASON_LENGTH = 2_000;

export function checkStart(input: StartReplyInput): void {
  checkSessionId(input.sessionId);
  checkAgentId(input.agentId);
  const { replyId = null, idempotencyKey = null, timeoutMs = null, durability = null } = input;
  if (replyId !== null) checkReplyId(replyId);
  if (idempotencyKey !== null) checkIdempotencyKey(idempotencyKey);
  if (durability !== null && durability !== 'each' && durability !== 'batched') {
    throw badInput('durability must be each or batched.');
  }
  const { least, most } = REPLY_TIMEOUT;
  if (timeoutMs !== null && !(Number.isInteger(timeoutMs) && timeoutMs >= least && timeoutMs <= most)) {
    throw badInput(`The timeout is ${timeoutMs} ms; it must be a whole number from ${least} to ${most}.`);
  }
}

export function checkEpoch(epoch: number): void {
  if (!Number.isSafeInteger(epoch) || epoch < 1) {
    throw badInput(`epoch is ${epoch}; it is the number that startReply gave, from 1 on.`);
  }
}

export function checkOffset(offset: number): void {
  if (!Number.isInteger(offset) || offset < 0 || offset > MAX_REPLY_LENGTH) {
    throw badInput(`offset is ${offset}; it must be a whole number from 0 to ${MAX_REPLY_LENGTH}.`);
  }
}

export function checkReason(reason: string | null): void {
  if (reason === null) return;
  if (typeof reason !== 'string') throw badInput('reason must be a string.');
  checkWellFormed(reason, 'reason');
  if (reason.length > MAX_REASON_LENGTH) {
    throw badInput(`reason has ${reason.length} characters; at most ${MAX_REASON_LENGTH} are allowed.`);
  }
}
