import type { WebSocket } from 'ws';

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
  /** For whoever does not wait: `full` says when to stop. */
  push(data: Buffer): void;
  /** Whether more waits to be taken than a reader may leave. */
  readonly full: boolean;
}

/**
 * Watches over one socket: pings it, drops it when its peer is dead or takes nothing, and stops reading from a peer that
 * does not read, so that what waits for it stays bounded. Everything ends when the socket closes.
 */
export function guardSocket(socket: WebSocket, limits: SocketLimits): GuardedSocket {
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

  /** Told of when it is taken. */
  function sendCounted(data: string | Buffer, done: () => void): void {
    waiting++;
    watch();
    socket.send(data, AS_TEXT, done);
    if (!socket.isPaused && socket.bufferedAmount > limits.pauseAboveBytes) socket.pause();
  }

  return {
    get full() {
      return waiting > limits.maxWaitingFrames || socket.bufferedAmount > limits.maxWaitingBytes;
    },
    send(data) {
      if (socket.readyState !== socket.OPEN) return Promise.resolve();
      return new Promise((resolve) => {
        // An error means that the socket is closing: its subscriptions end with it.
        sendCounted(data, () => {
          taken();
          resolve();
        });
      });
    },
    push(data) {
      if (socket.readyState !== socket.OPEN) return;
      if (socket.bufferedAmount > 0 || data.length > limits.pauseAboveBytes) return sendCounted(data, taken);
      // A peer that keeps up: the network takes the frame at once, and to be told of it would cost more than to send it.
      taking();
      socket.send(data, AS_TEXT);
      if (socket.bufferedAmount > 0) watch();
    },
  };
}

const AS_TEXT = { binary: false };
