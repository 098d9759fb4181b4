import { randomBytes } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { appendAudit, createKey, pruneAudit, revokeKey, touchKey } from './access.js';
import { pruneChanges } from './change-log.js';
import { openWriter } from './connection.js';
import { declareMetadataIndexes } from './metadata-indexes.js';
import { migrate } from './migrate.js';
import { pruneReceipts } from './receipts.js';
import { deleteSnapshot, writeSnapshot } from './snapshots.js';
import { toThreadError } from './sqlite-error.js';
import { prepareOnce, type Statements } from './statements.js';
import type { ThreadCall, ThreadMessage, WriterData } from './thread-protocol.js';
import { upsertAgent } from './write-agents.js';
import { appendMessages, recordGuardrailEvent, recordMetrics, redactMessage } from './write-messages.js';
import { addFeedback, changeMetadata, createSession, deleteSession } from './write-sessions.js';

/** Writes that one transaction takes at most. */
const GROUP = 256;
/** How soon a checkpoint that a reader held up is tried again. */
const CHECKPOINT_RETRY_MS = 100;

// biome-ignore lint/suspicious/noExplicitAny: a call's input has the type of its method.
const WRITES: Record<string, (statements: Statements, input: any) => unknown> = {
  createSession,
  deleteSession,
  upsertAgent,
  appendMessages,
  recordMetrics,
  redactMessage,
  recordGuardrailEvent,
  changeMetadata,
  addFeedback,
  writeSnapshot,
  deleteSnapshot,
  secret,
  createKey,
  revokeKey,
  touchKey,
  appendAudit,
  pruneAudit,
};

/** After these the old content still lies in the write-ahead log, which a checkpoint empties. */
const ERASING = new Set(['redactMessage', 'deleteSession', 'changeMetadata', 'deleteSnapshot']);

const port = parentPort as NonNullable<typeof parentPort>;
const post = (message: ThreadMessage) => port.postMessage(message);

try {
  serve(workerData as WriterData);
  post({ type: 'ready' });
} catch (error) {
  post({ type: 'failed', error: toThreadError(error) });
}

function serve({ path, synchronous, metadataIndexes }: WriterData): void {
  const db = openWriter(path, synchronous);
  migrate(db);
  if (metadataIndexes) declareMetadataIndexes(db, metadataIndexes);
  const statements = prepareOnce(db);
  let queue: ThreadCall[] = [];
  let scheduled = false;
  let retry: NodeJS.Timeout | null = null;

  port.on('message', (call: ThreadCall | 'close') => {
    if (call === 'close') {
      while (queue.length > 0) commitSome();
      db.close();
      port.close();
      return;
    }
    queue.push(call);
    if (scheduled) return;
    scheduled = true;
    // After every message that waits now: they share one transaction, and one wait for the disk.
    setImmediate(() => {
      scheduled = false;
      while (queue.length > 0) commitSome();
    });
  });

  function commitSome(): void {
    const calls = queue.slice(0, GROUP);
    queue = queue.slice(GROUP);
    const answers = commit(statements, calls);
    if (answers.some((answer, index) => answer.type === 'answer' && ERASING.has(calls[index]?.method ?? '')))
      erase();
    for (const answer of answers) post(answer);
    if (answers.some(({ type }) => type === 'answer')) post({ type: 'committed' });
  }

  /** Empties the write-ahead log; a reader in the middle of a statement can hold it up for a moment. */
  function erase(): void {
    if (retry) clearTimeout(retry);
    retry = null;
    db.pragma('busy_timeout = 50');
    const [{ busy }] = db.pragma('wal_checkpoint(TRUNCATE)') as [{ busy: number }];
    db.pragma('busy_timeout = 5000');
    if (busy) retry = setTimeout(erase, CHECKPOINT_RETRY_MS).unref();
  }
}

/** All calls in one transaction, each in a savepoint of its own; the answers stand for what is on the disk. */
function commit(statements: Statements, calls: readonly ThreadCall[]): ThreadMessage[] {
  const { db } = statements;
  try {
    statements.run('BEGIN IMMEDIATE');
    // One alone has the transaction as its savepoint.
    const answers = calls.map((call) =>
      calls.length === 1 ? carryOut(statements, call) : attempt(statements, call),
    );
    prune(statements, calls);
    statements.run('COMMIT');
    return answers;
  } catch (error) {
    if (db.inTransaction) statements.run('ROLLBACK');
    return calls.map(({ id }) => ({ type: 'refusal', id, error: toThreadError(error) }));
  }
}

function carryOut(statements: Statements, { id, method, input }: ThreadCall): ThreadMessage {
  return { type: 'answer', id, result: WRITES[method]?.(statements, input) };
}

function attempt(statements: Statements, call: ThreadCall): ThreadMessage {
  statements.run('SAVEPOINT one');
  try {
    const answer = carryOut(statements, call);
    statements.run('RELEASE one');
    return answer;
  } catch (error) {
    // A full disk and the like end the transaction, and with it every write of the group.
    if (!statements.db.inTransaction) throw error;
    statements.run('ROLLBACK TO one');
    statements.run('RELEASE one');
    return { type: 'refusal', id: call.id, error: toThreadError(error) };
  }
}

function prune(statements: Statements, calls: readonly ThreadCall[]): void {
  const now = (calls.at(-1)?.input as { now?: Date } | undefined)?.now;
  if (!now) return;
  pruneReceipts(statements, now);
  pruneChanges(statements, now);
}

function secret(statements: Statements, { name }: { name: string }): Uint8Array {
  statements.run('INSERT OR IGNORE INTO secrets (name, value) VALUES (?, ?)', name, randomBytes(32));
  return statements.get('SELECT value FROM secrets WHERE name = ?', name)?.value;
}
