import type { FollowedReplies } from '../../src/domain/live/reply-follower.js';
import { createOpenReplies } from '../../src/domain/replies/open-replies.js';
import { emptyDatabase } from '../stores/memory/database.js';
import { openMemoryStore } from '../stores/memory/open-memory-store.js';

/** For what is tested without a reply in progress. */
export function noReplies(): FollowedReplies {
  const { replies } = openMemoryStore(emptyDatabase());
  return { open: createOpenReplies(replies, { now: () => 0, most: 1_000_000 }), list: replies.list };
}
