import { CloseCode } from 'graphql-ws';
import { type BodyLimits, LARGE_BODY_BYTES } from './large-bodies.js';
import type { PeerAccount, WaitingPeer } from './waiting-bytes.js';
import { watchFrames } from './ws-frames-in.js';

/** How long a message may take to arrive, as a request of HTTP. */
const ARRIVES_WITHIN_MS = 30_000;
/** How long a peer may take to go that was told why. */
const GOES_WITHIN_MS = 2_000;
/** Of a message that has only begun: small ones come whole. */
const UNCOUNTED_BYTES = 1_024;
const POLICY_VIOLATION = 1008;

/** Who sends. */
export interface Sender extends WaitingPeer {
  /** Stops reading, until the result is called. */
  pause(): () => void;
  end(code: number, reason: string): void;
  /** Told that a message did not come in time, and ends. */
  tooLate(): void;
  /** Ends it at once, where it was told why. */
  drop(): void;
}

export interface IncomingLimits extends BodyLimits {
  /** Largest first message: the introduction. */
  maxFirstBytes: number;
}

/**
 * Bounds what a socket, its caller and all together have sent of messages that are not whole. A large one takes the place of a large
 * body: it waits in the network where its caller has as many as it may. A class: each of thousands of sockets keeps one, and they share
 * the code of its methods.
 */
export class Incoming {
  private readonly frames = watchFrames();
  private readonly account: PeerAccount;
  private release: (() => void) | null = null;
  private late: NodeJS.Timeout | null = null;
  private refused = false;
  /** Ends the place of a large message. */
  private arrived: (() => void) | null = null;

  constructor(
    private readonly sender: Sender,
    private readonly limits: IncomingLimits,
  ) {
    this.account = limits.arriving.peer(sender);
  }

  /** What has been read of the socket. */
  take(chunk: Buffer): void {
    const { frames } = this;
    const { whole } = frames;
    frames.take(chunk);
    this.release?.();
    this.release = null;
    const { held, announced } = frames;
    if (frames.whole > whole) this.over();
    if (held === 0 || this.refused) return;
    if (frames.whole === 0 && announced > this.limits.maxFirstBytes) {
      this.refuse(CloseCode.BadRequest, 'The introduction is too large');
      return;
    }
    this.begin();
    if (held > UNCOUNTED_BYTES) this.release = this.account.hold({}, held);
    if (announced > LARGE_BODY_BYTES && !this.arrived) this.takePlace();
  }

  /** So much of it is whole, and waits to be read, until the result is called. */
  waits(bytes: number): () => void {
    return this.account.hold({}, bytes);
  }

  /** The socket has closed. */
  end(): void {
    this.account.end();
    this.over();
  }

  private refuse(code: number, reason: string): void {
    const { sender } = this;
    this.refused = true;
    // What it goes on sending stays in the network.
    sender.pause();
    sender.end(code, reason);
    setTimeout(() => sender.drop(), GOES_WITHIN_MS).unref();
    this.over();
  }

  private begin(): void {
    this.late ??= setTimeout(() => {
      this.sender.tooLate();
      this.refuse(POLICY_VIOLATION, 'The message did not arrive in time');
    }, ARRIVES_WITHIN_MS);
  }

  private takePlace(): void {
    const resume = this.sender.pause();
    const whole = new Promise<void>((resolve) => {
      this.arrived = resolve;
    });
    // Until it has a place no time runs.
    this.noLongerLate();
    void this.limits.large.run(this.sender.caller(), () => {
      resume();
      if (this.arrived) this.begin();
      return whole;
    });
  }

  private over(): void {
    this.noLongerLate();
    this.arrived?.();
    this.arrived = null;
  }

  private noLongerLate(): void {
    if (this.late) clearTimeout(this.late);
    this.late = null;
  }
}
