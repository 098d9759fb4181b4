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
   * once. Where it is too much, peers are cut, this one last.
   */
  hold(thing: object, bytes: number): () => void;
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

interface Entry {
  peer: WaitingPeer;
  /** What it holds, by the caller that it counted for. */
  holds: Set<() => void>;
  caller: string;
}

/**
 * Counts what all peers have not taken yet: answers of HTTP, frames of sockets, events of streams. Past the bounds the one that
 * has taken nothing for the longest is cut: of the caller that has too much, or of the one that has most.
 */
export function createWaitingBytes(limits: WaitingLimits): WaitingBytes {
  const all = createSharedBytes();
  const shares = new Map<string, SharedBytes>();
  /** In the order in which they have last taken something, or began to wait. */
  const waiting = new Set<Entry>();

  function letGo(entry: Entry): void {
    for (const release of [...entry.holds]) release();
  }

  function cut(entry: Entry): void {
    letGo(entry);
    entry.peer.cut();
  }

  /** The one of `caller` that has taken nothing for the longest, beside `newest`. */
  function slowest(caller: string, newest: Entry): Entry | null {
    for (const entry of waiting) if (entry !== newest && entry.caller === caller) return entry;
    return null;
  }

  function greediest(): string {
    return [...shares].reduce((most, one) => (one[1].bytes > most[1].bytes ? one : most))[0];
  }

  function keepBounds(newest: Entry): void {
    while ((shares.get(newest.caller)?.bytes ?? 0) > limits.ofCaller) {
      const victim = slowest(newest.caller, newest);
      if (!victim) break;
      cut(victim);
    }
    while (all.bytes > limits.together) {
      const victim = slowest(greediest(), newest) ?? slowest(newest.caller, newest);
      if (!victim) break;
      cut(victim);
    }
  }

  return {
    get bytes() {
      return all.bytes;
    },
    peer(peer) {
      const entry: Entry = { peer, holds: new Set(), caller: '' };
      return {
        hold(thing, bytes) {
          // A socket is known only once it has said who it is; what it waited for before is gone by then.
          if (entry.holds.size === 0) {
            entry.caller = peer.caller();
            waiting.add(entry);
          }
          const { caller } = entry;
          const share = shares.get(caller) ?? createSharedBytes();
          shares.set(caller, share);
          all.add(thing, bytes);
          share.add(thing, bytes);
          const release = () => {
            if (!entry.holds.delete(release)) return;
            all.remove(thing, bytes);
            share.remove(thing, bytes);
            if (share.size === 0 && shares.get(caller) === share) shares.delete(caller);
            if (entry.holds.size === 0) waiting.delete(entry);
          };
          entry.holds.add(release);
          keepBounds(entry);
          return release;
        },
        taken() {
          if (waiting.delete(entry)) waiting.add(entry);
        },
        end: () => letGo(entry),
      };
    },
  };
}
