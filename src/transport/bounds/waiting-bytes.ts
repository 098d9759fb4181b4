import { makerOf } from '../../domain/fairness/shares.js';
import { createSharedBytes, type SharedBytes } from './shared-bytes.js';

/** Above so much that waits for one peer it is given what grows in fewer and larger pieces. */
export const FULL_BYTES = 64 * 1024;

/** How much may wait to be taken by those it was sent to. */
export interface WaitingLimits {
  /** Bytes that wait for all peers together, and for those of one caller. */
  together: number;
  ofCaller: number;
}

/** Someone that something waits for. */
export interface WaitingPeer {
  /** Whose share it is. */
  caller(): string;
  /** Drops the peer: what waits for it is let go of. */
  cut(): void;
}

/** What waits for one peer. */
export interface PeerAccount {
  /**
   * Something waits, until the result is called. Peers that wait for the same `thing` wait for the same bytes, which are there
   * once; null: nobody else does. Where it is too much, peers are cut, this one last.
   */
  hold(thing: object | null, bytes: number): () => void;
  /** The peer has taken something. */
  taken(): void;
  /** The peer has gone: nothing waits for it any more. */
  end(): void;
}

export interface WaitingBytes {
  peer(peer: WaitingPeer): PeerAccount;
  /** What waits now, of all peers together. */
  readonly bytes: number;
}

/** What it holds, by the caller that it counted for; nothing was ever held where `holds` is null. */
interface Entry {
  readonly peer: WaitingPeer;
  holds: Set<() => void> | null;
  caller: string;
}

/**
 * Counts what all peers have not taken yet: answers of HTTP, frames of sockets, events of streams. Past the bounds the one that
 * has taken nothing for the longest is cut: of the caller that has too much, or of the one that has most. The session tokens of one
 * maker are one caller, and of them it is the one with most.
 */
export function createWaitingBytes(limits: WaitingLimits): WaitingBytes {
  const all = createSharedBytes();
  /** Of each maker of session tokens, or other caller; and of each caller by itself. */
  const makers = new Map<string, SharedBytes>();
  const callers = new Map<string, SharedBytes>();
  /** In the order in which they have last taken something, or began to wait. */
  const waiting = new Set<Entry>();

  function letGo(entry: Entry): void {
    for (const release of [...(entry.holds ?? [])]) release();
  }

  function cut(entry: Entry): void {
    letGo(entry);
    entry.peer.cut();
  }

  /** The one of `maker` that has taken nothing for the longest, of the caller with most of its own that has one beside `newest`. */
  function slowest(maker: string, newest: Entry): Entry | null {
    const own = [...callers].filter(([caller]) => makerOf(caller) === maker);
    for (const [caller] of own.sort(([, one], [, other]) => other.bytes - one.bytes)) {
      for (const entry of waiting) if (entry !== newest && entry.caller === caller) return entry;
    }
    return null;
  }

  function greediest(): string {
    return [...makers].reduce((most, one) => (one[1].bytes > most[1].bytes ? one : most))[0];
  }

  function keepBounds(newest: Entry): void {
    const maker = makerOf(newest.caller);
    while ((makers.get(maker)?.bytes ?? 0) > limits.ofCaller) {
      const victim = slowest(maker, newest);
      if (!victim) break;
      cut(victim);
    }
    while (all.bytes > limits.together) {
      const victim = slowest(greediest(), newest) ?? slowest(maker, newest);
      if (!victim) break;
      cut(victim);
    }
  }

  /** Counts it as the share of `name`, until the result is called. */
  function counted(
    shares: Map<string, SharedBytes>,
    name: string,
    thing: object | null,
    bytes: number,
  ): () => void {
    const share = shares.get(name) ?? createSharedBytes();
    shares.set(name, share);
    share.add(thing, bytes);
    return () => {
      share.remove(thing, bytes);
      if (share.size === 0 && shares.get(name) === share) shares.delete(name);
    };
  }

  function hold(entry: Entry, thing: object | null, bytes: number): () => void {
    entry.holds ??= new Set();
    const { holds, peer } = entry;
    // A socket is known only once it has said who it is; what it waited for before is gone by then.
    if (holds.size === 0) {
      entry.caller = peer.caller();
      waiting.add(entry);
    }
    const { caller } = entry;
    const ofMaker = counted(makers, makerOf(caller), thing, bytes);
    const own = counted(callers, caller, thing, bytes);
    all.add(thing, bytes);
    const release = () => {
      if (!holds.delete(release)) return;
      all.remove(thing, bytes);
      ofMaker();
      own();
      if (holds.size === 0) waiting.delete(entry);
    };
    holds.add(release);
    keepBounds(entry);
    return release;
  }

  /** A class: each of thousands of sockets keeps two, and they share the code of its methods. */
  class Account implements PeerAccount, Entry {
    holds: Set<() => void> | null = null;
    caller = '';

    constructor(readonly peer: WaitingPeer) {}

    hold(thing: object | null, bytes: number): () => void {
      return hold(this, thing, bytes);
    }

    taken(): void {
      if (waiting.delete(this)) waiting.add(this);
    }

    end(): void {
      letGo(this);
    }
  }

  return {
    get bytes() {
      return all.bytes;
    },
    peer: (peer) => new Account(peer),
  };
}
