import type { PeerAccount } from './waiting-bytes.js';

/** How far a peer may fall behind. */
export interface PeerLimits {
  /** A peer that takes nothing of what is sent for this long is dropped. */
  stalledAfterMs: number;
  /** A reader is too slow when more than this waits for it, in bytes or in frames. */
  maxWaitingBytes: number;
  maxWaitingFrames: number;
}

/** What is handed over: what is the same for several peers is counted once. */
export interface Handed {
  thing: object;
  bytes: number;
}

/** What one peer has not taken yet, whatever it is sent over. */
export interface PeerWatch {
  /** Hands something over by `write`, which is given what to call when it is taken; `then` is called after that. */
  counted(handed: Handed, write: (taken: () => void) => void, then?: () => void): void;
  /** The peer has taken something: time runs anew. */
  taking(): void;
  /** The peer has gone. */
  end(): void;
  /** Something waits: time runs. */
  watch(): void;
  /** Whether more waits than a reader may leave. */
  isBehind(): boolean;
}

export function watchPeer(
  { stalledAfterMs, maxWaitingBytes, maxWaitingFrames }: PeerLimits,
  waitingBytes: () => number,
  stalls: () => void,
  account: PeerAccount,
): PeerWatch {
  let stalled: NodeJS.Timeout | null = null;
  let waiting = 0;

  function taking(): void {
    if (stalled) clearTimeout(stalled);
    stalled = null;
  }

  function watch(): void {
    stalled ??= setTimeout(() => {
      stalled = null;
      if (waitingBytes() > 0) stalls();
    }, stalledAfterMs);
  }

  return {
    taking,
    watch,
    end() {
      taking();
      account.end();
    },
    counted({ thing, bytes }, write, then) {
      waiting++;
      watch();
      const release = account.hold(thing, bytes);
      write(() => {
        waiting--;
        release();
        account.taken();
        taking();
        if (waiting > 0) watch();
        then?.();
      });
    },
    isBehind: () => waiting > maxWaitingFrames || waitingBytes() > maxWaitingBytes,
  };
}
