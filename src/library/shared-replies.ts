import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { pause } from '../domain/async/pause.js';
import { ParleyError } from '../domain/errors.js';
import type { OpenReplies } from '../domain/replies/open-replies.js';
import { createReplies, type Replies } from '../domain/replies/replies.js';
import type { ReplyService } from '../domain/replies/reply-service.js';
import type { ReplyStore } from '../domain/replies/reply-store.js';
import { randomBytes } from '../random-bytes.js';
import type { OpenedStore } from '../stores/open-store.js';
import { openReply, type Reply, type ReplyOptions } from './reply.js';

/** The replies of an open database, for one who writes and reads them. */
export interface SharedReplies {
  service: ReplyService;
  /** What of them is in memory, and who follows it. */
  open: OpenReplies;
  /** As of a session manager. STORE_UNAVAILABLE once it is released. */
  start(sessionId: string, options: ReplyOptions): Promise<Reply>;
  /**
   * Brings to an end what its replies have sent or are ending, keeps what is not durable yet, and refuses all calls from now on with `why`.
   * To be called before the database is closed.
   */
  release(why: ParleyError): Promise<void>;
}

interface Entry {
  replies: Replies;
  users: Set<SharedReplies>;
}

const shared = new WeakMap<ReplyStore, Entry>();
const closedStores = new WeakSet<ReplyStore>();
const closedStore = () => new ParleyError('STORE_UNAVAILABLE', 'The database is closed.');

/** The replies of an open database: one of them in this process, however many sessions write to it. */
export function shareReplies({ replies: store, sessions }: OpenedStore): SharedReplies {
  if (closedStores.has(store)) throw closedStore();
  const entry = shared.get(store) ?? { replies: startReplies(store, sessions), users: new Set() };
  const { service, open } = entry.replies;
  const closing = new AbortController();
  setMaxListeners(0, closing.signal);
  const underWay = new Set<Promise<unknown>>();
  const line = { service, closed: closing.signal, underWay };
  const user: SharedReplies = {
    service,
    open,
    async start(sessionId, options) {
      line.closed.throwIfAborted();
      return openReply(line, sessionId, options);
    },
    async release(why) {
      if (!entry.users.has(user)) return;
      closing.abort(why);
      // One may begin behind another.
      while (underWay.size > 0) await Promise.allSettled(underWay);
      entry.users.delete(user);
      if (entry.users.size > 0 || shared.get(store) !== entry) return;
      shared.delete(store);
      await entry.replies.stop();
    },
  };
  shared.set(store, entry);
  entry.users.add(user);
  return user;
}

/** Before a database is closed, whoever still writes replies to it. */
export async function closeReplies({ replies: store }: OpenedStore): Promise<void> {
  closedStores.add(store);
  const users = shared.get(store)?.users ?? [];
  await Promise.all([...users].map((user) => user.release(closedStore())));
}

function startReplies(store: ReplyStore, sessions: OpenedStore['sessions']): Replies {
  const replies = createReplies({
    store,
    sessions,
    pause,
    now: () => new Date(),
    random: Math.random,
    randomBytes,
    newId: randomUUID,
    // Whoever writes learns of it by the next call.
    onFailure: () => {},
  });
  replies.start();
  return replies;
}
