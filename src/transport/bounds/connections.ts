import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { addressKey } from '../../domain/access/caller-key.js';
import type { Caller } from '../../domain/access/policy.js';
import { ParleyError } from '../../domain/errors.js';
import { makerOf } from '../../domain/fairness/shares.js';
import { createTally } from '../../domain/fairness/tally.js';
import type { CutOff } from '../cut-off.js';

/** The connections of a server, whoever they are from, until they are counted as something else. */
export interface Connections {
  /** Counts those of the server. */
  watch(server: Server): void;
  /** A request is answered on it until the result is called: it is not cut meanwhile. */
  busy(socket: Socket): () => void;
  /** It has shown whose it is. RATE_LIMITED where all of that caller's are busy, and it has no room for another. */
  known(socket: Socket, share: string, caller?: Caller): void;
  /** Whose it is: an address, until it has shown whose; also of one that is counted elsewhere. */
  ownerOf(socket: Socket): { share: string; caller: Caller | null };
  /** It is counted elsewhere from now on, as this owner's. */
  leave(socket: Socket, share: string): void;
  /** Closes those on which no request is under way, also those that have sent nothing. */
  closeIdle(): void;
  /** How many are counted now. */
  readonly size: number;
}

interface Connection {
  /** Of its peer: address and port. */
  name: string;
  socket: Socket;
  /** An address, until it has shown whose it is. */
  owner: string;
  caller: Caller | null;
  from: string;
  requests: number;
}

/**
 * Bounds the connections of a server, of all together to `most`: those that have sent nothing yet, those between two requests, sockets
 * that have not said who they are. An address or a caller has as many as all others leave, alone half of them. Past that the one of it
 * on which nothing has happened for the longest is cut; where all are busy, no further one is taken. `cutOff` is told of both.
 */
export function createConnections(most: number, cutOff: CutOff = () => {}): Connections {
  /** By name: with TLS the socket of a request is another than that of its connection. The idle longest first. */
  const open = new Map<string, Connection>();
  const owned = createTally();

  /** That of the sockets that requests came from. */
  const found = new WeakMap<Socket, Connection>();
  function find(socket: Socket): Connection | undefined {
    const known = found.get(socket);
    if (known && isOpen(known)) return known;
    const connection = open.get(nameOf(socket) ?? '');
    if (connection) found.set(socket, connection);
    return connection;
  }
  const isOpen = (connection: Connection) => open.get(connection.name) === connection;

  function remove(connection: Connection): void {
    if (!isOpen(connection)) return;
    open.delete(connection.name);
    owned.add(connection.owner, -1);
  }

  /** Cuts what is idle of the owner until it has room for one more; false where it has none then. */
  function makeRoom(owner: string): boolean {
    const isFull = () => owned.of(owner) + 1 > most - open.size;
    if (!isFull()) return true;
    for (const connection of open.values()) {
      if (connection.owner !== owner || connection.requests > 0) continue;
      remove(connection);
      cutOff('RATE_LIMITED', connection.caller, connection.from);
      connection.socket.destroy();
      if (!isFull()) return true;
    }
    return false;
  }

  function take(socket: Socket): void {
    const name = nameOf(socket);
    // What did not become a WebSocket is given to the server anew.
    if (name === null || open.has(name)) return;
    const from = socket.remoteAddress ?? '';
    const owner = addressKey(from);
    if (!makeRoom(owner)) {
      cutOff('RATE_LIMITED', null, from);
      socket.destroy();
      return;
    }
    const connection = { name, socket, owner, caller: null, from, requests: 0 };
    open.set(name, connection);
    owned.add(owner, 1);
    socket.once('close', () => remove(connection));
  }

  return {
    watch: (server) => void server.on('connection', take),
    get size() {
      return open.size;
    },
    busy(socket) {
      const connection = find(socket);
      if (!connection) return () => {};
      connection.requests++;
      return () => {
        connection.requests--;
        if (!isOpen(connection)) return;
        open.delete(connection.name);
        open.set(connection.name, connection);
      };
    },
    known(socket, share, caller) {
      const owner = makerOf(share);
      const connection = find(socket);
      if (!connection || connection.owner === owner) return;
      owned.add(connection.owner, -1);
      open.delete(connection.name);
      const room = makeRoom(owner);
      open.set(connection.name, connection);
      if (room) {
        connection.owner = owner;
        connection.caller = caller ?? null;
      }
      owned.add(connection.owner, 1);
      if (!room) {
        throw new ParleyError(
          'RATE_LIMITED',
          `${owned.of(owner)} connections with requests of this caller are open, the most that may. Wait for their answers.`,
        );
      }
    },
    ownerOf(socket) {
      const connection = find(socket) ?? found.get(socket);
      return connection
        ? { share: connection.owner, caller: connection.caller }
        : { share: addressKey(socket.remoteAddress), caller: null };
    },
    closeIdle() {
      for (const { socket, requests } of [...open.values()]) if (requests === 0) socket.destroy();
    },
    leave(socket, share) {
      const connection = find(socket);
      if (!connection) return;
      remove(connection);
      connection.owner = makerOf(share);
    },
  };
}

/** Null: it has gone. */
const nameOf = ({ remoteAddress, remotePort }: Socket): string | null =>
  remoteAddress === undefined ? null : `${remoteAddress} ${remotePort}`;
