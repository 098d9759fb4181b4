import type { SessionQuery } from './session-store.js';

/** Of a query for sessions: its first page, in the order in which they were made. */
export const OLDEST_FIRST = {
  orderBy: { field: 'createdAt', direction: 'asc' },
  backward: false,
  after: null,
  before: null,
} as const satisfies Partial<SessionQuery>;
