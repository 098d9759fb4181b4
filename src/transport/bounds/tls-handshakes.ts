import type { Server } from 'node:https';
import type { Socket } from 'node:net';
import { addressKey } from '../../domain/access/caller-key.js';
import { createCallerSlots } from '../../domain/fairness/slots.js';

/** Of all connections, and of one address. To answer one takes a millisecond or two of the processor. */
const AT_ONCE = 16;
const OF_ADDRESS = 8;
/** How long a client may take to send its first byte, and to go on while others wait. */
const FIRST_BYTE_MS = 10_000;
const GOES_ON_MS = 1_000;
/** How often it is looked who has been answered, while others wait. */
const LOOK_MS = 5;
/** No answer is shorter that has a certificate in it; what costs little is. */
const ANSWER_BYTES = 400;

export interface HandshakeLimits {
  atOnce?: number;
  ofAddress?: number;
  firstByteMs?: number;
  /** Milliseconds that only rise. */
  now?(): number;
  later?(run: () => void, ms: number): void;
}

/**
 * Bounds the handshakes of TLS that node answers in one turn of the event loop, before anybody is known: it answers all that have come at once. Of the
 * others nothing further is read until it is their turn, of each address one after the other. The rest of a handshake costs little, and takes no place; nor does
 * who has sent nothing.
 */
export function boundHandshakes(
  server: Server,
  {
    atOnce = AT_ONCE,
    ofAddress = OF_ADDRESS,
    firstByteMs = FIRST_BYTE_MS,
    now = () => performance.now(),
    later = (run, ms) => void setTimeout(run, ms).unref(),
  }: HandshakeLimits = {},
): void {
  const slots = createCallerSlots({ ofCaller: ofAddress, ofAll: atOnce });
  /** By the name of their peer: the socket of TLS is another one. */
  const begun = new Map<string, { socket: Socket; since: number; end(): void }>();
  const waiting = new Set<Socket>();
  const accepting = server.listeners('connection');
  let isWatched = false;

  function watch(): void {
    if (isWatched || waiting.size === 0) return;
    isWatched = true;
    later(look, LOOK_MS);
  }

  function look(): void {
    isWatched = false;
    for (const { socket, since, end } of [...begun.values()]) {
      if ((handleOf(socket)?.bytesWritten ?? 0) >= ANSWER_BYTES) end();
      else if (waiting.size > 0 && now() - since >= GOES_ON_MS) socket.destroy();
    }
    watch();
  }

  /** Resolves when it is answered, or has closed. */
  function begin(socket: Socket): Promise<void> {
    const waited = waiting.delete(socket);
    return new Promise((resolve) => {
      if (socket.destroyed) return resolve();
      // Node takes it for one that is read.
      if (waited) handleOf(socket)?.readStart();
      const name = nameOf(socket);
      const end = () => {
        begun.delete(name);
        resolve();
      };
      begun.set(name, { socket, since: now(), end });
      socket.once('close', end);
      socket.setTimeout(0);
      for (const accept of accepting) accept.call(server, socket);
    });
  }

  function queue(socket: Socket): void {
    // It was ended.
    if (socket.readableLength === 0) return void socket.destroy();
    const waits = (leave: (error: Error) => void) => {
      waiting.add(socket);
      handleOf(socket)?.readStop();
      socket.once('close', () => {
        if (waiting.delete(socket)) leave(new Error('it has closed'));
      });
      watch();
    };
    slots.run(addressKey(socket.remoteAddress), () => begin(socket), waits).catch(nobody);
  }

  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    socket.on('error', nobody);
    socket.setTimeout(firstByteMs, () => socket.destroy());
    socket.once('readable', () => queue(socket));
  });
  server.on('secureConnection', (socket) => begun.get(nameOf(socket))?.end());
}

const nobody = () => {};

/** Null: it has closed. */
const handleOf = (socket: Socket) =>
  (socket as { _handle?: { bytesWritten: number; readStart(): void; readStop(): void } | null })._handle ??
  null;

const nameOf = ({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>): string =>
  `${remoteAddress} ${remotePort}`;
