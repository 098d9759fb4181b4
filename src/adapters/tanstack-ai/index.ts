import { randomUUID } from 'node:crypto';
import type { UpsertableStreamDurability } from '@tanstack/ai';
import { type AgentPlace, addressOf, openReplies } from '../place.js';
import { type RunSource, sourceOf } from './offsets.js';
import { createRunLog } from './run-log.js';

export type { ErrorCode } from '../../domain/errors.js';
export { ParleyError } from '../../domain/errors.js';
export type { AgentPlace, Place } from '../place.js';
export type { RunSource } from './offsets.js';

export type StreamsOptions = AgentPlace & {
  /** How long a reader waits for a run that has not begun, in milliseconds; 100 where absent. */
  firstChunkDeadlineMs?: number;
};

/** The streams of one thread: each run is a reply in progress, and in the end one message. */
export interface Streams extends AsyncDisposable {
  /**
   * The durability of the run that a request is about, or of a run by its id: to be given to the responses of TanStack AI. It rejects with a
   * ParleyError. A run that is over can be read for an hour. Who writes to a run fences who wrote to it before.
   */
  durability(source: Request | RunSource): UpsertableStreamDurability;
  /** Closes the database that was opened for it. */
  close(): Promise<void>;
}

export async function openStreams(options: StreamsOptions): Promise<Streams> {
  const agent = addressOf(options);
  const { firstChunkDeadlineMs = 100 } = options;
  const port = await openReplies(options);
  return {
    durability(source) {
      const { runId, offset } = sourceOf(source, randomUUID);
      return { ...createRunLog({ port, agent, runId, firstChunkDeadlineMs }), resumeFrom: () => offset };
    },
    close: () => port.close(),
    [Symbol.asyncDispose]: () => port.close(),
  };
}
