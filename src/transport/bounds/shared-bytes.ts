/** Bytes of things that are there once however many hold them. `null`: what nobody else holds. */
export interface SharedBytes {
  /** Of all that is held. */
  readonly bytes: number;
  /** Things that are held. */
  readonly size: number;
  has(thing: object | null): boolean;
  /** One more holds it. */
  add(thing: object | null, bytes: number): void;
  /** One of those lets go of it. */
  remove(thing: object | null, bytes: number): void;
}

export function createSharedBytes(): SharedBytes {
  /** How many hold each thing. */
  const holders = new Map<object, number>();
  const shared = {
    bytes: 0,
    size: 0,
    has: (thing: object | null) => thing !== null && holders.has(thing),
    add(thing: object | null, bytes: number) {
      if (thing !== null) {
        const others = holders.get(thing) ?? 0;
        holders.set(thing, others + 1);
        if (others > 0) return;
      }
      shared.bytes += bytes;
      shared.size++;
    },
    remove(thing: object | null, bytes: number) {
      if (thing !== null) {
        const others = (holders.get(thing) ?? 1) - 1;
        if (others > 0) {
          holders.set(thing, others);
          return;
        }
        holders.delete(thing);
      }
      shared.bytes -= bytes;
      shared.size--;
    },
  };
  return shared;
}
