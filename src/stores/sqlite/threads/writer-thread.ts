import { parentPort, workerData } from 'node:worker_threads';
import { leapOver } from '../change-log.js';
import { rewriteForAutoVacuum } from '../file/auto-vacuum.js';
import { openWriter } from '../file/connection.js';
import { identifyFiles, lostFile } from '../file/file-identity.js';
import { declareMetadataIndexes } from '../file/metadata-indexes.js';
import { migrate } from '../file/migrate.js';
import { addDeadline, addMetadataFunction } from '../reads/metadata-function.js';
import { toThreadError } from '../sqlite-error.js';
import { prepareOnce } from '../statements.js';
import { settleAtEnd } from '../touched.js';
import { commitGroup, type QueuedCall, queued } from '../writes/commit-group.js';
import { isStep, leftBehind } from '../writes/left-behind.js';
import { dataVersion } from '../writes/new-metadata.js';
import { keptOf } from '../writes/packed-values.js';
import { createPreparations } from '../writes/preparations.js';
import { createPruning } from '../writes/pruning.js';
import { settled } from '../writes/unfinished.js';
import { createWriteLine } from '../writes/write-line.js';
import { prepareMetadata } from '../writes/write-sessions.js';
import { ERASING, WRITES } from '../writes/writes.js';
import { createCheckpoints, HASTY_PAGES, HASTY_WAIT_MS } from './checkpoints.js';
import { createCollector } from './collect.js';
import { createErasures } from './erasures.js';
import { createFileWatch } from './file-watch.js';
import { createFurtherSteps } from './further-steps.js';
import { createHousekeeping, walBytes } from './housekeeping.js';
import { createImportPace, isImport } from './import-pace.js';
import { createLogRoom, LOG_ROOM, READERS_KEEP_LOG } from './log-room.js';
import { received } from './sendable.js';
import type { ThreadCall, ThreadMessage, WriterData } from './thread-protocol.js';
import { GROUP, JOIN_MS, JOINING, REST_MS, STEP_PAUSE_MS, WRITE_REST } from './writer-limits.js';

const port = parentPort as NonNullable<typeof parentPort>;
const post = (message: ThreadMessage) => port.postMessage(message);
const notify = (level: 'info' | 'warn' | 'error', text: string) => post({ type: 'notice', level, text });
const messageOf = (error: unknown) => (error as Error).message;

try {
  serve(workerData as WriterData);
  post({ type: 'ready' });
} catch (error) {
  post({ type: 'failed', error: toThreadError(error) });
}

function serve({ path, synchronous, metadataIndexes, files: known, mostLogBytes, leap }: WriterData): void {
  // Before it is opened: where the file is gone, opening would make a new one.
  const gone = known && lostFile(known);
  if (gone) throw gone;
  const db = openWriter(path, synchronous);
  post({ type: 'opened' });
  migrate(db);
  if (metadataIndexes) declareMetadataIndexes(db, metadataIndexes);
  const rewritten = rewriteForAutoVacuum(db);
  if (rewritten) notify('info', rewritten);
  // Filters of what expires ask for them.
  addMetadataFunction(db);
  addDeadline(db, () => performance.now());
  // What begins a write waits by itself.
  db.pragma('busy_timeout = 0');
  const statements = prepareOnce(db);
  if (leap) leapOver(statements, leap);
  // The files beside it are there from the first statement on.
  const files = known ?? identifyFiles(path);
  const checkpoints = createCheckpoints(db, { path, synchronous, files }, (error) =>
    notify(
      'warn',
      `the thread that copies the write-ahead log has died; writes do that themselves from now on (${messageOf(error)})`,
    ),
  );
  const watch = createFileWatch(db, {
    files,
    notify,
    onLost: (lost) => post({ type: 'lost', lost: lost && toThreadError(lost) }),
  });
  const housekeeping = createHousekeeping(db, path, checkpoints.empty);
  const pruning = createPruning(statements);
  const line = createWriteLine<QueuedCall>(GROUP, WRITE_REST);
  const preparations = createPreparations(line, ({ call }) =>
    prepareMetadata(statements, call.input as never),
  );
  const erasures = createErasures({
    emptyLog: checkpoints.empty,
    busy: () => line.size > 0 || preparations.size > 0,
    onFailure: (error) =>
      notify(
        'warn',
        `what was erased still lies in the write-ahead log; it is tried on (${messageOf(error)})`,
      ),
  });
  const room = createLogRoom(
    {
      logBytes: () => walBytes(path),
      erasedForMs: erasures.waitsForMs,
      emptyLog: () => checkpoints.empty(HASTY_WAIT_MS, HASTY_PAGES),
      hold(held) {
        post({ type: 'held', held });
        if (held) notify('warn', READERS_KEEP_LOG);
      },
      now: () => performance.now(),
    },
    { ...LOG_ROOM, bytes: mostLogBytes ?? LOG_ROOM.bytes },
  );
  const later = {
    add(call: ThreadCall) {
      add(call);
      wake();
    },
    after(ms: number, run: () => void) {
      const timer = setTimeout(run, ms);
      return () => clearTimeout(timer);
    },
  };
  const steps = createFurtherSteps({ ...later, left: () => leftBehind(statements) });
  const imports = createImportPace({
    ...later,
    version: () => dataVersion(statements),
    now: () => performance.now(),
  });
  const collector = createCollector();
  let othersTurn = true;
  let scheduled = false;
  let resting: NodeJS.Timeout | null = null;
  let ending = false;

  port.on('message', (call: ThreadCall | 'close') => {
    if (call === 'close') {
      ending = true;
      preparations.release();
      steps.release();
      imports.release();
      line.endRests();
      while (line.size > 0) commitSome();
      if (resting) clearTimeout(resting);
      erasures.end();
      room.end();
      clearInterval(rest);
      if (!watch.look()) settleAtEnd(statements);
      void checkpoints.end().then(() => {
        db.close();
        port.close();
      });
      return;
    }
    call.input = received(call, keptOf(call.method));
    if (call.method === 'whenErased') {
      erasures.afterAll(() => post({ type: 'answer', id: call.id, result: null }));
      return;
    }
    if (isImport(call)) {
      imports.take(call);
      return;
    }
    const joins = line.size === 0 && preparations.size === 0 && JOINING.has(call.method);
    add(call);
    wake(joins);
  });

  function wake(joins = false): void {
    if (resting) clearTimeout(resting);
    resting = null;
    if (scheduled) return;
    if (joins) restFor(JOIN_MS);
    else schedule();
  }

  /** After every message that waits then: they share one transaction, and one wait for the disk. */
  function schedule(): void {
    scheduled = true;
    setImmediate(() => {
      takeTurn();
      scheduled = false;
      if (line.size > 0) goOn();
    });
  }

  /** At once, or where all that wait rest, when the first of them may. */
  function goOn(): void {
    const restMs = preparations.size > 0 || line.head() ? undefined : line.restMs();
    if (restMs === undefined) schedule();
    else restFor(restMs);
  }

  function restFor(ms: number): void {
    resting = setTimeout(() => {
      resting = null;
      schedule();
    }, ms);
  }

  const rest = setInterval(() => {
    watch.look();
    if (line.size === 0) steps.again();
    tidy();
    room.look();
    collector.look();
  }, REST_MS);
  rest.unref();

  function add(call: ThreadCall): void {
    line.add(queued(statements, call, GROUP.bytes));
  }

  for (const call of leftBehind(statements)) add(call);
  if (line.size > 0) schedule();

  /** A group of what waits, and a slice of what is prepared, in turn. */
  function takeTurn(): void {
    collector.worked();
    const head = othersTurn || preparations.size === 0 ? line.head() : undefined;
    othersTurn = !othersTurn;
    if (head?.isPrepared) preparations.begin(head);
    else if (head) commitSome();
    else {
      const ready = preparations.advance();
      if (ready) commitSome(ready);
    }
  }

  function commitSome(ready?: { write: QueuedCall; prepared: unknown }): void {
    const parts = { writes: WRITES, pruning, lost: watch.lostNow };
    const begin = performance.now();
    const group = commitGroup(statements, line, parts, ready);
    const { calls } = group;
    const { answers, rests } = settled(calls, group.answers, ending);
    const tookMs = performance.now() - begin;
    if (ending) for (const rest of rests) add(rest);
    else steps.later(rests, tookMs);
    if (answers.some(({ call }) => isImport(call))) imports.ended(tookMs);
    if (answers.some(({ call, answer }) => answer.type === 'refusal' && isStep(call))) steps.failed();
    // It may be a session's metadata that was written, of whichever session.
    if (calls.some(({ method }) => method === 'writeTransfer')) preparations.restart();
    // In one message: each wakes the main thread.
    post({ type: 'committed', answers: answers.map(({ answer }) => answer) });
    checkpoints.committed();
    // After the answers: they stand, whatever becomes of it.
    if (answers.some(({ call, answer }) => answer.type === 'answer' && ERASING.has(call.method)))
      erasures.erased();
  }

  /** Small steps with pauses between them: a write waits for one of them at most. */
  function tidy(): void {
    if (watch.known() || scheduled || !housekeeping.step()) return;
    setTimeout(tidy, STEP_PAUSE_MS).unref();
  }
}
