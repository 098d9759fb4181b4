import { createServer, type Server, type Socket } from 'node:net';
import { ObjectId } from '../bson/values.js';
import type { Cursor } from '../commands/cursor.js';
import { type Cursors, createCursors } from '../state/cursors.js';
import { type ConnectionHandlers, serveConnection } from '../wire/connection.js';

/** One server process of the set: its port, its connections and its cursors. */
export interface Member {
  readonly port: number;
  readonly host: string;
  readonly alive: boolean;
  readonly cursors: Cursors<Cursor>;
  readonly connections: number;
  processId: ObjectId;
  topologyVersion: number;
  /** Hangs up on every client. */
  dropConnections(): void;
  /** Ends without a word: connections are reset, cursors are gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
}

export async function startMember(
  port: number,
  handlersFor: (member: Member) => ConnectionHandlers,
): Promise<Member> {
  const sockets = new Set<Socket>();
  const cursors = createCursors<Cursor>();
  let server: Server | undefined;
  let used = port;

  const member: Member = {
    get port() {
      return used;
    },
    get host() {
      return `127.0.0.1:${used}`;
    },
    get alive() {
      return server !== undefined;
    },
    get connections() {
      return sockets.size;
    },
    cursors,
    processId: new ObjectId(),
    topologyVersion: 1,
    dropConnections() {
      for (const socket of sockets) socket.destroy();
    },
    async kill() {
      const closing = server;
      server = undefined;
      if (!closing) return;
      cursors.clear();
      const closed = new Promise<void>((resolve) => closing.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async start() {
      if (server) return;
      const started = createServer((socket) => {
        sockets.add(socket);
        socket.on('close', () => sockets.delete(socket));
        serveConnection(socket, handlersFor(member));
      });
      await new Promise<void>((resolve, reject) => {
        started.once('error', reject);
        started.listen(used, '127.0.0.1', resolve);
      });
      const address = started.address();
      if (address !== null && typeof address === 'object') used = address.port;
      member.processId = new ObjectId();
      server = started;
    },
  };
  await member.start();
  return member;
}
