import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** Requests that wait behind the one that is being answered, before nothing further is read from their connection. */
const MAX_WAITING = 16;

/** The requests of a server's connections that are under way. */
export interface HttpTurns {
  /**
   * Handles the requests of one connection one after the other. Clients wait for an answer before they ask again; one that
   * sends thousands at once gets no more of the server's time than they do, and what it has sent waits in the network. What came with
   * one packet is there, however many requests it holds: `hold` counts each that waits, until what it gives is called. `handle` gives
   * what is to be done when the answer is over, in whichever way.
   */
  inTurn(
    handle: (req: IncomingMessage, res: ServerResponse) => () => void,
    hold?: (req: IncomingMessage) => () => void,
  ): Handler;
  /** Whether so many wait that none further is to be read of the connection. */
  isFull(socket: Socket): boolean;
  /**
   * Lets a server end while its clients keep their connections: from now on each answer is the last on its connection and says so,
   * those to requests under way too. Node by itself closes only what is idle at that moment.
   */
  endConnections(): void;
}

interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  /** It waits no more. */
  release(): void;
}

export function createHttpTurns(): HttpTurns {
  /** By connection, in their order: the first is being answered. Of answers behind it node tells nothing where their client goes. */
  const open = new Map<Socket, Exchange[]>();
  const guarded = new WeakSet<Socket>();
  let last = false;

  function exchangesOn(socket: Socket): Exchange[] {
    const known = open.get(socket);
    if (known) return known;
    const exchanges: Exchange[] = [];
    open.set(socket, exchanges);
    socket.once('close', () => open.delete(socket));
    return exchanges;
  }

  const isFull = (exchanges: readonly Exchange[]) => exchanges.length - 1 > MAX_WAITING;

  /** Node lets a connection flow again with each request, and each body, that is read of it. */
  function guard(socket: Socket, exchanges: readonly Exchange[]): void {
    if (guarded.has(socket)) return;
    guarded.add(socket);
    socket.on('resume', () => {
      if (isFull(exchanges)) socket.pause();
    });
  }

  return {
    inTurn(handle, hold = () => nothing) {
      function start({ req, res, release }: Exchange, exchanges: Exchange[]): void {
        const { socket } = req;
        let ended = nothing;
        res.on('close', () => {
          ended();
          exchanges.shift();
          const next = exchanges[0];
          if (!next || socket.destroyed) return;
          if (exchanges.length - 1 === MAX_WAITING) socket.resume();
          start(next, exchanges);
        });
        release();
        ended = handle(req, res);
      }

      return (req, res) => {
        const { socket } = req;
        if (last) res.shouldKeepAlive = false;
        const exchanges = exchangesOn(socket);
        const isFirst = exchanges.length === 0;
        const exchange = { req, res, release: isFirst ? nothing : hold(req) };
        exchanges.push(exchange);
        if (isFirst) start(exchange, exchanges);
        if (!isFull(exchanges)) return;
        guard(socket, exchanges);
        // A turn later: within this one node goes on with what it has read.
        if (exchanges.length === MAX_WAITING + 2) process.nextTick(() => isFull(exchanges) && socket.pause());
      };
    },
    isFull(socket) {
      const exchanges = open.get(socket);
      return exchanges !== undefined && isFull(exchanges);
    },
    endConnections() {
      last = true;
      for (const exchanges of open.values()) for (const { res } of exchanges) res.shouldKeepAlive = false;
    },
  };
}

const nothing = () => {};
