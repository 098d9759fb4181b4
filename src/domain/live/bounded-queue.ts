/** A queue between one producer that never waits and one consumer: at most `limit` items, then it says so. */
export interface BoundedQueue<T> {
  /** Items that wait to be taken. */
  readonly length: number;
  /** How often what was queued has been taken. */
  readonly takes: number;
  /** False where the queue is full or has ended; the item is not taken. */
  push(item: T): boolean;
  /** Everything that is queued, once there is something; an empty list at the end. Rejects with what `fail` was given. */
  take(): Promise<T[]>;
  /** There when `takeQueued` gives what `take` would. */
  ready(): Promise<void>;
  /** What is queued now, possibly nothing. Throws what `fail` was given. */
  takeQueued(): T[];
  /** What is queued can still be taken. */
  end(): void;
  /** What is queued is dropped. */
  fail(error: Error): void;
}

export function createBoundedQueue<T>(limit: number): BoundedQueue<T> {
  let items: T[] = [];
  let ended = false;
  let failure: Error | null = null;
  let wake: (() => void) | null = null;

  const awaken = () => {
    wake?.();
    wake = null;
  };

  const takeQueued = () => {
    if (failure) throw failure;
    const taken = items;
    items = [];
    queue.length = 0;
    queue.takes++;
    return taken;
  };

  /** Who waits keeps a promise, and no function that is under way: most queues are waited for. */
  const ready = (): Promise<void> =>
    new Promise((resolve) => {
      if (items.length > 0 || ended) resolve();
      else wake = resolve;
    });

  const take = (): Promise<T[]> => ready().then(() => (items.length > 0 || ended ? takeQueued() : take()));

  const queue = {
    length: 0,
    takes: 0,
    push(item: T): boolean {
      if (ended || items.length >= limit) return false;
      queue.length = items.push(item);
      awaken();
      return true;
    },
    take,
    ready,
    takeQueued,
    end() {
      ended = true;
      awaken();
    },
    fail(error: Error) {
      if (ended) return;
      ended = true;
      failure = error;
      items = [];
      queue.length = 0;
      awaken();
    },
  };
  return queue;
}
