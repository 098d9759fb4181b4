import { makerOf } from '../../domain/fairness/shares.js';
import { MostFirst, type Ranked } from './most-first.js';
import { createSharedBytes } from './shared-bytes.js';

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
  share: Share | null;
}

/** What waits for the peers of one caller, or of one maker of session tokens and these. */
class Share implements Ranked {
  rank = -1;
  readonly held = createSharedBytes();
  /** In the order in which they have last taken something, or began to wait. */
  readonly waiting = new Set<Entry>();
  /** Of a maker: its own share, and those of its session tokens, by their names. */
  readonly shares = new Map<string, Share>();
  readonly byBytes = new MostFirst<Share>();

  constructor(
    readonly name: string,
    /** Of a caller its maker's. */
    readonly maker: Share | null,
  ) {}

  amount(): number {
    return this.held.bytes;
  }
}

/**
 * Counts what all peers have not taken yet: answers of HTTP, frames of sockets, events of streams. Past the bounds the one that
 * has taken nothing for the longest is cut: of the caller that has too much, or of the one that has most. The session tokens of one
 * maker are one caller, and of them it is the one with most.
 */
export function createWaitingBytes(limits: WaitingLimits): WaitingBytes {
  const all = createSharedBytes();
  const makers = new Map<string, Share>();
  const byBytes = new MostFirst<Share>();

  function shareOf(caller: string): Share {
    const name = makerOf(caller);
    const maker = makers.get(name) ?? new Share(name, null);
    makers.set(name, maker);
    const share = maker.shares.get(caller) ?? new Share(caller, maker);
    maker.shares.set(caller, share);
    return share;
  }

  /** What its share, and its maker's, hold has changed. */
  function settle(share: Share, maker: Share): void {
    if (share.held.size > 0) maker.byBytes.place(share);
    else {
      maker.byBytes.leave(share);
      maker.shares.delete(share.name);
    }
    if (maker.held.size > 0) byBytes.place(maker);
    else {
      byBytes.leave(maker);
      makers.delete(maker.name);
    }
  }

  function letGo(entry: Entry): void {
    for (const release of [...(entry.holds ?? [])]) release();
  }

  function cut(entry: Entry): void {
    letGo(entry);
    entry.peer.cut();
  }

  /** The one of `maker` that has taken nothing for the longest, of the caller with most of its own that has one beside `newest`. */
  function slowest(maker: Share | undefined, newest: Entry): Entry | null {
    const most = maker?.byBytes.first;
    if (!maker || !most) return null;
    for (const entry of most.waiting) if (entry !== newest) return entry;
    // It has the newest alone: the next one has others.
    maker.byBytes.leave(most);
    const next = maker.byBytes.first;
    maker.byBytes.place(most);
    for (const entry of next?.waiting ?? []) return entry;
    return null;
  }

  function keepBounds(newest: Entry, maker: Share): void {
    while (maker.held.bytes > limits.ofCaller) {
      const victim = slowest(maker, newest);
      if (!victim) break;
      cut(victim);
    }
    while (all.bytes > limits.together) {
      const victim = slowest(byBytes.first, newest) ?? slowest(maker, newest);
      if (!victim) break;
      cut(victim);
    }
  }

  function hold(entry: Entry, thing: object | null, bytes: number): () => void {
    entry.holds ??= new Set();
    const { holds, peer } = entry;
    // A socket is known only once it has said who it is; what it waited for before is gone by then.
    entry.share ??= shareOf(peer.caller());
    const { share } = entry;
    const maker = share.maker as Share;
    share.waiting.add(entry);
    maker.held.add(thing, bytes);
    share.held.add(thing, bytes);
    all.add(thing, bytes);
    settle(share, maker);
    const release = () => {
      if (!holds.delete(release)) return;
      all.remove(thing, bytes);
      maker.held.remove(thing, bytes);
      share.held.remove(thing, bytes);
      if (holds.size === 0) {
        share.waiting.delete(entry);
        entry.share = null;
      }
      settle(share, maker);
    };
    holds.add(release);
    keepBounds(entry, maker);
    return release;
  }

  /** A class: each of thousands of sockets keeps two, and they share the code of its methods. */
  class Account implements PeerAccount, Entry {
    holds: Set<() => void> | null = null;
    share: Share | null = null;

    constructor(readonly peer: WaitingPeer) {}

    hold(thing: object | null, bytes: number): () => void {
      return hold(this, thing, bytes);
    }

    taken(): void {
      const waiting = this.share?.waiting;
      if (waiting?.delete(this)) waiting.add(this);
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
