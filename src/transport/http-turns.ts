import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** Requests that wait behind the one that is being answered, before nothing further is read from their connection. */
const MAX_WAITING = 16;

/**
 * Handles the requests of one connection one after the other. Clients wait for an answer before they ask again; one that
 * sends thousands at once gets no more of the server's time than they do, and what it has sent waits in the network.
 */
export function inTurn(handle: Handler): Handler {
  const waitingOn = new WeakMap<Socket, (() => void)[]>();

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
    if (waiting) {
      waiting.push(() => handle(req, res));
      // A turn later: node lets a connection flow again behind each request that it reads.
      if (waiting.length === MAX_WAITING + 1) process.nextTick(() => socket.pause());
    } else {
      waitingOn.set(socket, []);
      handle(req, res);
    }
  };
}
