import { parentPort, workerData } from 'node:worker_threads';
import { openReader } from './connection.js';
import { isExpired } from './expiry.js';
import { lostFile } from './file-identity.js';
import { addDeadline, addMetadataFunction } from './metadata-function.js';
import { countSessions, findSessions } from './read-sessions.js';
import { remainsOf } from './remains.js';
import { listSnapshots } from './snapshots.js';
import { toThreadError } from './sqlite-error.js';
import { prepareOnce, type Statements } from './statements.js';
import type { FindWithin, FoundWithin, ReaderData, ThreadCall, ThreadMessage } from './thread-protocol.js';

const port = parentPort as NonNullable<typeof parentPort>;
const post = (message: ThreadMessage) => port.postMessage(message);

try {
  serve(workerData as ReaderData);
  post({ type: 'ready' });
} catch (error) {
  post({ type: 'failed', error: toThreadError(error) });
}

// biome-ignore lint/suspicious/noExplicitAny: a call's input has the type of its method.
const READS: Record<string, (statements: Statements, input: any) => unknown> = {
  findSessions: (statements, { query, most }: FindWithin): FoundWithin =>
    findSessions(statements, query, most),
  countSessions,
  listSnapshots,
  remainsOf,
  isExpired,
};

/**
 * Answers what may read every session, one after the other. The time limit of each begins when it was asked: where many
 * were asked at once, nobody waits behind all of them.
 */
function serve({ path, scanLimitMs, files }: ReaderData): void {
  const lost = lostFile(files);
  if (lost) throw lost;
  const db = openReader(path);
  post({ type: 'opened' });
  const deadline = addDeadline(db, () => performance.now());
  addMetadataFunction(db, deadline.check);
  const statements = prepareOnce(db);

  port.on('message', (call: ThreadCall | 'close') => {
    if (call === 'close') {
      db.close();
      port.close();
      return;
    }
    const { id, method, input, at } = call;
    try {
      deadline.start(scanLimitMs - (Date.now() - at));
      post({ type: 'answer', id, result: READS[method]?.(statements, input) });
    } catch (error) {
      post({ type: 'refusal', id, error: toThreadError(error) });
    }
  });
}
