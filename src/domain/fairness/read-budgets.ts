import { ParleyError } from '../errors.js';
import type { ReadBudget } from '../read-budget.js';
import { createCallerQueue } from './caller-queue.js';
import { createOthers } from './others.js';
import { createRests } from './rests.js';
import { hasRoom, makerOf } from './shares.js';
import { createTally } from './tally.js';

export interface ReadLimits {
  /** Bytes that one operation may read in all. */
  perOperation: number;
  /** Bytes that an operation may read without a turn of its own; */
  small: number;
  /** of these all operations together, and each caller half of it. */
  smallTogether: number;
  /** Operations that read more than that at the same time; of one caller, with the session tokens that it has made, there is one. */
  largeAtOnce: number;
  /** Operations of one caller that may wait for their turn, and for how long, in ms. */
  waitingOfCaller: number;
  waitMs: number;
  /**
   * While there are other callers, one rests after a turn, so many times as long as that took; where others of it wait, three
   * times that.
   */
  restFactor: number;
  /** In ms. */
  now(): number;
}

/** The budget of one operation. What it has taken is held until it ends. */
export interface ReadLease extends ReadBudget {
  /** Whether it has the turn of those that read much. */
  readonly hasTurn: boolean;
  end(): void;
}

export interface ReadBudgets {
  open(caller: string): ReadLease;
}

/**
 * Bounds what all operations of the process hold of the database at once: what most of them read is small and never waits;
 * those that read much take turns, one caller after the other. Who has its turn waits for nothing further, so that every turn ends.
 */
export function createReadBudgets(limits: ReadLimits): ReadBudgets {
  let small = 0;
  const smallOf = createTally();
  /** The makers whose turn it is. */
  const large = new Set<string>();
  const waiting = createCallerQueue<() => void>();
  /** Those who have something of a caller's rest, and of its maker's. */
  const { note, hasOthers } = createOthers(limits.now);
  const makers = createOthers(limits.now);
  const { rest, rests, until } = createRests(limits.now, makers);

  function addSmall(caller: string, bytes: number): void {
    small += bytes;
    smallOf.add(makerOf(caller), bytes);
  }

  const fits = (caller: string, bytes: number) =>
    small + bytes <= limits.smallTogether && smallOf.of(makerOf(caller)) + bytes <= limits.smallTogether / 2;
  const isFree = (caller: string) =>
    large.size < limits.largeAtOnce && !large.has(makerOf(caller)) && !rests(caller);

  function startNext(): void {
    for (let next = waiting.next(isFree); next; next = waiting.next(isFree)) {
      large.add(makerOf(next.caller));
      next.item();
    }
  }

  /** A timer may come early: it counts from when the turn of the event loop began in which it was set. */
  function startAfterRest(caller: string): void {
    const ms = until(caller) - limits.now();
    if (ms > 0) setTimeout(startAfterRest, Math.ceil(ms), caller).unref();
    else startNext();
  }

  function endTurn(caller: string, took: number): void {
    large.delete(makerOf(caller));
    const ms = hasOthers(caller) ? took * limits.restFactor * (waiting.has(caller) ? 3 : 1) : 0;
    rest(caller, ms);
    if (ms > 0) startAfterRest(caller);
    startNext();
  }

  /** Resolves when it is the caller's turn. */
  function turnOf(caller: string): Promise<void> {
    const { own, ofMaker } = waiting.count(caller);
    if (!hasRoom(caller, { own, ofMaker, more: 1, limit: limits.waitingOfCaller })) {
      throw new ParleyError(
        'RATE_LIMITED',
        `${own} operations of this caller wait to read more than ${limits.small} bytes, the most that may. Wait for their answers.`,
      );
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        leave();
        reject(
          new ParleyError(
            'TIMEOUT',
            'Too many operations read much at once, and this one has waited too long. Ask for smaller pages, or try again.',
          ),
        );
      }, limits.waitMs);
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const leave = waiting.add(caller, start);
    });
  }

  return {
    open(caller) {
      note(caller);
      makers.note(makerOf(caller));
      let held = 0;
      let hasTurn = false;
      let since = 0;
      let ended = false;
      let turn: Promise<void> | null = null;

      function startTurn(): void {
        hasTurn = true;
        since = limits.now();
        addSmall(caller, -held);
      }

      function takeNow(bytes: number): boolean {
        // A field of it may still be read that nobody waits for any more.
        if (ended) throw new ParleyError('TIMEOUT', 'The operation has ended.');
        const total = held + bytes;
        if (total > limits.perOperation) throw tooMuch(total, limits.perOperation);
        if (!hasTurn) {
          if (total <= limits.small && fits(caller, bytes)) addSmall(caller, bytes);
          else if (isFree(caller)) {
            large.add(makerOf(caller));
            startTurn();
          } else return false;
        }
        held = total;
        return true;
      }

      return {
        caller,
        get hasTurn() {
          return hasTurn;
        },
        takeNow,
        async take(bytes) {
          while (!takeNow(bytes)) {
            turn ??= turnOf(caller).then(() => {
              if (ended) endTurn(caller, 0);
              else startTurn();
            });
            await turn;
          }
        },
        end() {
          if (ended) return;
          ended = true;
          if (hasTurn) endTurn(caller, limits.now() - since);
          else addSmall(caller, -held);
        },
      };
    },
  };
}

const tooMuch = (bytes: number, limit: number) =>
  new ParleyError(
    'QUERY_TOO_COMPLEX',
    `The operation would read ${bytes} bytes of what is stored; at most ${limit} are allowed. Ask for smaller pages, or leave out content, metadata and state.`,
    { details: { bytes, limit } },
  );
