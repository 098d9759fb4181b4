import { ParleyError } from '../../domain/errors.js';
import type { ReplyStore } from '../../domain/replies/reply-store.js';

const refuse = () =>
  Promise.reject(
    new ParleyError('STORE_UNAVAILABLE', 'Replies in progress are kept on SQLite alone for now.'),
  );

export const noReplies: ReplyStore = {
  start: refuse,
  append: refuse,
  end: refuse,
  abandonOverdue: async () => [],
  load: async (ids) => ids.map(() => null),
  list: async (requests) => requests.map(() => []),
  parts: async () => [],
  async *feed(signal) {
    yield { notices: [], lost: false };
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  },
};
