import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type CallerQueue, createCallerQueue } from '../../domain/fairness/caller-queue.js';
import { oncePerObject } from '../../domain/once-per-object.js';

/**
 * Of all connections together, in one turn of the event loop: some 5 ms of it where they are small, and 25 where each has the 64 KiB that one may.
 * What is read may be the end of a connection, too. Past it all are stopped and started again, 4 µs for each that is open, and whoever was not
 * read waits for a turn: so many that what clients send stays below unless there are very many of them.
 */
const PACKETS_IN_TURN = 256;

/**
 * Node accepts one connection in each turn, the first that has come: whoever comes behind five hundred waits for as many turns. So turns that accept
 * one are kept short: new connections are read in the first turn that accepts none, or one in every so many that do.
 */
const NEW_IN_TURN = 16;
const ACCEPTING_TURNS = 8;
/** So many wait at the most to be read: one that has gone meanwhile is there until then. */
const NEW_WAITING = 512;

/** What node reads a socket by. It hands over what has come, or nothing at the end; it reads on by itself until it is stopped. */
interface Handle {
  onread(bytes?: ArrayBuffer): unknown;
  /** As node knows it: it may have stopped by itself, and starts again then. */
  reading: boolean;
  readStart(): void;
  readStop(): void;
}

export interface ReadsInTurnOptions {
  /** Whose a connection is: who has had least is read first where all are too many. */
  ownerOf(socket: Socket): string;
  /** Runs something once all that the network had in this turn of the event loop has been read. */
  nextTurn?(run: () => void): void;
  packets?: number;
}

/** Bounds what node reads of the connections of servers in one turn of the event loop. */
export interface ReadsInTurn {
  /** `event`: what the server tells of a connection by that it reads. */
  watch(server: Server, event: 'connection' | 'secureConnection'): void;
}

/**
 * Node reads all connections that something has come of in one turn of the event loop, before anything else has its turn: a thousand that
 * each send 64 KiB at once take a tenth of a second. Here those that are left when so much was read are stopped, and so many of them go
 * on in each of the next turns: of each owner one after the other.
 */
export function createReadsInTurn({
  ownerOf,
  nextTurn = setImmediate,
  packets: most = PACKETS_IN_TURN,
}: ReadsInTurnOptions): ReadsInTurn {
  /** Those that node may read. */
  const open = new Set<Socket>();
  const stopped = createCallerQueue<Socket>();
  /** Accepted, and not read yet. */
  const newcomers = createCallerQueue<Socket>();
  /** Whether this turn has accepted one, and how many have since one was read. */
  let accepted = false;
  let accepting = 0;
  let waiting = 0;
  /** Of this turn; what was read in it goes behind the others. */
  const read = new Set<Handle>();
  let packets = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    nextTurn(begin);
  }

  function begin(): void {
    scheduled = false;
    read.clear();
    packets = 0;
    const hurries = !accepted || waiting > NEW_WAITING;
    const few = hurries ? NEW_IN_TURN : ++accepting < ACCEPTING_TURNS ? 0 : 1;
    if (few > 0) accepting = 0;
    accepted = false;
    const more = startSome(newcomers, few);
    // Those that were started may have nothing, and tell nothing.
    if (startSome(stopped, most) || more) schedule();
  }

  /** False: none is left. */
  function startSome(line: CallerQueue<Socket>, count: number): boolean {
    for (let started = 0; started < count; ) {
      const next = line.next();
      if (!next) return false;
      if (line === newcomers) waiting--;
      if (start(next.item)) started++;
    }
    return true;
  }

  /** False: it has closed. */
  function start(socket: Socket): boolean {
    const handle = handleOf(socket);
    if (!handle) return false;
    open.add(socket);
    // Where node has stopped meanwhile it starts by itself.
    if (handle.reading) handle.readStart();
    return true;
  }

  function stopAll(): void {
    for (const socket of open) if (!read.has(handleOf(socket) as Handle)) stop(socket);
    for (const socket of open) stop(socket);
  }

  function stop(socket: Socket): void {
    const handle = handleOf(socket);
    // Node's own view stays as it is: it would start again at once what it does not think it reads.
    if (!handle?.reading) return;
    handle.readStop();
    open.delete(socket);
    stopped.add(ownerOf(socket), socket);
  }

  const ours = new WeakSet<Handle['onread']>();
  /** All sockets are read by the same function. */
  const counted = oncePerObject((onread: Handle['onread']) => {
    const counts: Handle['onread'] = function (this: Handle, came) {
      schedule();
      read.add(this);
      packets++;
      if (packets >= most) stopAll();
      return onread.call(this, came);
    };
    ours.add(counts);
    return counts;
  });

  function forget(this: Socket): void {
    open.delete(this);
  }

  return {
    watch(server, event) {
      server.on(event, (socket: Socket) => {
        const handle = handleOf(socket);
        // What did not become a WebSocket is given to the server anew. A node that reads by other means is left as it is.
        if (typeof handle?.onread !== 'function' || ours.has(handle.onread)) return;
        handle.onread = counted(handle.onread);
        socket.on('close', forget);
        if (event === 'connection' && handle.reading) {
          handle.readStop();
          newcomers.add(ownerOf(socket), socket);
          waiting++;
          accepted = true;
          schedule();
        } else open.add(socket);
      });
    },
  };
}

/** Null: it is closed. */
const handleOf = (socket: Socket): Handle | null => (socket as { _handle?: Handle | null })._handle ?? null;
