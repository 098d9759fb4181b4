import type { SessionStore } from '../sessions/session-store.js';
import type { WriteHealth } from '../sessions/write-health.js';
import type { ChangeHub, FeedStatus } from './change-hub.js';

/** How this process is: measured when it is asked for, never kept. */
export interface ServerStatus {
  /**
   * Whether requests should be sent here: no stop is under way, the store answers and takes writes, and the feed is live, or
   * the database has none that could be: then all but subscriptions works, and will not get better by waiting.
   */
  ready: boolean;
  /** Of the program that runs. */
  version: string;
  works: { reads: boolean; writes: boolean; live: boolean };
  /** `reason`: why it does not answer, or takes no writes; null where all is well. `nearlyFull`: sessions that fill 80 % of what it takes of one. */
  store: { engine: 'sqlite' | 'mongodb'; ok: boolean; reason: string | null; nearlyFull: number };
  feed: FeedStatus;
  sockets: SocketStatus;
}

/** Of all open sockets together: `waitingBytes` is what their peers have not taken yet, `mostWaitingBytes` of one of them. */
export interface SocketStatus {
  open: number;
  subscriptions: number;
  /** Groups of equal subscriptions, each executed once for an event. */
  groups: number;
  waitingBytes: number;
  mostWaitingBytes: number;
}

export interface StatusSources {
  version: string;
  engine: 'sqlite' | 'mongodb';
  store: SessionStore;
  writes: WriteHealth;
  nearlyFull: () => number;
  hub: ChangeHub;
  sockets: () => SocketStatus;
  stopping: () => boolean;
}

export async function readStatus(sources: StatusSources): Promise<ServerStatus> {
  const [unread, unwritten] = await Promise.all([
    sources.store.ping().then(
      () => null,
      (error: Error) => error.message,
    ),
    sources.writes.check(),
  ]);
  const reads = unread === null;
  // Where nothing can be read, no write is answered either.
  const writes = reads && unwritten === null;
  const feed = sources.hub.status();
  const live = feed.state === 'live';
  return {
    ready: writes && (live || feed.state === 'unavailable') && !sources.stopping(),
    version: sources.version,
    works: { reads, writes, live },
    store: {
      engine: sources.engine,
      ok: writes,
      reason: unread ?? unwritten,
      nearlyFull: sources.nearlyFull(),
    },
    feed,
    sockets: sources.sockets(),
  };
}

/** Who follows over which of the two is the same to whoever asks how the server is. */
export const together = (sockets: SocketStatus, streams: Omit<SocketStatus, 'groups'>): SocketStatus => ({
  open: sockets.open + streams.open,
  subscriptions: sockets.subscriptions + streams.subscriptions,
  groups: sockets.groups,
  waitingBytes: sockets.waitingBytes + streams.waitingBytes,
  mostWaitingBytes: Math.max(sockets.mostWaitingBytes, streams.mostWaitingBytes),
});
