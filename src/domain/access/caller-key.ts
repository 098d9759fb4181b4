import type { AuditEntry } from './audit-log.js';

/** Whose share something counts as. Who has no credential is an address. */
export const callerKey = (
  { kind, id }: { kind: AuditEntry['callerKind']; id: string },
  from: string,
): string => (kind === 'anonymous' ? `address ${from}` : `${kind} ${id}`);
