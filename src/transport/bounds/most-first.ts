/** What is kept by how much it has. */
export interface Ranked {
  amount(): number;
  /** Where it stands; -1 while it does not. */
  rank: number;
}

/** Things of which the one with most is known at once: of thousands, each of which may have more or less in every moment. A heap. */
export class MostFirst<T extends Ranked> {
  private readonly heap: T[] = [];

  /** The one with most; among several any. */
  get first(): T | undefined {
    return this.heap[0];
  }

  /** It is among them from now on, or has more or less than before. */
  place(one: T): void {
    if (one.rank === -1) one.rank = this.heap.push(one) - 1;
    this.rise(one);
    this.sink(one);
  }

  leave(one: T): void {
    const { rank } = one;
    if (rank === -1) return;
    one.rank = -1;
    const last = this.heap.pop() as T;
    if (last === one) return;
    this.put(last, rank);
    this.place(last);
  }

  private put(one: T, rank: number): void {
    this.heap[rank] = one;
    one.rank = rank;
  }

  private rise(one: T): void {
    while (one.rank > 0) {
      const above = this.heap[(one.rank - 1) >> 1] as T;
      if (above.amount() >= one.amount()) return;
      this.swap(above, one);
    }
  }

  private sink(one: T): void {
    for (;;) {
      const left = this.heap[2 * one.rank + 1];
      const right = this.heap[2 * one.rank + 2];
      const more = right && left && right.amount() > left.amount() ? right : left;
      if (!more || more.amount() <= one.amount()) return;
      this.swap(one, more);
    }
  }

  private swap(one: T, other: T): void {
    const { rank } = one;
    this.put(one, other.rank);
    this.put(other, rank);
  }
}
