import type { Logger } from 'pino';
import type { AuditEntry, AuditLog, NewAuditEntry } from '../domain/access/audit-log.js';
import { createRefusalTally } from './refusal-tally.js';

/** How long an entry waits for others, so that they are written together. */
const GATHER_MS = 50;
/** How often the count of an entry is written while it rises. */
const COUNT_EVERY_MS = 1_000;
/** Entries kept while the database is away; what comes beyond is logged instead. */
const KEPT = 10_000;
/** Entries of one write: thousands that have waited for a database would hold up everybody else's. */
const AT_ONCE = 200;
const PRUNE_EVERY_MS = 3_600_000;
/** A process may live for less than that. */
const FIRST_PRUNE_MS = 60_000;
const DAY_MS = 86_400_000;

/** What counts goes on counting while it is written; anything else is known again by its object where the write is repeated. */
const asItIs = (entry: NewAuditEntry): NewAuditEntry => (entry.mark === null ? entry : { ...entry });

export interface Auditor {
  /**
   * What was not done, for whatever reason, is one entry with a count for a caller and minute. `caller`: in one word, as `callerKey` says
   * it; absent: the entry's.
   */
  record(entry: Omit<AuditEntry, 'count'>, caller?: string): void;
  /** Writes what waits. */
  close(): Promise<void>;
}

/** Writes the audit beside the requests: an entry is on the disk some 50 ms after what it tells of, on SQLite up to 25 more. */
export function createAuditor(
  audit: AuditLog,
  { keptDays, now, elapsed, log }: { keptDays: number; now: () => Date; elapsed: () => number; log: Logger },
): Auditor {
  const tally = createRefusalTally(elapsed);
  let waiting = new Set<NewAuditEntry>();
  /** Those that are written, and whose count has risen since. */
  let risen = new Set<NewAuditEntry>();
  let counting: NodeJS.Timeout | null = null;
  let timer: NodeJS.Timeout | null = null;
  let writing: Promise<void> = Promise.resolve();

  /** What waits now, some at a time; what comes meanwhile gathers. */
  async function write(): Promise<void> {
    const entries = [...waiting];
    waiting = new Set();
    for (let start = 0; start < entries.length; start += AT_ONCE) {
      try {
        await audit.append(entries.slice(start, start + AT_ONCE).map(asItIs));
      } catch (error) {
        const left = entries.slice(start);
        log.warn({ err: error, entries: left.length }, 'the audit could not be written; it is tried again');
        waiting = new Set([...left, ...waiting]);
        schedule(GATHER_MS * 20);
        return;
      }
    }
  }

  function schedule(ms: number): void {
    timer ??= setTimeout(() => {
      timer = null;
      writing = writing.then(write);
    }, ms);
  }

  function writeCounts(): void {
    if (counting) clearTimeout(counting);
    counting = null;
    for (const entry of risen) waiting.add(entry);
    risen = new Set();
  }

  function countLater(entry: NewAuditEntry): void {
    risen.add(entry);
    counting ??= setTimeout(() => {
      writeCounts();
      schedule(0);
    }, COUNT_EVERY_MS);
  }

  let isPruning = false;
  const prune = async () => {
    if (isPruning) return;
    isPruning = true;
    try {
      await audit.prune(new Date(now().getTime() - keptDays * DAY_MS));
    } catch (error) {
      log.warn({ err: error }, 'old entries of the audit could not be removed');
    } finally {
      isPruning = false;
    }
  };
  const timers = [setTimeout(prune, FIRST_PRUNE_MS), setInterval(prune, PRUNE_EVERY_MS)];
  for (const one of timers) one.unref();

  return {
    record(entry, caller) {
      const kept = entry.outcome === 'ok' ? { count: 1, mark: null, ...entry } : tally(entry, caller);
      if (kept.count > 1) return countLater(kept);
      if (waiting.size >= KEPT) return log.error({ audit: entry }, 'the audit is full');
      waiting.add(kept);
      schedule(GATHER_MS);
    },
    async close() {
      for (const one of timers) clearTimeout(one);
      if (timer) clearTimeout(timer);
      timer = null;
      await writing;
      writeCounts();
      await write();
      // A last try that failed must not keep the process alive.
      if (timer) clearTimeout(timer);
    },
  };
}
