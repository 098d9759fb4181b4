/**
 * A queue between one producer that never waits and one consumer: at most `limit` items, then it says so. A class: each of thousands of
 * followers is one, and they share the code of its methods.
 */
export class BoundedQueue<T> {
  /** How often what was queued has been taken: what was queued since the last time still waits. */
  takes = 0;
  private items: T[] = [];
  private ended = false;
  private failure: Error | null = null;
  private wake: (() => void) | null = null;

  constructor(private readonly limit: number) {}

  /** Items that wait to be taken. */
  get length(): number {
    return this.items.length;
  }

  /** False where the queue is full or has ended; the item is not taken. */
  push(item: T): boolean {
    if (this.ended || this.items.length >= this.limit) return false;
    this.items.push(item);
    this.awaken();
    return true;
  }

  /** Everything that is queued, once there is something; an empty list at the end. Rejects with what `fail` was given. */
  take(): Promise<T[]> {
    return this.ready().then(() => (this.items.length > 0 || this.ended ? this.takeQueued() : this.take()));
  }

  /**
   * There when `takeQueued` gives what `take` would. Who waits keeps a promise, and no function that is under way: most queues are waited
   * for.
   */
  ready(): Promise<void> {
    return new Promise((resolve) => {
      if (this.items.length > 0 || this.ended) resolve();
      else this.wake = resolve;
    });
  }

  /** What is queued now, possibly nothing. Throws what `fail` was given. */
  takeQueued(): T[] {
    if (this.failure) throw this.failure;
    const taken = this.items;
    this.items = [];
    this.takes++;
    return taken;
  }

  /** What is queued can still be taken. */
  end(): void {
    this.ended = true;
    this.awaken();
  }

  /** What is queued is dropped. */
  fail(error: Error): void {
    if (this.ended) return;
    this.ended = true;
    this.failure = error;
    this.items = [];
    this.awaken();
  }

  private awaken(): void {
    const { wake } = this;
    this.wake = null;
    wake?.();
  }
}
