import { ParleyError } from '../../domain/errors.js';
import type { Thread } from './thread.js';
import type { ThreadMethod } from './thread-protocol.js';

/** Scans of one caller that may wait, beside the one that runs. */
const MAX_WAITING = 200;

export interface Scanners {
  /** As a thread's. The time that a scan may take begins when it is asked for. RATE_LIMITED where too many of the caller wait. */
  call(method: ThreadMethod, input: unknown, caller?: string): Promise<unknown>;
  close(): Promise<void>;
}

interface Scan {
  run(thread: Thread): Promise<void>;
}

/**
 * The threads that run what may read every session. Each caller has one of them at a time, and the callers take turns: whoever
 * asks for much waits for itself. The first runs from the beginning, further ones from when they are needed.
 */
export async function startScanners(start: () => Promise<Thread>, most: number): Promise<Scanners> {
  const threads: Thread[] = [await start()];
  const idle: Thread[] = [...threads];
  let starting: Promise<void> | null = null;
  let closing = false;
  const scanning = new Set<string>();
  /** In the order of the callers' turns. */
  const waiting = new Map<string, Scan[]>();

  function next(): void {
    for (const [caller, line] of waiting) {
      if (scanning.has(caller)) continue;
      const thread = idle.pop();
      if (!thread) {
        grow();
        return;
      }
      const scan = line.shift() as Scan;
      waiting.delete(caller);
      if (line.length > 0) waiting.set(caller, line);
      scanning.add(caller);
      void scan.run(thread).finally(() => {
        scanning.delete(caller);
        idle.push(thread);
        const rest = waiting.get(caller);
        // Behind those who came meanwhile.
        if (rest && waiting.delete(caller)) waiting.set(caller, rest);
        next();
      });
    }
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
      const line = waiting.get(caller) ?? [];
      if (line.length >= MAX_WAITING) {
        const message = `${MAX_WAITING} lists and counts of this caller wait, the most that may. Wait for their answers.`;
        return Promise.reject(new ParleyError('RATE_LIMITED', message));
      }
      const at = Date.now();
      return new Promise((resolve, reject) => {
        line.push({ run: (thread) => thread.call(method, input, { at }).then(resolve, reject) });
        waiting.set(caller, line);
        next();
      });
    },
    async close() {
      closing = true;
      await starting;
      await Promise.all(threads.map((thread) => thread.close()));
    },
  };
}
