import { ParleyError } from '../errors.js';
import type { Reply } from './model.js';
import { MAX_TEXT_OF_CALLER } from './reply-inputs.js';

export const takenOver = ({ replyId, epoch }: Reply) =>
  new ParleyError(
    'REPLY_TAKEN_OVER',
    `Another writer has taken over the reply ${JSON.stringify(replyId)}: its epoch is ${epoch} now. Start it again to take it back.`,
    { details: { epoch } },
  );

export const over = ({ replyId, state }: Reply) =>
  new ParleyError(
    'REPLY_OVER',
    `The reply ${JSON.stringify(replyId)} is ${state}, and takes nothing more. Start another one.`,
  );

export const gap = (expected: number, offset: number) =>
  new ParleyError(
    'REPLY_GAP',
    `offset is ${offset}, and the reply has ${expected} characters: go on from ${expected}.`,
    { details: { expected } },
  );

export const unknownEpoch = ({ replyId, epoch }: Reply, given: number) =>
  new ParleyError(
    'BAD_USER_INPUT',
    `epoch is ${given}, which startReply has not given: the reply ${JSON.stringify(replyId)} is at ${epoch}.`,
  );

export const tooMuchText = () =>
  new ParleyError(
    'RATE_LIMITED',
    `Your unfinished replies hold more than ${MAX_TEXT_OF_CALLER} characters together. Finish some first.`,
  );

export const lengthUnknown = (expected: number) =>
  new ParleyError(
    'REPLY_GAP',
    `This server did not take all of the reply itself, and cannot know whether something is missing. It has ${expected} characters: where that is all, finish with offset ${expected}; else go on from there.`,
    { details: { expected } },
  );

export const tooManyReplies = (most: number, of: 'session' | 'caller') =>
  new ParleyError(
    'RATE_LIMITED',
    `${of === 'session' ? 'The session has' : 'You have'} ${most} replies that are not over, the most that are allowed. Finish or abort one first.`,
  );

export const replyElsewhere = (replyId: string) =>
  new ParleyError(
    'IDEMPOTENCY_CONFLICT',
    `The replyId ${JSON.stringify(replyId)} is in use for another agent. Leave it out, or give one that nobody else can have.`,
  );
