import type { WriteLineLimits, WriteRest } from '../writes/write-line.js';
import type { ThreadMethod } from './thread-protocol.js';

/** What one transaction takes at most: whoever comes meanwhile waits for it. */
export const GROUP: WriteLineLimits = { writes: 256, bytes: 1024 * 1024, ms: 8 };
/** After a write of its own of more than so many ms a caller rests three times as long, while others wrote in the last second. */
export const WRITE_REST: WriteRest = { aboveMs: 25, factor: 3, now: () => performance.now() };
/** How often the files are looked after, and the pause between two steps of that. */
export const REST_MS = 1_000;
export const STEP_PAUSE_MS = 20;

/**
 * Nobody waits for what these write: where nothing else does they wait so many ms for a write whose wait for the disk they can share. By
 * themselves they held up whoever wrote next for a whole commit.
 */
export const JOINING: ReadonlySet<ThreadMethod> = new Set<ThreadMethod>(['appendAudit']);
export const JOIN_MS = 25;
