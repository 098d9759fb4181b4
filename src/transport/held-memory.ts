import type { DocumentNode } from 'graphql';
import { hasRoom, makerOf } from '../domain/shares.js';
import { createSharedBytes, type SharedBytes } from './shared-bytes.js';

/** Something that is kept. Several that keep the same `thing` keep it once. */
export interface Held {
  thing: object;
  bytes: number;
}

/** What open operations keep in memory, as far as it can be told beforehand. */
export interface HeldMemory {
  /** Counts it until the result is called; null where it would be too much for this caller. */
  hold(caller: string, held: readonly Held[]): (() => void) | null;
  /** What is held now, by all together. */
  readonly bytes: number;
}

/**
 * A caller may hold as much as all others leave free of `limit`: alone it has half of it, beside others a part; however many have
 * taken what they could, something is left for the next. The session tokens of one maker share what that may hold, by the same rule.
 */
export function createHeldMemory(limit: number): HeldMemory {
  /** Of each caller, and of each maker. */
  const shares = new Map<string, SharedBytes>();
  let all = 0;

  const shareOf = (name: string) => shares.get(name) ?? createSharedBytes();

  return {
    get bytes() {
      return all;
    },
    hold(caller, held) {
      const maker = makerOf(caller);
      const ofMaker = shareOf(maker);
      const own = maker === caller ? ofMaker : shareOf(caller);
      const more = held.reduce((sum, { thing, bytes }) => sum + (ofMaker.has(thing) ? 0 : bytes), 0);
      const before = { own: own.bytes, ofMaker: ofMaker.bytes };
      if (!hasRoom(caller, { ...before, more, limit: limit - all })) return null;
      const both = new Map([
        [maker, ofMaker],
        [caller, own],
      ]);
      for (const [name, share] of both) {
        shares.set(name, share);
        for (const { thing, bytes } of held) share.add(thing, bytes);
      }
      all += more;
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        const until = ofMaker.bytes;
        for (const [name, share] of both) {
          for (const { thing, bytes } of held) share.remove(thing, bytes);
          if (share.size === 0 && shares.get(name) === share) shares.delete(name);
        }
        all -= until - ofMaker.bytes;
      };
    },
  };
}

/** As measured, with Node 20: a connection, a subscription of its own, a character of a parsed document and of the plan of its events. */
const CONNECTION_BYTES = 10 * 1_024;
const OPERATION_BYTES = 20 * 1_024;
const BYTES_PER_CHARACTER = 100;

export const heldByConnection = (): Held[] => [{ thing: {}, bytes: CONNECTION_BYTES }];

/** `bytes`: of what was sent, and its weight as JSON. */
export const heldByMessage = ({ bytes, weight }: { bytes: number; weight: number }): Held[] => [
  { thing: {}, bytes: OPERATION_BYTES + bytes + weight },
];

/** The same of one whose document is kept as well. */
export const heldByOperation = (document: DocumentNode, size: { bytes: number; weight: number }): Held[] => [
  ...heldByMessage(size),
  { thing: document, bytes: (document.loc?.source.body.length ?? 0) * BYTES_PER_CHARACTER },
];
