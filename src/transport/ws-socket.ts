import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { type WriteSharedFrame, writeTextFrame } from './ws-frame.js';

/** How long a socket may stay silent or take nothing. */
export interface SocketLimits {
  /** A ping goes out this often; a peer that has not answered by the next one is dropped. */
  pingEveryMs: number;
  /** A socket that takes nothing of what is sent for this long is dropped. */
  stalledAfterMs: number;
  /** While more than this waits to be taken, nothing further is read from the socket. */
  pauseAboveBytes: number;
  /** A reader is too slow when more than this waits for it, in bytes or in frames. */
  maxWaitingBytes: number;
  maxWaitingFrames: number;
}

export interface GuardedSocket {
  /** Resolves when the frame was handed to the network, or the socket is closed: for whoever goes at the peer's pace. */
  send(data: string): Promise<void>;
  /**
   * Head, payload and a closing brace as one frame, for whoever does not wait. False where more waits to be taken now than a
   * reader may leave.
   */
  push(head: Buffer, payload: Buffer): boolean;
}

/**
 * Watches over one socket: pings it, drops it when its peer is dead or takes nothing, and stops reading from a peer that
 * does not read, so that what waits for it stays bounded. Everything ends when the socket closes. `stream` is what the
 * socket runs on.
 */
export function guardSocket(
  socket: WebSocket,
  stream: Duplex,
  limits: SocketLimits,
  writeShared: WriteSharedFrame,
): GuardedSocket {
  let answered = true;
  let stalled: NodeJS.Timeout | null = null;
  let waiting = 0;

  const pings = setInterval(() => {
    if (!answered) return socket.terminate();
    answered = false;
    socket.ping();
  }, limits.pingEveryMs);
  socket.on('pong', () => {
    answered = true;
  });
  socket.on('close', () => {
    clearInterval(pings);
    taking();
  });

  /** The peer has taken something: time runs anew. */
  function taking(): void {
    if (stalled) clearTimeout(stalled);
    stalled = null;
  }

  function watch(): void {
    stalled ??= setTimeout(() => {
      stalled = null;
      if (socket.bufferedAmount > 0) socket.terminate();
    }, limits.stalledAfterMs);
  }

  function taken(): void {
    waiting--;
    taking();
    if (waiting > 0) watch();
    if (socket.isPaused && socket.bufferedAmount <= limits.pauseAboveBytes) socket.resume();
  }

  /** `write` is given what to call when the frame is taken. */
  function counted(write: (done: () => void) => void, done = taken): void {
    waiting++;
    watch();
    write(done);
    if (!socket.isPaused && socket.bufferedAmount > limits.pauseAboveBytes) socket.pause();
  }

  return {
    send(data) {
      if (socket.readyState !== socket.OPEN) return Promise.resolve();
      return new Promise((resolve) => {
        // An error means that the socket is closing: its subscriptions end with it.
        const done = () => {
          taken();
          resolve();
        };
        counted((then) => socket.send(data, then), done);
      });
    },
    push(head, payload) {
      if (socket.readyState !== socket.OPEN) return true;
      if (stream.writableLength > 0) {
        counted((done) => writeTextFrame(stream, head, payload, done));
        return waiting <= limits.maxWaitingFrames && socket.bufferedAmount <= limits.maxWaitingBytes;
      }
      // A peer that keeps up: the network takes the frame at once, and to be told of it would cost more than to send it.
      taking();
      writeShared(stream, head, payload);
      if (stream.writableLength === 0) return true;
      watch();
      return socket.bufferedAmount <= limits.maxWaitingBytes;
    },
  };
}
