import { type Leases, LONGEST_LEASE_MS } from '../../../src/domain/leases.js';
import type { Database } from './database.js';

export const memoryLeases = ({ leases }: Database, reading: <T>(read: () => T) => Promise<T>): Leases => ({
  take: ({ name, holder, ms }) =>
    reading(() => {
      const now = Date.now();
      const held = leases.get(name);
      if (held && held.holder !== holder && held.until > now && held.until <= now + LONGEST_LEASE_MS)
        return null;
      leases.set(name, { holder, until: now + ms });
      return new Date(now);
    }),
  release: ({ name, holder }) =>
    reading(() => {
      if (leases.get(name)?.holder === holder) leases.delete(name);
    }),
});
