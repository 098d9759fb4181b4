import type { Caller } from './policy.js';

/** Whose share something counts as. Who has no credential is an address. */
export const callerKey = ({ kind, id }: Pick<Caller, 'kind' | 'id'>, from: string): string =>
  kind === 'anonymous' ? `address ${from}` : `${kind} ${id}`;
