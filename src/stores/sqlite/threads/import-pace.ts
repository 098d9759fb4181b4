import type { ThreadCall, ThreadMethod } from './thread-protocol.js';

/** By these an import writes. */
const IMPORTS: ReadonlySet<string> = new Set<ThreadMethod>(['writeTransfer', 'moveSnapshot', 'moveAudit']);
export const isImport = ({ method }: Pick<ThreadCall, 'method'>): boolean => IMPORTS.has(method);

/** Characters of sessions that one transaction takes beside others: some ms of the file's lock. */
const PIECE = 256 * 1024;
/** Who has written so many ms ago will write again. */
const OTHERS_MS = 10_000;
const LONGEST_REST_MS = 100;

export interface ImportPaceParts {
  /** Puts it behind what waits to be written. */
  add(call: ThreadCall): void;
  /** Another number after each commit of another process. */
  version(): number;
  /** In ms. */
  now(): number;
  /** Runs something after so many ms; the result ends that. */
  after(ms: number, run: () => void): () => void;
}

/**
 * What an import writes, one call after the other. Where nobody else writes to the file they follow each other at once; where others do,
 * transactions are short, and behind each is a rest as long as it took, in which theirs find the file's lock free.
 */
export interface ImportPace {
  take(call: ThreadCall): void;
  /** The call that was added is over; its last transaction has taken so many ms. */
  ended(tookMs: number): void;
  /** Nothing rests any more: the store closes. */
  release(): void;
}

export function createImportPace({ add, version, now, after }: ImportPaceParts): ImportPace {
  const waiting: ThreadCall[] = [];
  let underWay = false;
  let endRest: (() => void) | null = null;
  let releasing = false;
  let seen = version();
  let othersAt = Number.NEGATIVE_INFINITY;

  function othersWrite(): boolean {
    const last = version();
    if (last !== seen) othersAt = now();
    seen = last;
    return !releasing && now() - othersAt < OTHERS_MS;
  }

  function begin(): void {
    endRest = null;
    const call = waiting.shift();
    underWay = call !== undefined;
    if (!call) return;
    if (othersWrite()) call.input = { ...(call.input as object), most: PIECE };
    add(call);
  }

  return {
    take(call) {
      waiting.push(call);
      if (!underWay) begin();
    },
    ended(tookMs) {
      if (othersWrite()) endRest = after(Math.min(tookMs, LONGEST_REST_MS), begin);
      else begin();
    },
    release() {
      releasing = true;
      if (!endRest) return;
      endRest();
      begin();
    },
  };
}
