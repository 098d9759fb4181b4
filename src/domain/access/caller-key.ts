import { madeBy } from '../fairness/shares.js';
import type { AuditEntry } from './audit-log.js';

/** Bits of an IPv6 address by groups of 16: who has one has all that begin with the same 64. */
const NETWORK_GROUPS = 4;
const GROUPS = 8;

/** What an address counts as: of IPv6 its network, for its holder may come from another address each time. */
export function networkOf(address: string): string {
  // One of IPv4 may be written as one of IPv6.
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.replace(/%.*/, '').toLowerCase().split('::');
  const groups = head === '' ? [] : head.split(':');
  if (tail !== undefined) {
    const behind = tail === '' ? [] : tail.split(':');
    while (groups.length < GROUPS - behind.length) groups.push('0');
    groups.push(...behind);
  }
  return `${groups.slice(0, NETWORK_GROUPS).join(':')}::/64`;
}

/** Who is not known any better. */
export const addressKey = (from: string | undefined): string => `address ${networkOf(from ?? '')}`;

/** Who calls, in one word. Who has no credential is an address; the word for a session token tells whose share it has a part of. */
export const callerKey = (
  { kind, id, maker }: { kind: AuditEntry['callerKind']; id: string; maker?: string | undefined },
  from: string,
): string => {
  if (kind === 'anonymous') return addressKey(from);
  return maker === undefined ? `${kind} ${id}` : madeBy(id, maker);
};
