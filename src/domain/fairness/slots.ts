import { createCallerQueue } from './caller-queue.js';
import { hasRoom, makerOf } from './shares.js';
import { createTally } from './tally.js';

/** A semaphore: runs at most `count` tasks at once, the others in the order they came. */
export function createSlots(count: number): <T>(task: () => Promise<T>) => Promise<T> {
  let free = count;
  const waiting: (() => void)[] = [];
  return async (task) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await task();
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
}

export interface CallerSlots {
  /**
   * Runs the task when it is the caller's turn, and fewer than the most of it are running. One that has to wait is given by `waits` what
   * ends that, with an error: nothing of it is kept then.
   */
  run<T>(caller: string, task: (rest: Rest) => Promise<T>, waits?: (leave: Leave) => void): Promise<T>;
}

export type Leave = (error: Error) => void;

/** Gives back the place of a task while it waits for something, and takes another before it goes on. */
export type Rest = <T>(wait: () => Promise<T>) => Promise<T>;

export interface CallerSlotsOptions {
  /** Tasks at once of one caller, with those of the session tokens that it has made; */
  ofCaller: number;
  /** and of all callers. */
  ofAll?: number;
  /** Tasks of one caller that may wait, and what is thrown past it. */
  waiting?: { most: number; refuse(): Error };
}

/** The same for each caller by itself. Where all are too many, the callers take turns. */
export function createCallerSlots({
  ofCaller,
  ofAll = Number.POSITIVE_INFINITY,
  waiting,
}: CallerSlotsOptions): CallerSlots {
  /** Of each maker, how many run. */
  const running = createTally();
  const line = createCallerQueue<() => void>();
  let all = 0;

  const isFree = (caller: string) => all < ofAll && running.of(makerOf(caller)) < ofCaller;

  function count(caller: string, more: 1 | -1): void {
    all += more;
    running.add(makerOf(caller), more);
  }

  function turnOf(caller: string, waits: (leave: Leave) => void): Promise<void> {
    if (waiting && !hasRoom(caller, { more: 1, limit: waiting.most, ...line.count(caller) }))
      throw waiting.refuse();
    return new Promise((resolve, reject) => {
      const out = line.add(caller, resolve);
      waits((error) => {
        out();
        reject(error);
      });
    });
  }

  /** Null: it has its place at once. */
  function take(caller: string, waits: (leave: Leave) => void = () => {}): Promise<void> | null {
    if (!isFree(caller)) return turnOf(caller, waits);
    count(caller, 1);
    return null;
  }

  function giveBack(caller: string): void {
    count(caller, -1);
    // Behind those who came meanwhile.
    line.goBehind(caller);
    // Before all others who has none.
    const next = line.next((one) => isFree(one) && running.of(makerOf(one)) === 0) ?? line.next(isFree);
    if (!next) return;
    count(next.caller, 1);
    next.item();
  }

  return {
    async run(caller, task, waits) {
      const turn = take(caller, waits);
      if (turn) await turn;
      let has = true;
      const rest: Rest = async (wait) => {
        has = false;
        giveBack(caller);
        const waited = await wait();
        await take(caller);
        has = true;
        return waited;
      };
      try {
        return await task(rest);
      } finally {
        if (has) giveBack(caller);
      }
    },
  };
}
