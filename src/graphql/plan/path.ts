/** Where a value stands in the answer, from the inside out. Each place is one object, by which errors know it. */
export interface Path {
  readonly prev: Path | undefined;
  readonly key: string | number;
}

export function keysOf(path: Path | undefined): (string | number)[] {
  const keys: (string | number)[] = [];
  for (let at = path; at !== undefined; at = at.prev) keys.push(at.key);
  return keys.reverse();
}

/** The errors of one execution. Of what lies in a place that is null already because of an error, none is added. */
export class PlacedErrors {
  readonly list: unknown[] = [];
  private readonly places = new Set<Path | undefined>();

  /** Undefined: the whole answer is null. */
  add(error: unknown, place: Path | undefined): void {
    if (this.places.size > 0 && this.isNull(place)) return;
    this.places.add(place);
    this.list.push(error);
  }

  private isNull(place: Path | undefined): boolean {
    for (let at = place; at !== undefined; at = at.prev) if (this.places.has(at)) return true;
    return this.places.has(undefined);
  }
}
