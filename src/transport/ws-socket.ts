import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { Later } from '../domain/async/later.js';
import type { ErrorCode } from '../domain/errors.js';
import type { Beat, Beating } from './beat.js';
import type { WaitingBytes } from './bounds/waiting-bytes.js';
import { bytesOf } from './paced-answer.js';
import { type Handed, type PeerLimits, type PeerWatch, type WatchedPeer, watchPeer } from './peer-watch.js';
import type { Together } from './send-together.js';
import { textFrames, type WriteSharedFrames, writeTextFrame } from './ws-frame.js';

/** How long a socket may stay silent or take nothing, and how much may wait for it. */
export interface SocketLimits extends PeerLimits {
  /** A ping goes out this often; a peer that has not answered by the next one is dropped. */
  pingEveryMs: number;
  /** While more than this waits to be taken, nothing further is read from the socket. */
  pauseAboveBytes: number;
}

export interface GuardedSocket extends WatchedPeer {
  /** Each text as a frame, together. There when they were handed to the network, or will be in this turn, or the socket is closed. */
  send(...texts: string[]): Later<void>;
  /**
   * Each of the payloads between head and a closing brace as a frame, for whoever does not wait. False where more waits to be
   * taken now than a reader may leave.
   */
  push(head: Buffer, payloads: readonly Buffer[]): boolean;
  /** The same for whoever waits: resolves when they are taken, or the socket closes. */
  hand(head: Buffer, payloads: readonly Buffer[]): Promise<void>;
  /** Hands over what is to go in this turn: something comes behind it. */
  settle(): void;
  /** Reads nothing further, until the result is called. */
  pause(): () => void;
  /** It has closed. */
  closed(): void;
}

/** Whose socket it is. */
export interface SocketOwner {
  /** Whose share it is. */
  caller(): string;
  /** Told why it ends, where its client has not ended it. */
  cutOff(code: ErrorCode): void;
}

/** What is longer is not sent behind that of others, and of one socket no more than so much. */
const SENT_TOGETHER = 64 * 1024;
const MOST_TOGETHER = 4;

/** What all sockets share. */
export interface GuardedTogether {
  limits: SocketLimits;
  /** Beats every `pingEveryMs`. */
  pings: Beat;
  writeShared: WriteSharedFrames;
  /** For one alone. */
  writeOwn: WriteSharedFrames;
  /** Sends what is ready in one turn of the event loop behind each other. */
  sends: Together;
  waiting: WaitingBytes;
}

/**
 * Watches over one socket: pings it, drops it when its peer is dead or takes nothing, and stops reading from a peer that
 * does not read, so that what waits for it stays bounded. Everything ends when the socket closes. `stream` is what the
 * socket runs on.
 */
export const guardSocket = (
  socket: WebSocket,
  stream: Duplex,
  owner: SocketOwner,
  together: GuardedTogether,
): GuardedSocket => new Guarded(socket, stream, owner, together);

/** A class: there are thousands of sockets, and they share the code of its methods. */
class Guarded implements GuardedSocket, Beating {
  private readonly peer: PeerWatch;
  private answered = true;
  private pauses = 0;
  /** What is to go in this turn. */
  private waiting = 0;

  constructor(
    private readonly socket: WebSocket,
    private readonly stream: Duplex,
    private readonly owner: SocketOwner,
    private readonly together: GuardedTogether,
  ) {
    this.peer = watchPeer(together.limits, this, together.waiting);
    together.pings.join(this);
    socket.on('pong', () => {
      this.answered = true;
    });
  }

  beat(): void {
    if (this.answered) {
      // What is not read from is not heard.
      this.answered = this.pauses > 0;
      this.socket.ping();
    } else this.socket.terminate();
  }

  caller(): string {
    return this.owner.caller();
  }

  cut(): void {
    this.cutBecause('RATE_LIMITED');
  }

  stalled(): void {
    this.cutBecause('TIMEOUT');
  }

  closed(): void {
    this.together.pings.leave(this);
    this.peer.end();
  }

  pause(): () => void {
    this.pauses++;
    this.socket.pause();
    let paused = true;
    return () => {
      if (!paused) return;
      paused = false;
      this.pauses--;
      this.answered = true;
      this.readOn();
    };
  }

  waitingBytes(): number {
    return this.socket.bufferedAmount;
  }

  send(...texts: string[]): Later<void> {
    const { socket, stream } = this;
    if (socket.readyState !== socket.OPEN) return;
    const frames = textFrames(texts);
    if (this.goesTogether(frames.length)) {
      this.sendTogether(frames, frames.length, (taken) => stream.write(frames, taken));
      return;
    }
    return this.waitFor(frames, frames.length, (taken) => stream.write(frames, taken));
  }

  push(head: Buffer, payloads: readonly Buffer[]): boolean {
    const { socket, stream, peer } = this;
    if (socket.readyState !== socket.OPEN) return true;
    const bytes = bytesOf(payloads);
    const write = (taken?: () => void) => this.together.writeShared(stream, head, payloads, taken);
    if (this.goesTogether(bytes)) {
      this.sendTogether(payloads, bytes, write);
      return true;
    }
    this.settle();
    if (stream.writableLength === 0) {
      this.handOver(payloads, bytes, write);
      return stream.writableLength === 0 || !peer.isBehind();
    }
    const readOn = () => this.readOn();
    stream.cork();
    for (const payload of payloads) {
      const handed = { thing: payload, bytes: payload.length };
      this.counted(handed, (taken) => writeTextFrame(stream, head, payload, taken), readOn);
    }
    stream.uncork();
    return !peer.isBehind();
  }

  hand(head: Buffer, payloads: readonly Buffer[]): Promise<void> {
    const { socket, stream } = this;
    if (socket.readyState !== socket.OPEN) return Promise.resolve();
    return this.waitFor(payloads, bytesOf(payloads), (taken) =>
      this.together.writeOwn(stream, head, payloads, taken),
    );
  }

  settle(): void {
    if (this.waiting > 0) this.together.sends.sendAll();
  }

  private cutBecause(code: ErrorCode): void {
    this.owner.cutOff(code);
    this.socket.terminate();
  }

  private readOn(): void {
    const { socket } = this;
    if (this.pauses === 0 && socket.isPaused && socket.bufferedAmount <= this.together.limits.pauseAboveBytes)
      socket.resume();
  }

  private counted(handed: Handed, write: Write, then: () => void): void {
    const { socket } = this;
    this.peer.counted(handed, write, then);
    if (!socket.isPaused && socket.bufferedAmount > this.together.limits.pauseAboveBytes) socket.pause();
  }

  /** Whether it is little, for a peer that keeps up: it may go with what others are sent in this turn. */
  private goesTogether(bytes: number): boolean {
    if (bytes > SENT_TOGETHER) return false;
    if (this.waiting === MOST_TOGETHER) this.settle();
    return this.stream.writableLength === 0;
  }

  private sendTogether(thing: object, bytes: number, write: Write): void {
    this.waiting++;
    this.together.sends.send(() => {
      this.waiting--;
      if (this.socket.readyState === this.socket.OPEN) this.handOver(thing, bytes, write);
    });
  }

  /** An error means that the socket is closing: its subscriptions end with it. */
  private waitFor(thing: object, bytes: number, write: Write): Promise<void> {
    this.settle();
    return new Promise((resolve) => {
      this.counted({ thing, bytes }, write, () => {
        this.readOn();
        resolve();
      });
    });
  }

  /** A peer that keeps up takes it at once, and to be told of it would cost more than to send it. */
  private handOver(thing: object, bytes: number, write: Write): void {
    const { stream } = this;
    if (stream.writableLength > 0) {
      this.counted({ thing, bytes }, write, () => this.readOn());
      return;
    }
    this.peer.taking();
    write();
    // One that does not: nothing, behind the frames, tells when they are taken.
    if (stream.writableLength > 0) {
      this.counted(
        { thing, bytes },
        (taken) => stream.write('', taken),
        () => this.readOn(),
      );
    } else this.readOn();
  }
}

/** `taken` is called when it is. */
type Write = (taken?: () => void) => void;
