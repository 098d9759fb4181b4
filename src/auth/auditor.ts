import type { Logger } from 'pino';
import type { AuditEntry, AuditLog } from '../domain/audit-log.js';

/** How long an entry waits for others, so that they are written together. */
const GATHER_MS = 50;
/** Entries kept while the database is away; what comes beyond is logged instead. */
const KEPT = 10_000;
const PRUNE_EVERY_MS = 3_600_000;
const DAY_MS = 86_400_000;

export interface Auditor {
  record(entry: AuditEntry): void;
  /** Writes what waits. */
  close(): Promise<void>;
}

/** Writes the audit beside the requests: an entry is on the disk some 50 ms after what it tells of. */
export function createAuditor(
  audit: AuditLog,
  { keptDays, now, log }: { keptDays: number; now: () => Date; log: Logger },
): Auditor {
  let waiting: AuditEntry[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  async function write(): Promise<void> {
    const entries = waiting;
    waiting = [];
    if (entries.length === 0) return;
    try {
      await audit.append(entries);
    } catch (error) {
      log.warn({ err: error, entries: entries.length }, 'the audit could not be written; it is tried again');
      waiting = [...entries, ...waiting];
      schedule(GATHER_MS * 20);
    }
  }

  function schedule(ms: number): void {
    timer ??= setTimeout(() => {
      timer = null;
      writing = writing.then(write);
    }, ms);
  }

  const prune = () => {
    audit.prune(new Date(now().getTime() - keptDays * DAY_MS)).catch((error: unknown) => {
      log.warn({ err: error }, 'old entries of the audit could not be removed');
    });
  };
  const pruning = setInterval(prune, PRUNE_EVERY_MS).unref();

  return {
    record(entry) {
      if (waiting.length >= KEPT) return log.error({ audit: entry }, 'the audit is full');
      waiting.push(entry);
      schedule(GATHER_MS);
    },
    async close() {
      clearInterval(pruning);
      if (timer) clearTimeout(timer);
      timer = null;
      await writing;
      await write();
      // A last try that failed must not keep the process alive.
      if (timer) clearTimeout(timer);
    },
  };
}
