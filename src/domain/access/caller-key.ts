import { madeBy } from '../fairness/shares.js';
import type { AuditEntry } from './audit-log.js';

/** Who is not known any better. */
export const addressKey = (from: string | undefined): string => `address ${from ?? ''}`;

/** Who calls, in one word. Who has no credential is an address; the word for a session token tells whose share it has a part of. */
export const callerKey = (
  { kind, id, maker }: { kind: AuditEntry['callerKind']; id: string; maker?: string | undefined },
  from: string,
): string => {
  if (kind === 'anonymous') return addressKey(from);
  return maker === undefined ? `${kind} ${id}` : madeBy(id, maker);
};
