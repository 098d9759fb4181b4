import type { AuditLog } from '../../../src/domain/access/audit-log.js';
import type { KeyStore } from '../../../src/domain/access/key-store.js';
import type { Database } from './database.js';

type Reading = <T>(read: () => T) => Promise<T>;

export const memoryKeys = ({ keys }: Database, reading: Reading): KeyStore => ({
  create: (key) => reading(() => void keys.set(key.id, structuredClone(key))),
  find: (id) => reading(() => keys.get(id) ?? null),
  list: () => reading(() => [...keys.values()].sort((a, b) => a.createdAt.getTime() - b.createdAt.getTime())),
  any: () => reading(() => keys.size > 0),
  revoke: (id, now) =>
    reading(() => {
      const key = keys.get(id);
      if (key) key.revokedAt ??= now;
      return key !== undefined;
    }),
  touch: (id, now) =>
    reading(() => {
      const key = keys.get(id);
      if (key) key.lastUsedAt = now;
    }),
});

export const memoryAudit = (database: Database, reading: Reading): AuditLog => ({
  append: (entries) =>
    reading(() => {
      for (const entry of structuredClone(entries)) {
        const known =
          entry.mark === null ? undefined : database.audit.find(({ mark }) => mark === entry.mark);
        if (known) known.count = entry.count;
        else database.audit.push(entry);
      }
    }),
  list: ({ limit, before, sessionId, callerId }) =>
    reading(() =>
      database.audit
        .map(({ mark: _, ...entry }, index) => ({ ...entry, id: String(index).padStart(8, '0') }))
        .filter(
          (entry) =>
            (before === null || entry.id < before) &&
            (sessionId === undefined || entry.sessionId === sessionId) &&
            (callerId === undefined || entry.callerId === callerId),
        )
        .reverse()
        .slice(0, limit),
    ),
  prune: (olderThan) =>
    reading(() => {
      database.audit = database.audit.filter(({ at }) => at >= olderThan);
    }),
});
