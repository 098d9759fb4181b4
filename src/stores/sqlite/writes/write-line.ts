import { createOthers } from '../../../domain/fairness/others.js';
import { createRests } from '../../../domain/fairness/rests.js';
import { makerOf } from '../../../domain/fairness/shares.js';
import { enter, type Known, leave, none, type Standing } from './write-standings.js';

/** A write that waits. */
export interface WaitingWrite {
  /** Whose share it is. */
  caller: string;
  /** What it is written to; null where nothing else is. */
  sessionId: string | null;
  /** About how large it is. */
  bytes: number;
  /** It is prepared before its transaction, and joins no group without that. */
  isPrepared?: boolean;
}

/**
 * While there are other callers, one rests after a write that took more than `aboveMs` of the thread's time and was committed alone:
 * `factor` times as long as that and its wait for the disk. The wait by itself is no reason: on a slow disk each has it.
 */
export interface WriteRest {
  aboveMs: number;
  factor: number;
  /** In ms. */
  now(): number;
}

export interface WriteLineLimits {
  /** What one group takes at most, where its first write alone is not more: writes, their bytes, and the ms that they take. */
  writes: number;
  bytes: number;
  ms: number;
}

export interface WriteLine<W extends WaitingWrite> {
  add(write: W): void;
  readonly size: number;
  /** The write that is next, as `first` would take it; undefined where none waits that is not held, and whose caller does not rest. */
  head(): W | undefined;
  /** In how many ms the first of those that rest may go on; undefined where none rests. */
  restMs(): number | undefined;
  /** Nobody rests from now on: what waits is to be written before an end. */
  endRests(): void;
  /** The head stays where it is, and lets other callers pass, until it is released or taken. */
  hold(write: W): void;
  release(write: W): void;
  /** The first write of a group: the one that is given, which was held, or the head. `alone`: no other will come along. */
  first(held?: W): { write: W; alone: boolean } | undefined;
  /** What else goes into the group, so many ms after its first one; undefined where it is full. */
  further(ms: number): W | undefined;
  /** What a write that was taken has taken of the thread's time: its next one will take about as long. */
  took(write: W, ms: number): void;
  /** What the thread waited for it alone, for the disk: its share, and nothing that its next one need take. It is done then. */
  waited(write: W, ms: number): void;
}

interface Caller<W> extends Standing {
  line: W[];
  /** What its last write took, in ms. */
  lastMs: number;
  /** What the thread has spent on the write that was held or taken last, in ms. */
  spentMs: number;
  /** Its first write is held. */
  held: boolean;
}

/** Who has the same share, and its standing among the others. */
interface Maker<W> extends Standing {
  callers: Known<Caller<W>>;
}

/**
 * The writes that wait, in the order in which they are made: next is always the caller who has taken least of the thread's time, so
 * that one with thousands of writes, or with large ones, waits for itself. Session tokens of one maker are one caller, and among
 * themselves next is who has taken least. Who has not written for a while has no credit of it. After a large one its caller rests while
 * there are others: nothing can be done between its beginning and its end, so that those of others rarely meet one. The writes of each
 * caller, and those to each session, stay in the order in which they came.
 */
export function createWriteLine<W extends WaitingWrite>(
  limits: WriteLineLimits,
  { aboveMs, factor, now }: WriteRest,
): WriteLine<W> {
  const others = createOthers(now);
  const resting = createRests(now, others);
  let ending = false;
  const makers = none<Maker<W>>();
  /** The writes to each session, in their order. */
  const sessions = new Map<string, W[]>();
  let size = 0;
  let group = { writes: 0, bytes: 0 };

  const rests = (caller: string) => !ending && resting.rests(caller);

  const isFirstOfSession = (write: W) =>
    write.sessionId === null || sessions.get(write.sessionId)?.[0] === write;

  const makerFor = (write: W) => makers.by.get(makerOf(write.caller));
  const callerFor = (write: W) => makerFor(write)?.callers.by.get(write.caller);

  /** The earliest of all that wait is the first of its caller and of its session: there always is one, which may rest. */
  function next(): Caller<W> | undefined {
    let found: { place: number; caller: Caller<W> } | undefined;
    for (const { size, place, callers } of makers.by.values()) {
      if (size === 0 || (found && found.place <= place)) continue;
      const caller = nextOf(callers);
      if (caller) found = { place, caller };
    }
    return found?.caller;
  }

  function nextOf({ by }: Known<Caller<W>>): Caller<W> | undefined {
    let found: Caller<W> | undefined;
    for (const [name, caller] of by) {
      const head = caller.line[0];
      if (
        head &&
        !caller.held &&
        !rests(name) &&
        (!found || caller.place < found.place) &&
        isFirstOfSession(head)
      )
        found = caller;
    }
    return found;
  }

  function take(caller: Caller<W>): W {
    if (!caller.held) caller.spentMs = 0;
    caller.held = false;
    const write = caller.line.shift() as W;
    if (write.sessionId !== null) {
      const others = sessions.get(write.sessionId) as W[];
      others.shift();
      if (others.length === 0) sessions.delete(write.sessionId);
    }
    size--;
    const maker = makerFor(write) as Maker<W>;
    leave(maker.callers, caller);
    leave(makers, maker);
    group.writes++;
    group.bytes += write.bytes;
    return write;
  }

  function charge(write: W, ms: number): void {
    const [maker, caller] = [makerFor(write), callerFor(write)];
    if (maker) maker.place += ms;
    if (caller) caller.place += ms;
  }

  function hasRoom({ line, lastMs }: Caller<W>, ms: number): boolean {
    const { bytes, isPrepared } = line[0] as W;
    return (
      !isPrepared &&
      group.writes < limits.writes &&
      group.bytes + bytes <= limits.bytes &&
      ms + lastMs <= limits.ms
    );
  }

  return {
    get size() {
      return size;
    },
    add(write) {
      // What the store writes for itself is nobody's.
      if (write.caller !== '') others.note(makerOf(write.caller));
      const maker = enter(
        makers,
        makerOf(write.caller),
        (place): Maker<W> => ({ place, size: 0, callers: none() }),
      );
      const caller = enter(
        maker.callers,
        write.caller,
        (place): Caller<W> => ({
          place,
          size: 0,
          line: [],
          lastMs: 0,
          spentMs: 0,
          held: false,
        }),
      );
      caller.line.push(write);
      if (write.sessionId !== null) {
        const others = sessions.get(write.sessionId) ?? [];
        sessions.set(write.sessionId, others);
        others.push(write);
      }
      size++;
    },
    head: () => next()?.line[0],
    restMs() {
      const ends = [...makers.by.values()]
        .flatMap(({ callers }) => [...callers.by])
        .filter(([name, { size, held }]) => size > 0 && !held && rests(name))
        .map(([name]) => resting.until(name) - now());
      return ends.length === 0 ? undefined : Math.max(1, Math.min(...ends));
    },
    endRests() {
      ending = true;
    },
    hold(write) {
      Object.assign(callerFor(write) as Caller<W>, { held: true, spentMs: 0 });
    },
    release(write) {
      (callerFor(write) as Caller<W>).held = false;
    },
    first(held) {
      group = { writes: 0, bytes: 0 };
      const caller = held ? callerFor(held) : next();
      if (!caller) return undefined;
      const write = take(caller);
      const { lastMs } = caller;
      return { write, alone: size === 0 || write.bytes > limits.bytes || lastMs > limits.ms };
    },
    further(ms) {
      const caller = next();
      return caller && hasRoom(caller, ms) ? take(caller) : undefined;
    },
    took(write, ms) {
      charge(write, ms);
      const caller = callerFor(write);
      if (!caller) return;
      caller.lastMs = ms;
      caller.spentMs += ms;
    },
    waited(write, ms) {
      charge(write, ms);
      const spentMs = callerFor(write)?.spentMs ?? 0;
      if (spentMs > aboveMs && others.hasOthers(makerOf(write.caller)))
        resting.rest(write.caller, factor * (spentMs + ms));
    },
  };
}
