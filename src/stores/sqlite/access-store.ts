import type { AuditLog } from '../../domain/access/audit-log.js';
import type { KeyStore } from '../../domain/access/key-store.js';
import type { Later } from '../../domain/async/later.js';
import { anyKey, findKey, listAudit, listKeys } from './access.js';
import type { Scanners } from './reads/scanners.js';
import type { Statements } from './statements.js';
import type { Thread } from './threads/thread.js';

export interface SqliteAccessOptions {
  statements: Statements;
  writer: Thread;
  scanner: Pick<Scanners, 'call'>;
  /** Runs a read of this thread; rejects as the ports say. */
  read<T>(query: () => Later<T>): Promise<T>;
}

/** The API keys, and who has done what. */
export function sqliteAccess(options: SqliteAccessOptions): { keys: KeyStore; audit: AuditLog } {
  const { statements, writer, scanner, read } = options;
  return {
    keys: {
      create: (key) => writer.call('createKey', key) as Promise<void>,
      find: (id) => read(() => findKey(statements, id)),
      list: () => read(() => listKeys(statements)),
      any: () => read(() => anyKey(statements)),
      revoke: (id, now) => writer.call('revokeKey', { id, now }) as Promise<boolean>,
      touch: (id, now) => writer.call('touchKey', { id, now }) as Promise<void>,
    },
    audit: {
      append: (entries) => writer.call('appendAudit', { entries }) as Promise<void>,
      // Of two conditions an index answers one: a session that has few entries of the caller may have millions of others.
      list: (query, caller) =>
        query.sessionId !== undefined && query.callerId !== undefined
          ? (scanner.call('listAudit', query, caller) as ReturnType<AuditLog['list']>)
          : read(() => listAudit(statements, query)),
      prune: (olderThan) => writer.call('pruneAudit', { olderThan }) as Promise<void>,
    },
  };
}
