import type { JsonObject } from '../json/json-value.js';
import type { Feedback } from '../sessions/model.js';
import type { AddFeedbackInput } from '../sessions/session-inputs.js';

export type MetadataAction = 'update' | 'get' | 'delete';

/** What a metadata hook is about: `set` of an update, `paths` of a deletion. */
export interface MetadataContext {
  /** Empty where a session that is being made has no id yet, and with `filter`. */
  readonly sessionId: string;
  readonly set?: JsonObject;
  readonly paths?: readonly string[];
  /**
   * With `get`: the path that a filter is about to compare. The metadata is made up, with a value there; the filter is let
   * through where the hook shows that value as it is.
   */
  readonly filter?: string;
}

/**
 * Stands around every read and write of a session's metadata, that of a new session included, which is an update. `next` goes on:
 * with what it is given in place of `set` (update) or `paths` (delete), else with what came. After `get` it gives the metadata, and what the hook returns is what
 * the reader sees; what it returns for the others does not matter. A hook that throws before it calls `next`, or that never
 * calls it, leaves everything as it was.
 */
export type MetadataHook = (
  // biome-ignore lint/suspicious/noExplicitAny: set, paths or nothing; metadata or nothing: by the action.
  next: (changed?: any) => any,
  action: MetadataAction,
  context: MetadataContext,
) => unknown;

/** As it is to be stored; `fields` are the caller's own. */
export type NewFeedback = Pick<AddFeedbackInput, 'rating' | 'comment' | 'fields'>;

export interface FeedbackContext {
  readonly sessionId: string;
  readonly feedback: NewFeedback;
}

/** Stands around every feedback that is added, as a metadata hook does. `next` gives the stored feedback, which the hook returns. */
export type FeedbackHook = (
  next: (changed?: NewFeedback) => Promise<Feedback>,
  action: 'add',
  context: FeedbackContext,
) => unknown;

/** In order: the first one is outermost. */
export interface Hooks {
  metadata: readonly MetadataHook[];
  feedback: readonly FeedbackHook[];
}
