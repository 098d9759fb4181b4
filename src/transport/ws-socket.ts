import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { type Handed, type PeerLimits, watchPeer } from './peer-watch.js';
import type { WaitingBytes } from './waiting-bytes.js';
import { type WriteSharedFrame, writeTextFrame } from './ws-frame.js';

/** How long a socket may stay silent or take nothing, and how much may wait for it. */
export interface SocketLimits extends PeerLimits {
  /** A ping goes out this often; a peer that has not answered by the next one is dropped. */
  pingEveryMs: number;
  /** While more than this waits to be taken, nothing further is read from the socket. */
  pauseAboveBytes: number;
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
  { caller, waiting }: { caller: () => string; waiting: WaitingBytes },
): GuardedSocket {
  const cut = () => socket.terminate();
  const peer = watchPeer(limits, () => socket.bufferedAmount, cut, waiting.peer({ caller, cut }));
  let answered = true;

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
    peer.end();
  });

  function readOn(): void {
    if (socket.isPaused && socket.bufferedAmount <= limits.pauseAboveBytes) socket.resume();
  }

  function counted(handed: Handed, write: (taken: () => void) => void, then: () => void): void {
    peer.counted(handed, write, then);
    if (!socket.isPaused && socket.bufferedAmount > limits.pauseAboveBytes) socket.pause();
  }

  return {
    send(data) {
      if (socket.readyState !== socket.OPEN) return Promise.resolve();
      return new Promise((resolve) => {
        // An error means that the socket is closing: its subscriptions end with it.
        counted(
          { thing: {}, bytes: Buffer.byteLength(data) },
          (taken) => socket.send(data, taken),
          () => {
            readOn();
            resolve();
          },
        );
      });
    },
    push(head, payload) {
      if (socket.readyState !== socket.OPEN) return true;
      const handed = { thing: payload, bytes: payload.length };
      if (stream.writableLength > 0) {
        counted(handed, (taken) => writeTextFrame(stream, head, payload, taken), readOn);
        return !peer.isBehind();
      }
      // A peer that keeps up: the network takes the frame at once, and to be told of it would cost more than to send it.
      peer.taking();
      writeShared(stream, head, payload);
      if (stream.writableLength === 0) return true;
      // One that does not: nothing, behind the frame, tells when that is taken.
      counted(handed, (taken) => stream.write('', taken), readOn);
      return !peer.isBehind();
    },
  };
}
