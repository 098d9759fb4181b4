import type { IncomingMessage, Server } from 'node:http';
import { Socket } from 'node:net';
import type { Caller } from '../domain/access/policy.js';
import { isPromise, type Later } from '../domain/async/later.js';
import { createUnasked, type Unasked } from './bounds/unasked-bytes.js';
import type { PeerAccount, WaitingBytes } from './bounds/waiting-bytes.js';
import type { CutOff } from './cut-off.js';
import { type ReadBefore, readBefore } from './read-before.js';
import { tellOfReads } from './tell-of-reads.js';

/** Bytes of heads, or of a body in chunks, that are read together in a turn: some hundred of the smallest requests. */
const IN_ONE_TURN = 4 * 1024;
/** What that takes as chunks of a byte each, with Node 20 and some to spare. */
const CHUNKS_BYTES = 128 * 1024;
/** Of a body that nobody takes yet, what is more is not read further. */
const UNREAD = 64;

export interface ArrivalsOptions {
  /** There when what this owner of a connection has sent may be read. */
  turn(owner: string): Later<void>;
  /** Whose a connection is: an address, until it has shown a credential. */
  ownerOf(socket: Socket): { share: string; caller: Caller | null };
  /** Whether so many requests wait on it that none further is to be read. */
  isFull(socket: Socket): boolean;
  arriving: WaitingBytes;
  cutOff: CutOff;
}

/**
 * What comes over the connections of a server, before node reads it as HTTP: that would go through all that has come of all of them at
 * once, thousands of requests in a packet of each. It is read in pieces, in turns of whoever owns the connection, and what waits counts as what has
 * come. A body whose length is known asks for nothing more, and is read as it comes.
 */
export interface Arrivals {
  /** `event`: what the server tells of a connection by that it reads. */
  watch(server: Server, event: 'connection' | 'secureConnection'): void;
  /** A request has begun on its connection. */
  begun(req: IncomingMessage): void;
  /** Something else reads the connection from now on. */
  leave(socket: Socket): void;
}

export function createArrivals(options: ArrivalsOptions): Arrivals {
  const open = new WeakMap<Socket, Arriving>();
  const unasked = createUnasked();
  return {
    watch(server, event) {
      server.on(event, (socket: Socket) => open.set(socket, new Arriving(socket, options, unasked)));
    },
    begun(req) {
      open.get(req.socket)?.begun(req);
    },
    leave(socket) {
      open.get(socket)?.leave();
      open.delete(socket);
    },
  };
}

/** Of one connection. A class: there are thousands, and they share the code of its methods. */
class Arriving {
  private readonly before: ReadBefore;
  /** What has come and is not read, in its order. */
  private rest: Buffer[] = [];
  /** Lets go of that; null while nothing waits. */
  private release: (() => void) | null = null;
  private account: PeerAccount | null = null;
  /** While its turn is waited for. */
  private waits = false;
  private hasTurn = false;
  /** Bytes of a body that are certainly to come. */
  private ofBody = 0;
  /** The last that has a body in chunks, until that is over. */
  private request: IncomingMessage | null = null;
  /** Of the body of what has begun last. */
  private announced: number | null = null;
  /** Whether node, and who takes a body, let it flow: they may want that while something waits here. */
  private flows = true;
  private gives = false;
  /** Its client has sent all that it sends. */
  private ended = false;
  private over = false;

  constructor(
    private readonly socket: Socket,
    private readonly options: ArrivalsOptions,
    private readonly unasked: Unasked,
  ) {
    this.before = readBefore(socket, this.take);
    socket.pause = this.pause;
    socket.resume = this.resume;
    socket.push = this.push;
    socket.once('close', this.end);
  }

  begun(request: IncomingMessage): void {
    // One in chunks is known by its end alone.
    if (request.headers['transfer-encoding'] === undefined) {
      this.announced = Number(request.headers['content-length'] ?? 0);
      return;
    }
    this.announced = 0;
    this.request = request;
    request.once('close', () => this.isOver(request));
    tellOfReads(request, this.taken);
  }

  private isOver(request: IncomingMessage): void {
    if (this.request === request) this.request = null;
    if (this.release) this.count();
  }

  /** Something of a body in chunks was taken: the rest may follow, once that is over. */
  private readonly taken = (): void => {
    if (this.release && !this.isUnread()) process.nextTick(() => this.over || this.readRest());
  };

  leave(): void {
    const { socket, rest } = this;
    this.before.end();
    socket.off('close', this.end);
    socket.pause = Socket.prototype.pause;
    socket.resume = Socket.prototype.resume;
    socket.push = Socket.prototype.push;
    this.end();
    if (rest.length > 0) socket.unshift(Buffer.concat(rest));
    if (this.ended) socket.push(null);
  }

  private readonly end = (): void => {
    this.over = true;
    this.rest = [];
    this.release?.();
    this.release = null;
    this.account?.end();
  };

  private readonly take = (bytes: Buffer): void => {
    if (this.rest.length === 0 && bytes.length <= IN_ONE_TURN && this.mayRead(bytes.length)) {
      this.give(bytes);
      if (this.isUnread()) this.count();
      this.tellOfEnd();
      return;
    }
    this.rest.push(bytes);
    this.readRest();
  };

  private readonly pause = (): Socket => {
    this.flows = false;
    return stop(this.socket);
  };

  private readonly resume = (): Socket => {
    this.flows = true;
    if (this.rest.length === 0 && !this.release) return goOn(this.socket);
    if (!this.gives) this.readRest();
    return this.socket;
  };

  /** A client may close its side behind its last request: node would take what it has then for all that was sent. */
  private readonly push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
    if (chunk !== null || this.hasReadAll()) return Socket.prototype.push.call(this.socket, chunk, encoding);
    this.ended = true;
    return false;
  };

  private tellOfEnd(): void {
    if (!this.ended || !this.hasReadAll()) return;
    this.ended = false;
    // As from the network: behind what is answered at once.
    setImmediate(() => {
      Socket.prototype.push.call(this.socket, null);
      // It may be paused, for what was read.
      this.socket.read(0);
    });
  }

  private hasReadAll(): boolean {
    return this.rest.length === 0 && this.socket.readableLength === 0;
  }

  private readRest(): void {
    while (this.rest.length > 0 && this.mayRead(Number.POSITIVE_INFINITY)) {
      const [first = EMPTY] = this.rest;
      const size = this.ofBody > 0 ? this.ofBody : IN_ONE_TURN;
      if (first.length <= size) this.rest.shift();
      else this.rest[0] = first.subarray(size);
      this.give(first.length <= size ? first : first.subarray(0, size));
      if (this.over || this.socket.destroyed) break;
    }
    if (this.over) return;
    this.count();
    if (this.rest.length > 0) stop(this.socket);
    else if (this.flows) goOn(this.socket);
    this.tellOfEnd();
  }

  /** Whether chunks of a body have come that nobody takes yet: node would keep 16,000 of them. */
  private isUnread(): boolean {
    const { request } = this;
    return request !== null && request.readableLength > UNREAD && !request.destroyed;
  }

  private mayRead(bytes: number): boolean {
    const { socket, options } = this;
    if (this.waits || !this.flows || this.isUnread() || options.isFull(socket)) return false;
    if (this.hasTurn || this.ofBody > 0 || this.unasked.take(bytes)) return true;
    const turn = options.turn(options.ownerOf(socket).share);
    if (!isPromise<void>(turn)) return true;
    this.waits = true;
    void turn.then(() => {
      this.waits = false;
      this.hasTurn = true;
      if (!this.over) this.readRest();
    });
    return false;
  }

  private give(piece: Buffer): void {
    this.hasTurn = false;
    this.announced = null;
    this.gives = true;
    this.before.give(piece);
    this.gives = false;
    this.ofBody = Math.max(0, (this.announced ?? this.ofBody) - piece.length);
  }

  /** Counts what waits: packets, and the chunks of a body. */
  private count(): void {
    const { socket, options } = this;
    this.release?.();
    this.release = null;
    const bytes = this.rest.reduce((sum, { length }) => sum + length, this.isUnread() ? CHUNKS_BYTES : 0);
    if (bytes === 0 || this.over) return;
    this.account ??= options.arriving.peer({
      caller: () => options.ownerOf(socket).share,
      cut() {
        options.cutOff('RATE_LIMITED', options.ownerOf(socket).caller, socket.remoteAddress ?? '');
        socket.destroy();
      },
    });
    this.release = this.account.hold(null, bytes);
  }
}

const EMPTY = Buffer.alloc(0);
/** A socket's own methods, whatever stands in their place. */
const stop = (socket: Socket): Socket => Socket.prototype.pause.call(socket);
const goOn = (socket: Socket): Socket => Socket.prototype.resume.call(socket);
