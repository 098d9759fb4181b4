import type { PeerAccount, WaitingBytes, WaitingPeer } from './bounds/waiting-bytes.js';

/** How far a peer may fall behind. */
export interface PeerLimits {
  /** A peer that takes nothing of what is sent for this long is dropped. */
  stalledAfterMs: number;
  /** A reader is too slow when more than this waits for it, in bytes or in frames. */
  maxWaitingBytes: number;
  maxWaitingFrames: number;
}

/** What is handed over: what is the same for several peers is counted once; `null`: what no other is handed. */
export interface Handed {
  thing: object | null;
  bytes: number;
}

/** Someone that something is sent to. */
export interface WatchedPeer extends WaitingPeer {
  /** What waits to be taken now. */
  waitingBytes(): number;
  /** It has taken nothing of it for too long. */
  stalled(): void;
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

export const watchPeer = (limits: PeerLimits, peer: WatchedPeer, waiting: WaitingBytes): PeerWatch =>
  new Watch(limits, peer, waiting.peer(peer));

/** A class: each of thousands of sockets keeps one, and they share the code of its methods. */
class Watch implements PeerWatch {
  private stalling: NodeJS.Timeout | null = null;
  private waiting = 0;

  constructor(
    private readonly limits: PeerLimits,
    private readonly peer: WatchedPeer,
    private readonly account: PeerAccount,
  ) {}

  taking(): void {
    if (this.stalling) clearTimeout(this.stalling);
    this.stalling = null;
  }

  watch(): void {
    this.stalling ??= setTimeout(() => {
      this.stalling = null;
      if (this.peer.waitingBytes() > 0) this.peer.stalled();
    }, this.limits.stalledAfterMs);
  }

  end(): void {
    this.taking();
    this.account.end();
  }

  counted({ thing, bytes }: Handed, write: (taken: () => void) => void, then?: () => void): void {
    this.waiting++;
    this.watch();
    const release = this.account.hold(thing, bytes);
    write(() => {
      this.waiting--;
      release();
      this.account.taken();
      this.taking();
      if (this.waiting > 0) this.watch();
      then?.();
    });
  }

  isBehind(): boolean {
    return (
      this.waiting > this.limits.maxWaitingFrames || this.peer.waitingBytes() > this.limits.maxWaitingBytes
    );
  }
}
