import { CloseCode } from 'graphql-ws';
import type { Later } from '../domain/async/later.js';
import { nextTurn } from '../domain/async/next-turn.js';
import type { Leave } from '../domain/fairness/slots.js';
import { type BodyLimits, LARGE_BODY_BYTES, READ_ANYWAY_BYTES } from './bounds/large-bodies.js';
import type { PeerAccount, WaitingPeer } from './bounds/waiting-bytes.js';
import { watchFrames } from './ws-frames-in.js';

/** How long a message may take to arrive, as a request of HTTP. */
const ARRIVES_WITHIN_MS = 30_000;
/** How long a peer may take to go that was told why. */
const GOES_WITHIN_MS = 2_000;
/** Of a message that has only begun: small ones come whole. */
const UNCOUNTED_BYTES = 1_024;
const POLICY_VIOLATION = 1008;
/** Frames that are read together in a turn of their sender, up to the end of a message. */
const IN_ONE_TURN = 16;

/** Who sends. */
export interface Sender extends WaitingPeer {
  /** Gives what has come on to be read: a message that is whole with it is taken before this returns. */
  read(bytes: Buffer): void;
  /** There when more of what it has sent may be read. */
  mayRead(): Later<void>;
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
 * body: it waits in the network where its caller has as many as it may. Of frames that come in one packet, of which there may be
 * thousands, the first is read at once and the others in turns of their sender, one message in a turn of the event loop; until then they
 * count as what has come. A class: each of thousands of sockets keeps one, and they share the code of its methods.
 */
export class Incoming {
  private readonly frames = watchFrames();
  private readonly account: PeerAccount;
  private release: (() => void) | null = null;
  private late: NodeJS.Timeout | null = null;
  private stopped = false;
  /** Of the message that has come in part last. */
  private announced = 0;
  /** Ends the place of a large message. */
  private arrived: (() => void) | null = null;
  /** While it waits for one: it would be kept until then, with all that has come of its socket. */
  private leaveLine: (() => void) | null = null;
  /** What has come behind the frames that are read. */
  private rest: Buffer[] | null = null;

  constructor(
    private readonly sender: Sender,
    private readonly limits: IncomingLimits,
  ) {
    this.account = limits.arriving.peer(sender);
  }

  /** What has come of the socket. */
  take(chunk: Buffer): void {
    if (this.stopped) return;
    if (this.rest) {
      this.rest.push(chunk);
      return;
    }
    const end = this.takeFrames(chunk, 0, 1);
    if (end < chunk.length && !this.stopped) void this.takeRest(chunk.subarray(end));
  }

  /** So much of it is whole, and waits to be read, until the result is called. */
  waits(bytes: number): () => void {
    return this.account.hold(null, bytes);
  }

  /** The socket has closed, or is of no use. */
  end(): void {
    this.stopped = true;
    this.rest = null;
    this.account.end();
    this.over();
  }

  /** The place in the chunk behind what was read of it. */
  private takeFrames(chunk: Buffer, from: number, most: number): number {
    const { frames } = this;
    const { whole } = frames;
    const end = frames.take(chunk, from, most);
    this.release?.();
    this.release = null;
    if (frames.whole > whole) this.over();
    // Nothing comes behind the last frame.
    if (frames.last) this.stopped = true;
    if (frames.held > 0 && !this.stopped) this.arriving();
    this.sender.read(end - from === chunk.length ? chunk : chunk.subarray(from, end));
    return end;
  }

  /** A message has come in part. */
  private arriving(): void {
    const { held, announced, whole } = this.frames;
    this.announced = announced;
    if (whole === 0 && announced > this.limits.maxFirstBytes) {
      this.refuse(CloseCode.BadRequest, 'The introduction is too large');
      return;
    }
    this.begin();
    if (held > UNCOUNTED_BYTES) this.release = this.account.hold(null, held);
    if (announced > LARGE_BODY_BYTES && !this.arrived) this.takePlace();
  }

  private async takeRest(chunk: Buffer): Promise<void> {
    const { sender } = this;
    const resume = sender.pause();
    this.rest = [chunk];
    for (let next = chunk; this.rest && next; next = this.rest?.[0] as Buffer) {
      const release = this.account.hold(null, next.length);
      let at = 0;
      while (at < next.length && !this.stopped) {
        // While it waits for its turn no time runs.
        this.noLongerLate();
        await nextTurn();
        await sender.mayRead();
        if (!this.stopped) at = this.takeFrames(next, at, IN_ONE_TURN);
      }
      release();
      this.rest?.shift();
    }
    this.rest = null;
    resume();
  }

  private refuse(code: number, reason: string): void {
    const { sender } = this;
    this.stopped = true;
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
    const started = () => {
      this.leaveLine = null;
      release();
      resume();
      if (this.arrived) this.begin();
      return whole;
    };
    let release = () => {};
    const waits = (leave: Leave) => {
      release = this.account.hold(null, READ_ANYWAY_BYTES);
      this.leaveLine = () => {
        release();
        leave(new Error('it is over'));
      };
    };
    this.limits.large.run(this.sender.caller(), started, () => this.announced, waits).catch(() => {});
  }

  private over(): void {
    this.noLongerLate();
    this.arrived?.();
    this.arrived = null;
    this.leaveLine?.();
    this.leaveLine = null;
  }

  private noLongerLate(): void {
    if (this.late) clearTimeout(this.late);
    this.late = null;
  }
}
