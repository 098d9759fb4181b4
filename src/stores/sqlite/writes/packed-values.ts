import { JsonText } from '../../../domain/json/json-text.js';
import type { JsonValue } from '../../../domain/json/json-value.js';
import type { ThreadMethod } from '../threads/thread-protocol.js';

/** What of a write is stored as the JSON that it came as, or parsed in slices: to parse half a million values before the line took a fifth of a second of all who write. */
const KEPT: Partial<Record<ThreadMethod, ReadonlySet<string>>> = {
  createSession: new Set(['metadata']),
  upsertAgent: new Set(['promptMetadata', 'state', 'conversationManagerState']),
  appendMessages: new Set(['content', 'metadata', 'metrics']),
  recordMetrics: new Set(['metrics']),
  changeMetadata: new Set(['set']),
};

export const keptOf = (method: ThreadMethod): ReadonlySet<string> | undefined => KEPT[method];

/** As JSON. */
export const jsonOf = (value: unknown): string =>
  value instanceof JsonText ? value.written.toString() : JSON.stringify(value);

/** What was given itself. */
export const givenOf = <T>(value: T): T =>
  value instanceof JsonText ? ((value as JsonText<JsonValue>).valueOf() as T) : value;
