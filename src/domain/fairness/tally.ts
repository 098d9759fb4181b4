/** How much there is of each name. Of what there is nothing of, nothing is kept. */
export interface Tally {
  of(name: string): number;
  /** Less where `more` is negative. */
  add(name: string, more: number): void;
}

export function createTally(): Tally {
  const amounts = new Map<string, number>();
  const of = (name: string) => amounts.get(name) ?? 0;
  return {
    of,
    add(name, more) {
      const now = of(name) + more;
      if (now > 0) amounts.set(name, now);
      else amounts.delete(name);
    },
  };
}
