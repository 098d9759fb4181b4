import { makerOf } from './shares.js';

/** A fair queue: what waits for a turn, of all callers. */
export interface CallerQueue<T> {
  /** Behind what the caller has in it. The result takes it out, where it is still there. */
  add(caller: string, item: T): () => void;
  /**
   * What is next of the first caller that `may` begin. It goes behind the others of its maker then, and its maker behind the other
   * makers: makers take turns, and so do the tokens of one.
   */
  next(may?: (caller: string) => boolean): { caller: string; item: T } | undefined;
  /** Its maker goes behind the others: it has had something since it came. */
  goBehind(caller: string): void;
  /** What further waits of that caller, while it has its turn. */
  more(caller: string): T | undefined;
  /** Whether anything of its maker's waits. */
  has(caller: string): boolean;
  /** How much of its maker's waits, and of the caller itself. */
  count(caller: string): { own: number; ofMaker: number };
  callers(): string[];
}

/** `taken`: what a maker has had lately. First is who has had least; without it, and among equals, who has waited longest for a turn. */
export function createCallerQueue<T>(taken: (maker: string) => number = () => 0): CallerQueue<T> {
  /** Of each maker the lines of its callers, in the order of their turns. */
  const makers = new Map<string, Map<string, T[]>>();

  /** Takes the first of the line, which goes behind the others with what is left of it, and its maker's lines behind those of others. */
  function take(maker: string, lines: Map<string, T[]>, caller: string, line: T[]): T {
    const item = line.shift() as T;
    lines.delete(caller);
    if (line.length > 0) lines.set(caller, line);
    makers.delete(maker);
    if (lines.size > 0) makers.set(maker, lines);
    return item;
  }

  return {
    add(caller, item) {
      const maker = makerOf(caller);
      const lines = makers.get(maker) ?? new Map<string, T[]>();
      makers.set(maker, lines);
      const line = lines.get(caller) ?? [];
      lines.set(caller, line);
      line.push(item);
      return () => {
        const at = line.indexOf(item);
        if (at === -1) return;
        line.splice(at, 1);
        if (line.length === 0) lines.delete(caller);
        if (lines.size === 0) makers.delete(maker);
      };
    },
    next(may = () => true) {
      let found: { maker: string; lines: Map<string, T[]>; caller: string; line: T[] } | undefined;
      let least = Number.POSITIVE_INFINITY;
      for (const [maker, lines] of makers) {
        const has = taken(maker);
        if (has >= least) continue;
        for (const [caller, line] of lines) {
          if (!may(caller)) continue;
          found = { maker, lines, caller, line };
          least = has;
          break;
        }
        if (least === 0) break;
      }
      return (
        found && { caller: found.caller, item: take(found.maker, found.lines, found.caller, found.line) }
      );
    },
    goBehind(caller) {
      const maker = makerOf(caller);
      const lines = makers.get(maker);
      if (!lines) return;
      makers.delete(maker);
      makers.set(maker, lines);
    },
    more(caller) {
      const maker = makerOf(caller);
      const lines = makers.get(maker);
      const line = lines?.get(caller);
      return lines && line && take(maker, lines, caller, line);
    },
    has: (caller) => makers.has(makerOf(caller)),
    count(caller) {
      const lines = makers.get(makerOf(caller));
      const ofMaker = [...(lines?.values() ?? [])].reduce((sum, { length }) => sum + length, 0);
      return { own: lines?.get(caller)?.length ?? 0, ofMaker };
    },
    callers: () => [...makers.values()].flatMap((lines) => [...lines.keys()]),
  };
}
