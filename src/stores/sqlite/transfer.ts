import type { TransferCounts, TransferStore } from '../../domain/sessions/transfer.js';
import { readTransfer } from './read-transfer.js';
import type { Statements } from './statements.js';
import type { Thread } from './thread.js';
import { rowsOf } from './transfer-rows.js';

/** What of a session an import writes in one transaction. */
const PART_BYTES = 8 * 1024 * 1024;

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
    async *read(sessionId, { secrets }) {
      const pages = readTransfer(statements, sessionId, secrets);
      for (;;) {
        const page = await read(() => pages.next());
        if (page.done) return;
        yield page.value;
      }
    },
    write: (parts, now) =>
      writer.call('writeTransfer', { parts: parts.map(rowsOf), now }) as Promise<TransferCounts>,
  };
}
