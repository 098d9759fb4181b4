import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { listAudit } from '../access.js';
import { openReader } from '../file/connection.js';
import { lostFile } from '../file/file-identity.js';
import { addDeadline, addMetadataFunction } from '../reads/metadata-function.js';
import { countSessions } from '../reads/read-sessions.js';
import { READS, type ReadName } from '../reads/reads.js';
import { packed, type RowsRead } from '../reads/rows-read.js';
import { findSnapshot, listSnapshots } from '../snapshots.js';
import { toThreadError } from '../sqlite-error.js';
import { prepareOnce, type Statements } from '../statements.js';
import { deadWebhooks, listWebhooks } from '../webhooks.js';
import { isExpired } from '../writes/expiry.js';
import { remainsOf } from '../writes/remains.js';
import { createCollector } from './collect.js';
import { processClock } from './process-clock.js';
import { received } from './sendable.js';
import type { PackedRows, ReaderData, RowsWithin, ThreadCall, ThreadMessage } from './thread-protocol.js';

const SCAN_NICE = 10;
/** Of pages of the file, negative: in KiB. What scans goes through them once, and the system has them; by itself better-sqlite3 keeps 16 MB. */
const CACHE_KIB = -4_000;
/** How often it is looked whether there is nothing to do but to collect. */
const COLLECT_MS = 1_000;

const port = parentPort as NonNullable<typeof parentPort>;
const post = (message: ThreadMessage, memory: ArrayBuffer[] = []) => port.postMessage(message, memory);

try {
  serve(workerData as ReaderData);
  // Not before: on a busy machine it took longer to open than a thread may.
  stepBack();
  post({ type: 'ready' });
} catch (error) {
  post({ type: 'failed', error: toThreadError(error) });
}

// biome-ignore lint/suspicious/noExplicitAny: a call's input has the type of its method.
const SCANS: Record<string, (statements: Statements, input: any) => unknown> = {
  countSessions,
  findSnapshot,
  listSnapshots,
  remainsOf,
  isExpired,
  listAudit,
  deadWebhooks,
  listWebhooks,
};

/**
 * Scans take what processor time the threads leave that answer and write. On Linux, where a thread has a priority of its own
 * (setpriority(2)); elsewhere it would be the whole process'.
 */
function stepBack(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(SCAN_NICE);
  } catch {
    // Where it is not allowed, all have the same.
  }
}

/**
 * Answers what may read every session, one after the other. The time limit of each begins when it was asked: where many
 * were asked at once, nobody waits behind all of them.
 */
function serve({ path, scanLimitMs, files }: ReaderData): void {
  const lost = lostFile(files);
  if (lost) throw lost;
  const db = openReader(path);
  db.pragma(`cache_size = ${CACHE_KIB}`);
  post({ type: 'opened' });
  const deadline = addDeadline(db, () => performance.now());
  addMetadataFunction(db, deadline.check);
  const statements = prepareOnce(db);

  function answerRows(id: number, name: ReadName, { input, most }: RowsWithin): void {
    const { bytes, value } = (READS[name] as RowsRead<unknown, unknown>).rows(statements, input, most);
    const { pieces, memory } = packed(value ?? []);
    const result: PackedRows = value ? { bytes, value: pieces } : { bytes };
    post({ type: 'answer', id, result }, memory);
  }

  const collector = createCollector();
  const looking = setInterval(collector.look, COLLECT_MS);

  port.on('message', (call: ThreadCall | 'close') => {
    if (call === 'close') {
      clearInterval(looking);
      db.close();
      port.close();
      return;
    }
    const { id, method, at } = call;
    const input = received(call);
    try {
      deadline.start(scanLimitMs - (processClock() - at));
      if (method in READS) answerRows(id, method as ReadName, input as RowsWithin);
      else post({ type: 'answer', id, result: SCANS[method]?.(statements, input) });
    } catch (error) {
      post({ type: 'refusal', id, error: toThreadError(error) });
    }
    collector.worked();
  });
}
