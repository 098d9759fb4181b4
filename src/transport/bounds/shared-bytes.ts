/** Bytes of things that are there once however many hold them. */
export interface SharedBytes {
  /** Of all that is held. */
  readonly bytes: number;
  /** Things that are held. */
  readonly size: number;
  has(thing: object): boolean;
  /** One more holds it. */
  add(thing: object, bytes: number): void;
  /** One of those lets go of it. */
  remove(thing: object, bytes: number): void;
}

export function createSharedBytes(): SharedBytes {
  /** How many hold each thing. */
  const holders = new Map<object, number>();
  const shared = {
    bytes: 0,
    size: 0,
    has: (thing: object) => holders.has(thing),
    add(thing: object, bytes: number) {
      const others = holders.get(thing) ?? 0;
      if (others === 0) shared.bytes += bytes;
      holders.set(thing, others + 1);
      shared.size = holders.size;
    },
    remove(thing: object, bytes: number) {
      const all = holders.get(thing) ?? 1;
      if (all > 1) holders.set(thing, all - 1);
      else {
        holders.delete(thing);
        shared.bytes -= bytes;
      }
      shared.size = holders.size;
    },
  };
  return shared;
}
