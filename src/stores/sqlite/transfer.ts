import type { TransferCounts, TransferStore } from '../../domain/sessions/transfer.js';
import { readTransfer } from './read-transfer.js';
import { checkSnapshotSize } from './snapshots.js';
import type { Statements } from './statements.js';
import type { Thread } from './threads/thread.js';
import { missingAudit, readAuditPages, readSnapshotAfter } from './transfer-beside.js';
import { rowsOf } from './transfer-rows.js';

/** What of a session an import writes in one transaction: while it goes on no other process writes to the file. */
const PART_BYTES = 1024 * 1024;

interface TransferDeps {
  statements: Statements;
  /** Makes an error of the database one of Parley's. */
  read<T>(query: () => T): Promise<T>;
  writer: Pick<Thread, 'call'>;
}

export function createSqliteTransfer({ statements, read, writer }: TransferDeps): TransferStore {
  return {
    partBytes: PART_BYTES,
    splits: true,
    countMessages: () =>
      read(() => statements.get('SELECT coalesce(sum(message_count), 0) AS count FROM agents')?.count),
    read: (sessionId, { secrets }) => pages(() => readTransfer(statements, sessionId, secrets)),
    write: async (parts, now) =>
      writer.call('writeTransfer', { parts: parts.map(rowsOf), now }) as Promise<TransferCounts>,
    async *readSnapshots() {
      for (let after = ''; ; ) {
        const snapshot = await read(() => readSnapshotAfter(statements, after));
        if (!snapshot) return;
        yield snapshot;
        after = snapshot.key;
      }
    },
    async writeSnapshot(snapshot) {
      checkSnapshotSize(snapshot);
      return (await writer.call('moveSnapshot', snapshot)) as boolean;
    },
    readAudit: () => pages(() => readAuditPages(statements)),
    writeAudit: (entries, { dryRun }) =>
      dryRun
        ? read(() => missingAudit(statements, entries).length)
        : (writer.call('moveAudit', { entries }) as Promise<number>),
  };

  async function* pages<T>(start: () => Iterator<T>): AsyncGenerator<T> {
    const all = start();
    for (;;) {
      const page = await read(() => all.next());
      if (page.done) return;
      yield page.value;
    }
  }
}
