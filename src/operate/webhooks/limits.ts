import type { LeaseTimes } from './hold-lease.js';
import type { SenderLimits } from './sender.js';

/*
 * What webhooks take of memory, disk, time and their receivers. docs/webhooks.md and docs/security.md list it. Times in ms.
 */

/** Of the content in one body, in characters of JSON. */
export const MAX_CONTENT = 65_536;
/** Until a request is answered. */
export const REQUEST_MS = 15_000;
/** How often a process asks whether it is its turn. */
export const TAKE_EVERY_MS = 3_000;
/** A process that dies is replaced 10 to 13 s later. */
export const LEASE_TIMES: LeaseTimes = { lease: 10_000, prolongAfter: 3_000, margin: 2_000 };

const HOUR_MS = 3_600_000;

export const SENDER_LIMITS: SenderLimits = {
  lanes: {
    open: 500,
    waiting: 10_000,
    inLane: 100,
    freshFirst: 3,
    goneEveryMs: HOUR_MS,
    longestDelayMs: 2 * HOUR_MS,
  },
  pace: {
    atOnce: 8,
    failing: 3,
    rest: { first: 1_000, most: 60_000, ofTimeSinceTaken: 1 / 8 },
    delay: { first: 5_000, most: HOUR_MS },
  },
  tryForMs: 72 * HOUR_MS,
  deadLetters: 10_000,
  probeEveryMs: 60_000,
  saveEveryMs: 1_000,
  idleSaveEveryMs: 30_000,
  lookEveryMs: 3_000,
  graceMs: 2_000,
};
