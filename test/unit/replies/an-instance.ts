import { randomBytes, randomUUID } from 'node:crypto';
import { createReplies, type Replies, type RepliesOptions } from '../../../src/domain/replies/replies.js';

/** The replies of one process on a store. What it does by itself must not fail. */
export const anInstance = (
  given: Pick<RepliesOptions, 'store' | 'sessions'> & Partial<RepliesOptions>,
): Replies =>
  createReplies({
    pause: async () => {},
    now: () => new Date(),
    random: Math.random,
    randomBytes,
    newId: randomUUID,
    onFailure(error) {
      throw error;
    },
    ...given,
  });
