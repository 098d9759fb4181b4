import { Worker } from 'node:worker_threads';
import { nextTurn } from '../../../domain/async/next-turn.js';
import { ParleyError } from '../../../domain/errors.js';
import { trackThread } from '../../native-threads.js';
import { fromThreadError } from '../sqlite-error.js';
import { processClock } from './process-clock.js';
import { isManifold, type Sendable, sendable } from './sendable.js';
import { threadFile } from './thread-file.js';
import { startOptions } from './thread-options.js';
import type { ThreadAnswer, ThreadCall, ThreadMessage, ThreadMethod } from './thread-protocol.js';

/** A thread as the main thread sees it. */
export interface Thread {
  /** `at`: when it was asked for, by the process's clock; `caller`: whose share of the thread's time it is. Rejects with what the thread refuses, or STORE_UNAVAILABLE where it died: the call may have been carried out. */
  call(
    method: ThreadMethod,
    input: unknown,
    options?: { at?: number; caller?: string | undefined },
  ): Promise<unknown>;
  /** What was called is finished first. */
  close(): Promise<void>;
}

export interface ThreadOptions {
  /** `writer-thread` or `reader-thread`. */
  module: string;
  /** Asked for at each start. */
  data: () => unknown;
  onCommitted?: () => void;
  onNotice?: (level: 'info' | 'warn' | 'error', text: string) => void;
  /** Whether scans are to wait; a thread that has died holds none. */
  onHeld?: (held: boolean) => void;
  /** Why the writer writes no more; null: it does again. */
  onLost?: (lost: ParleyError | null) => void;
  onDeath?: (error: unknown) => void;
  /** How long opening the file may take, without what follows, such as migrations; 20 s where absent. */
  openLimitMs?: number;
}

const OPEN_LIMIT_MS = 20_000;
/** What is new in a thread's memory is looked through before it is 8 MB: by itself V8 waits for 48. */
const RESOURCES = { maxYoungGenerationSizeMb: 8 };

interface Running {
  worker: Worker;
  exited: Promise<void>;
}

/** Starts the thread; rejects with why it cannot run. One that dies later is started again by the next call. */
export async function startThread(options: ThreadOptions): Promise<Thread> {
  const pending = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>();
  let nextId = 0;
  let running: Promise<Running> | null = null;
  /** The thread once it runs: a call is then posted in the turn it is made in, before a `close` of the next turn. */
  let live: Running | null = null;
  let closing: Promise<void> | null = null;
  let hasServed = false;

  function start(): Promise<Running> {
    const worker = new Worker(threadFile(options.module), {
      workerData: options.data(),
      resourceLimits: RESOURCES,
      ...startOptions(),
    });
    trackThread(worker);
    let started = false;
    const exited = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    return new Promise((resolve, reject) => {
      const limitMs = options.openLimitMs ?? OPEN_LIMIT_MS;
      const tooLong = setTimeout(() => {
        reject(notOpened(limitMs));
        // Where it waits inside the operating system, this ends it when that wakes up, if ever.
        void worker.terminate();
      }, limitMs);
      const die = (error: unknown) => {
        const lost = new ParleyError('STORE_UNAVAILABLE', 'A database thread has died. Try again.', {
          cause: error,
        });
        // Whoever starts a program is told what it cannot run for; a caller of one that runs, to try again.
        reject(hasServed ? lost : error);
        if (!started) return;
        started = false;
        running = live = null;
        options.onHeld?.(false);
        options.onDeath?.(error);
        for (const { reject: refuse } of pending.values()) refuse(lost);
        pending.clear();
      };
      worker.once('error', die);
      worker.once('exit', (code) => {
        clearTimeout(tooLong);
        if (!closing) die(new Error(`the ${options.module} ended with code ${code}`));
      });
      worker.on('message', (message: ThreadMessage) => {
        if (message.type === 'opened') {
          clearTimeout(tooLong);
        } else if (message.type === 'ready') {
          started = hasServed = true;
          live = { worker, exited };
          resolve(live);
        } else if (message.type === 'failed') {
          reject(fromThreadError(message.error));
          void worker.terminate();
        } else if (message.type === 'committed') {
          for (const answer of message.answers) settle(answer);
          options.onCommitted?.();
        } else if (message.type === 'held') {
          options.onHeld?.(message.held);
        } else if (message.type === 'lost') {
          options.onLost?.(message.lost && fromThreadError(message.lost));
        } else if (message.type === 'notice') {
          options.onNotice?.(message.level, message.text);
        } else {
          settle(message);
        }
      });
    });
  }

  function settle(answer: ThreadAnswer): void {
    const call = pending.get(answer.id);
    pending.delete(answer.id);
    if (answer.type === 'answer') call?.resolve(answer.result);
    else call?.reject(fromThreadError(answer.error));
  }

  /** By session, what is being packed last. */
  const packings = new Map<string, Promise<Sendable>>();

  /**
   * The input once it is packed, behind those to its session that are; null where it is sent as it is, now. Who owns the process may go on to change what
   * it gave, and has it copied at once.
   */
  function packed(input: unknown, caller: string | undefined): Promise<Sendable> | null {
    if (caller === undefined) return null;
    const { sessionId = '' } = input as { sessionId?: string };
    const before = packings.get(sessionId);
    const isLarge = isManifold(input);
    if (!before && !isLarge) return null;
    const packing = (async () => {
      await before?.catch(() => {});
      return isLarge ? sendable(input) : { input, packed: [] };
    })();
    packings.set(sessionId, packing);
    const over = () => {
      if (packings.get(sessionId) === packing) packings.delete(sessionId);
    };
    packing.then(over, over);
    return packing;
  }

  const ensure = () => {
    running ??= start().catch((error) => {
      running = null;
      throw error;
    });
    return running;
  };
  await ensure();

  return {
    async call(method, given, { at = processClock(), caller } = {}) {
      if (closing) throw new ParleyError('STORE_UNAVAILABLE', 'The database is closed.');
      const packing = packed(given, caller);
      const sent = packing && (await packing);
      const { worker } = live ?? (await ensure());
      return new Promise((resolve, reject) => {
        const id = nextId++;
        pending.set(id, { resolve, reject });
        if (!sent) worker.postMessage({ id, method, input: given, at, caller } satisfies ThreadCall);
        else {
          const memory = sent.packed.map(({ json }) => json.buffer);
          worker.postMessage({ id, method, at, caller, ...sent } satisfies ThreadCall, memory);
        }
      });
    },
    close() {
      closing ??= (async () => {
        await Promise.allSettled(packings.values());
        // Whoever waited for that has sent its call then.
        await nextTurn();
        const thread = await running?.catch(() => null);
        thread?.worker.postMessage('close');
        await thread?.exited;
      })();
      return closing;
    },
  };
}

const notOpened = (limitMs: number) =>
  new ParleyError(
    'STORE_UNAVAILABLE',
    `The database file could not be opened within ${limitMs / 1000} s: its file system does not answer. Check that the disk of SQLITE_PATH works and knows locks, or choose a file on a local disk.`,
  );
