import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ErrorCode } from '../domain/errors.js';
import type { Later } from '../domain/later.js';
import { type Handed, type PeerLimits, watchPeer } from './peer-watch.js';
import type { WaitingBytes } from './waiting-bytes.js';
import { textFrames, type WriteSharedFrames, writeTextFrame } from './ws-frame.js';

/** How long a socket may stay silent or take nothing, and how much may wait for it. */
export interface SocketLimits extends PeerLimits {
  /** A ping goes out this often; a peer that has not answered by the next one is dropped. */
  pingEveryMs: number;
  /** While more than this waits to be taken, nothing further is read from the socket. */
  pauseAboveBytes: number;
}

export interface GuardedSocket {
  /** Each text as a frame, together. There when they were handed to the network, or the socket is closed. */
  send(...texts: string[]): Later<void>;
  /**
   * Each of the payloads between head and a closing brace as a frame, for whoever does not wait. False where more waits to be
   * taken now than a reader may leave.
   */
  push(head: Buffer, payloads: readonly Buffer[]): boolean;
  /** The same for whoever waits: resolves when they are taken, or the socket closes. */
  hand(head: Buffer, payloads: readonly Buffer[]): Promise<void>;
  /** Reads nothing further, until the result is called. */
  pause(): () => void;
  /** What waits to be taken now. */
  waitingBytes(): number;
}

/**
 * Watches over one socket: pings it, drops it when its peer is dead or takes nothing, and stops reading from a peer that
 * does not read, so that what waits for it stays bounded. Everything ends when the socket closes. `stream` is what the
 * socket runs on, `cut` ends it at once, and is told why.
 */
export function guardSocket(
  socket: WebSocket,
  stream: Duplex,
  limits: SocketLimits,
  writeShared: WriteSharedFrames,
  { caller, waiting, cut }: { caller: () => string; waiting: WaitingBytes; cut(code: ErrorCode): void },
): GuardedSocket {
  const account = waiting.peer({ caller, cut: () => cut('RATE_LIMITED') });
  const peer = watchPeer(
    limits,
    () => socket.bufferedAmount,
    () => cut('TIMEOUT'),
    account,
  );
  let answered = true;
  let pauses = 0;

  const pings = setInterval(() => {
    if (!answered) return socket.terminate();
    // What is not read from is not heard.
    answered = pauses > 0;
    socket.ping();
  }, limits.pingEveryMs);
  socket.on('pong', () => {
    answered = true;
  });
  socket.on('close', () => {
    clearInterval(pings);
    peer.end();
  });

  function readOn(): void {
    if (pauses === 0 && socket.isPaused && socket.bufferedAmount <= limits.pauseAboveBytes) socket.resume();
  }

  function counted(handed: Handed, write: (taken: () => void) => void, then: () => void): void {
    peer.counted(handed, write, then);
    if (!socket.isPaused && socket.bufferedAmount > limits.pauseAboveBytes) socket.pause();
  }

  /** A peer that keeps up takes it at once, and to be told of it would cost more than to send it. */
  function handOver(handed: () => Handed, write: (taken?: () => void) => void, then: () => void): void {
    if (stream.writableLength > 0) {
      counted(handed(), write, then);
      return;
    }
    peer.taking();
    write();
    // One that does not: nothing, behind the frames, tells when they are taken.
    if (stream.writableLength > 0) counted(handed(), (taken) => stream.write('', taken), then);
    else then();
  }

  return {
    pause() {
      pauses++;
      socket.pause();
      let paused = true;
      return () => {
        if (!paused) return;
        paused = false;
        pauses--;
        answered = true;
        readOn();
      };
    },
    waitingBytes: () => socket.bufferedAmount,
    send(...texts) {
      if (socket.readyState !== socket.OPEN) return;
      const frames = textFrames(texts);
      let [taken, then] = [false, () => {}];
      // An error means that the socket is closing: its subscriptions end with it.
      handOver(
        () => ({ thing: frames, bytes: frames.length }),
        (done) => stream.write(frames, done),
        () => {
          taken = true;
          readOn();
          then();
        },
      );
      if (taken) return;
      return new Promise((resolve) => {
        then = resolve;
      });
    },
    push(head, payloads) {
      if (socket.readyState !== socket.OPEN) return true;
      if (stream.writableLength > 0) {
        stream.cork();
        for (const payload of payloads) {
          const handed = { thing: payload, bytes: payload.length };
          counted(handed, (taken) => writeTextFrame(stream, head, payload, taken), readOn);
        }
        stream.uncork();
        return !peer.isBehind();
      }
      handOver(
        () => together(payloads),
        (taken) => writeShared(stream, head, payloads, taken),
        readOn,
      );
      return stream.writableLength === 0 || !peer.isBehind();
    },
    hand(head, payloads) {
      if (socket.readyState !== socket.OPEN) return Promise.resolve();
      return new Promise((resolve) => {
        counted(
          together(payloads),
          (taken) => writeShared(stream, head, payloads, taken),
          () => {
            readOn();
            resolve();
          },
        );
      });
    },
  };
}

const together = (payloads: readonly Buffer[]): Handed => ({
  thing: payloads,
  bytes: payloads.reduce((sum, { length }) => sum + length, 0),
});
