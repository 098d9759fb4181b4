import { ParleyError } from '../../../domain/errors.js';
import { createCallerQueue } from '../../../domain/fairness/caller-queue.js';
import { hasRoom, makerOf } from '../../../domain/fairness/shares.js';
import { processClock } from '../threads/process-clock.js';
import type { Thread } from '../threads/thread.js';
import type { ThreadMethod } from '../threads/thread-protocol.js';

/** Scans of one caller that may wait, beside the one that runs. */
const MAX_WAITING = 200;

export interface Scanners {
  /** As a thread's. The time that a scan may take begins when it is asked for. RATE_LIMITED where too many of the caller wait. */
  call(method: ThreadMethod, input: unknown, caller?: string): Promise<unknown>;
  /** While they are held none begins, and none loses its time. */
  hold(held: boolean): void;
  close(): Promise<void>;
}

type Scan = (thread: Thread) => Promise<void>;

/**
 * The threads that run what may read every session. Each caller, with the session tokens that it has made, has one of them at a time,
 * and the callers take turns: whoever asks for much waits for itself. The first runs from the beginning, further ones from when they are needed.
 */
export async function startScanners(
  start: () => Promise<Thread>,
  most: number,
  now = processClock,
): Promise<Scanners> {
  const threads: Thread[] = [await start()];
  const idle: Thread[] = [...threads];
  let starting: Promise<void> | null = null;
  let closing = false;
  /** The makers whose scan runs. */
  const scanning = new Set<string>();
  const waiting = createCallerQueue<Scan>();
  const isFree = (caller: string) => !scanning.has(makerOf(caller));
  let heldSince: number | null = null;
  /** How long they were held before. */
  let heldMs = 0;
  const heldSoFar = () => heldMs + (heldSince === null ? 0 : now() - heldSince);

  function next(): void {
    if (heldSince !== null) return;
    while (idle.length > 0) {
      const scan = waiting.next(isFree);
      if (!scan) return;
      begin(scan.caller, scan.item, idle.pop() as Thread);
    }
    if (waiting.callers().some(isFree)) grow();
  }

  function begin(caller: string, scan: Scan, thread: Thread): void {
    const maker = makerOf(caller);
    scanning.add(maker);
    void scan(thread).finally(() => {
      scanning.delete(maker);
      idle.push(thread);
      // Behind those who came meanwhile.
      waiting.goBehind(caller);
      next();
    });
  }

  /** Where it cannot be started, those that run serve all. */
  function grow(): void {
    if (starting || closing || threads.length >= most) return;
    starting = start().then(
      async (thread) => {
        starting = null;
        if (closing) return thread.close();
        threads.push(thread);
        idle.push(thread);
        next();
      },
      () => {
        starting = null;
      },
    );
  }

  return {
    call(method, input, caller = '') {
      if (!hasRoom(caller, { more: 1, limit: MAX_WAITING, ...waiting.count(caller) })) {
        const message = `${MAX_WAITING} lists and counts of this caller wait, the most that may. Wait for their answers.`;
        return Promise.reject(new ParleyError('RATE_LIMITED', message));
      }
      const at = now() - heldSoFar();
      return new Promise((resolve, reject) => {
        waiting.add(caller, (thread) =>
          thread.call(method, input, { at: at + heldSoFar() }).then(resolve, reject),
        );
        next();
      });
    },
    hold(held) {
      heldMs = heldSoFar();
      heldSince = held ? now() : null;
      next();
    },
    async close() {
      closing = true;
      heldSince = null;
      await starting;
      const closed = threads.map((thread) => thread.close());
      // What was held is refused.
      next();
      await Promise.all(closed);
    },
  };
}
