import type { DocumentNode } from 'graphql';
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
 * taken what they could, something is left for the next.
 */
export function createHeldMemory(limit: number): HeldMemory {
  const shares = new Map<string, SharedBytes>();
  let all = 0;

  return {
    get bytes() {
      return all;
    },
    hold(caller, held) {
      const share = shares.get(caller) ?? createSharedBytes();
      const added = held.reduce((sum, { thing, bytes }) => sum + (share.has(thing) ? 0 : bytes), 0);
      if (share.bytes + added > limit - all) return null;
      shares.set(caller, share);
      for (const { thing, bytes } of held) share.add(thing, bytes);
      all += added;
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        const before = share.bytes;
        for (const { thing, bytes } of held) share.remove(thing, bytes);
        all -= before - share.bytes;
        if (share.size === 0 && shares.get(caller) === share) shares.delete(caller);
      };
    },
  };
}

/** As measured, with Node 20: a connection, a subscription of its own, a character of a parsed document. */
const CONNECTION_BYTES = 10 * 1_024;
const OPERATION_BYTES = 20 * 1_024;
const BYTES_PER_CHARACTER = 50;

export const heldByConnection = (): Held[] => [{ thing: {}, bytes: CONNECTION_BYTES }];

/** `bytes`: of what was sent, and its weight as JSON. */
export const heldByOperation = (
  document: DocumentNode,
  { bytes, weight }: { bytes: number; weight: number },
): Held[] => [
  { thing: {}, bytes: OPERATION_BYTES + bytes + weight },
  { thing: document, bytes: (document.loc?.source.body.length ?? 0) * BYTES_PER_CHARACTER },
];
