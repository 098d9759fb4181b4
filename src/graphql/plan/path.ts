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
  /** Null while there are none: most executions have none. */
  private places: Set<Path | undefined> | null = null;

  /** Undefined: the whole answer is null. */
  add(error: unknown, place: Path | undefined): void {
    const places = this.places ?? new Set();
    this.places = places;
    if (isIn(places, place)) return;
    places.add(place);
    this.list.push(error);
  }
}

function isIn(places: ReadonlySet<Path | undefined>, place: Path | undefined): boolean {
  for (let at = place; at !== undefined; at = at.prev) if (places.has(at)) return true;
  return places.has(undefined);
}
