import type { SlowReader } from '../../domain/live/follow.js';

/** A subscriber, by itself or in a group. Results are given as their JSON, in UTF-8. */
export interface Member {
  /** Sends results, and waits for nobody. */
  deliver(results: readonly Buffer[]): void;
  /** The same at the subscriber's pace: resolves when they were handed to the network, or it has gone. */
  send(results: readonly Buffer[]): Promise<void>;
  /** Whether so much waits for the subscriber that it had better be sent less, and later. */
  isFull(): boolean;
  /** Counts what its place takes, where its cursor is so long. Throws RATE_LIMITED where that is more than its caller may hold. */
  holds(characters: number): void;
  reader: SlowReader;
}
