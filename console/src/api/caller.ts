import type { CallerQuery, Scope } from '../generated/operations.js';
import { createStore, useStore } from '../store.js';

/** Who the server takes us for; null until it has said so. */
export const caller = createStore<CallerQuery['caller'] | null>(null);

/** Whether the credential may do this. Until that is known, nothing is offered. */
export const useScope = (scope: Scope) => useStore(caller)?.scopes.includes(scope) ?? false;
