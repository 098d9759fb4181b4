import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** Requests that wait behind the one that is being answered, before nothing further is read from their connection. */
const MAX_WAITING = 16;

/**
 * Handles the requests of one connection one after the other. Clients wait for an answer before they ask again; one that
 * sends thousands at once gets no more of the server's time than they do, and what it has sent waits in the network. What came with
 * one packet is there, however many requests it holds: `hold` counts each that waits, until what it gives is called.
 */
export function inTurn(handle: Handler, hold: (req: IncomingMessage) => () => void = () => nothing): Handler {
  const waitingOn = new WeakMap<Socket, (() => void)[]>();
  const guarded = new WeakSet<Socket>();

  const isFull = (socket: Socket) => (waitingOn.get(socket)?.length ?? 0) > MAX_WAITING;

  /** Node lets a connection flow again with each request, and each body, that is read of it. */
  function guard(socket: Socket): void {
    if (guarded.has(socket)) return;
    guarded.add(socket);
    socket.on('resume', () => {
      if (isFull(socket)) socket.pause();
    });
  }

  function next(socket: Socket): void {
    const waiting = waitingOn.get(socket);
    const start = waiting?.shift();
    if (!waiting || !start || socket.destroyed) {
      waitingOn.delete(socket);
      return;
    }
    if (waiting.length === MAX_WAITING) socket.resume();
    start();
  }

  return (req, res) => {
    const { socket } = req;
    res.on('close', () => next(socket));
    const waiting = waitingOn.get(socket);
    if (!waiting) {
      waitingOn.set(socket, []);
      handle(req, res);
      return;
    }
    const release = hold(req);
    waiting.push(() => {
      release();
      handle(req, res);
    });
    if (!isFull(socket)) return;
    guard(socket);
    // A turn later: within this one node goes on with what it has read.
    if (waiting.length === MAX_WAITING + 1) process.nextTick(() => isFull(socket) && socket.pause());
  };
}

const nothing = () => {};
