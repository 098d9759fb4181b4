import { getHeapStatistics } from 'node:v8';

/*
 * What a server lets its callers take, where it is not for the configuration to say. docs/security.md lists each.
 */

/** Changes a follower may leave untaken, and changes kept in memory for those who reconnect: identities alone. */
export const QUEUE_LIMIT = 1_000;
export const RING_SIZE = 10_000;
/** The stores give a sign of life every second. */
export const FEED_SILENCE_MS = 10_000;
export const MAX_OPERATIONS_PER_SOCKET = 200;
/** Of the memory that V8 may have so much is for open connections and operations, of which one caller has half. */
const HELD_PART = 0.5;
export const HELD_MEMORY = getHeapStatistics().heap_size_limit * HELD_PART;
/** As measured, with Node 20, and some to spare: a connection that waits, and a request that is answered. */
const CONNECTION_BYTES = 20 * 1024;
/** Connections that are between two requests, or answered, or have not said who they are. */
export const MAX_CONNECTIONS = Math.floor(HELD_MEMORY / CONNECTION_BYTES);
export const SOCKET_LIMITS = {
  pingEveryMs: 12_000,
  stalledAfterMs: 10_000,
  pauseAboveBytes: 1024 * 1024,
  maxWaitingBytes: 16 * 1024 * 1024,
  maxWaitingFrames: QUEUE_LIMIT,
};
/** What was sent and not taken, in memory: answers, frames and events together. */
export const WAITING_LIMITS = { together: 96 * 1024 * 1024, ofCaller: 32 * 1024 * 1024 };
/** What has come of bodies and messages and is not parsed: of one caller four of the largest, and some small ones; together three times that. */
export const arrivingLimits = (maxBodyBytes: number) => {
  const ofCaller = 4 * maxBodyBytes + 8 * 1024 * 1024;
  return { ofCaller, together: 3 * ofCaller };
};
/** Of the stored bytes that operations hold while they are answered. With `MAX_READ_BYTES` as it is, 512 MB of memory bear it. */
export const READ_LIMITS = {
  small: 1024 * 1024,
  smallTogether: 16 * 1024 * 1024,
  largeAtOnce: 2,
  waitingOfCaller: 100,
  waitMs: 30_000,
  restFactor: 1,
  now: () => performance.now(),
};
/** Of one turn of the event loop, in ms, what a caller begins while there are others; and alone. */
export const TURN_LIMITS = { sliceMs: 2, aloneMs: 10 };
/** Characters of replies in progress that are kept in memory, some sixteenth of what V8 may have, or an eighth where they take two bytes. */
export const REPLIES_HELD = Math.floor(getHeapStatistics().heap_size_limit / 16);
/** Objects that all operations under way ask for together; fewer than `few` take no place, and more than `many` a turn of those that read much. */
export const OBJECT_LIMITS = { together: 100_000, few: 1_500, many: 10_000 };
/** How long requests under way may take at a stop. */
export const DRAIN_MS = 5_000;
