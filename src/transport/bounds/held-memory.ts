import type { DocumentNode } from 'graphql';
import { hasRoom, makerOf } from '../../domain/fairness/shares.js';
import { createSharedBytes, type SharedBytes } from './shared-bytes.js';

/** Something that is kept. Several that keep the same `thing` keep it once; null: nobody else does. */
export interface Held {
  thing: object | null;
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

  function keep(name: string, share: SharedBytes, held: readonly Held[]): void {
    if (share.size === 0) shares.set(name, share);
    for (const { thing, bytes } of held) share.add(thing, bytes);
  }

  function letGo(name: string, share: SharedBytes, held: readonly Held[]): void {
    for (const { thing, bytes } of held) share.remove(thing, bytes);
    if (share.size === 0 && shares.get(name) === share) shares.delete(name);
  }

  return {
    get bytes() {
      return all;
    },
    hold(caller, held) {
      const maker = makerOf(caller);
      const ofMaker = shareOf(maker);
      const own = maker === caller ? ofMaker : shareOf(caller);
      let more = 0;
      for (const { thing, bytes } of held) if (!ofMaker.has(thing)) more += bytes;
      if (!hasRoom(caller, { own: own.bytes, ofMaker: ofMaker.bytes, more, limit: limit - all })) return null;
      keep(maker, ofMaker, held);
      if (own !== ofMaker) keep(caller, own, held);
      all += more;
      let open = true;
      return () => {
        if (!open) return;
        open = false;
        const until = ofMaker.bytes;
        letGo(maker, ofMaker, held);
        if (own !== ofMaker) letGo(caller, own, held);
        all -= until - ofMaker.bytes;
      };
    },
  };
}

/** As measured, with Node 20: a connection, a subscription of its own, a character of a parsed document and of the plan of its events. */
const CONNECTION_BYTES = 10 * 1_024;
const OPERATION_BYTES = 20 * 1_024;
const BYTES_PER_CHARACTER = 100;

/** Of a cursor, and of what a follower keeps to make the next one. Short ones are a part of what an operation takes. */
const BYTES_OF_PLACE = 3;
export const SHORT_CURSOR = 4_096;
/** It is counted for longer ones to come, too: a place grows by each agent that is made. */
const AHEAD = 1.25;

/** Counts what a subscriber's place in its feed takes as its cursor grows. `hold` as of a caller's share; `keep` is given what lets it go. */
export function holdPlace(
  hold: (held: readonly Held[]) => () => void,
  keep: (release: () => void) => void,
): (characters: number) => void {
  let counted = SHORT_CURSOR;
  return (characters) => {
    if (characters <= counted) return;
    const next = Math.ceil(characters * AHEAD);
    keep(hold([{ thing: null, bytes: (next - counted) * BYTES_OF_PLACE }]));
    counted = next;
  };
}

export const heldByConnection = (): Held[] => [{ thing: null, bytes: CONNECTION_BYTES }];

/** `bytes`: of what was sent, and its weight as JSON. */
export const heldByMessage = ({ bytes, weight }: { bytes: number; weight: number }): Held[] => [
  { thing: null, bytes: OPERATION_BYTES + bytes + weight },
];

/** The same of one whose document is kept as well. */
export const heldByOperation = (document: DocumentNode, size: { bytes: number; weight: number }): Held[] => [
  ...heldByMessage(size),
  { thing: document, bytes: (document.loc?.source.body.length ?? 0) * BYTES_PER_CHARACTER },
];
