import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { frame } from '../fuzz/frames.js';
import { UPGRADE } from '../fuzz/socket-inputs.js';

/** Goes on until it is stopped. */
export interface Attack {
  stop(): void;
}

/** Begins an attack with so many connections. Resolves once all of them are under way. */
export type Attacker = (port: number, connections: number) => Promise<Attack>;

/** One connection of an attack, and what it goes on doing. */
type Start = (socket: Socket) => Promise<undefined | (() => void)>;

/** How often a slow client sends its next piece. */
const SLOW_MS = 100;

/** A connection that says exactly what it is told, and does not mind how it ends. */
export async function open(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true });
  socket.on('error', () => {});
  await once(socket, 'connect');
  return socket;
}

/** Begins `start` on each connection; one that the server ends is soon begun again. */
const each =
  (start: Start): Attacker =>
  async (port, connections) => {
    const ends = new Set<() => void>();
    let stopped = false;
    const begin = async (): Promise<void> => {
      if (stopped) return;
      const socket = await open(port);
      const further = await start(socket);
      const end = () => {
        further?.();
        socket.destroy();
      };
      ends.add(end);
      socket.on('end', () => socket.destroy());
      socket.once('close', () => {
        further?.();
        ends.delete(end);
        if (!stopped) setTimeout(() => begin().catch(() => {}), SLOW_MS);
      });
      if (stopped) end();
      // Ended while it was begun.
      else if (socket.destroyed) socket.emit('close');
    };
    for (let started = 0; started < connections; started += 50) {
      await Promise.all(Array.from({ length: Math.min(50, connections - started) }, begin));
    }
    return {
      stop() {
        stopped = true;
        for (const end of ends) end();
      },
    };
  };

const every = (act: () => void) => {
  const timer = setInterval(act, SLOW_MS);
  return () => clearInterval(timer);
};

/** Upgraded; what the server sends is read unless it is paused. */
export async function upgrade(socket: Socket): Promise<void> {
  socket.write(UPGRADE);
  await Promise.race([once(socket, 'data'), once(socket, 'close')]);
  socket.resume();
}

export const text = (message: object) => frame(JSON.stringify(message));
const INIT = text({ type: 'connection_init' });
const HEAD = 'POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n';
const LIST = JSON.stringify({ query: '{ sessions(first: 20) { nodes { sessionId } } }' });
const PING = frame(Buffer.alloc(125, 'p'), { opcode: 9 });
const HUGE = frame(Buffer.alloc(100_000), { length: 1_000_000_000 });
const BOMB = gzipSync(Buffer.alloc(10_000_000, ' '));

/** Those that cost little to keep up, and so come in numbers. */
export const PATIENT_ATTACKS: Readonly<Record<string, Attacker>> = {
  'idle connections': each(async () => {}),
  'headers that never end': each(async (socket) => {
    socket.resume().write('POST /graphql HTTP/1.1\r\nhost: localhost\r\n');
    return every(() => socket.write('x: y\r\n'));
  }),
  'bodies that never end': each(async (socket) => {
    socket.resume().write(`${HEAD}content-length: 1000000\r\n\r\n{`);
    return every(() => socket.write(' '));
  }),
  'sockets that never introduce themselves': each(async (socket) => {
    await upgrade(socket);
  }),
};

/** Those that make work: what the server ends is begun again ten times a second. */
export const BUSY_ATTACKS: Readonly<Record<string, Attacker>> = {
  'half-open connections': each(async (socket) => {
    socket.resume().end(`${HEAD}content-length: ${LIST.length}\r\n\r\n${LIST}`);
  }),
  'upgrades that are refused, and stay': each(async (socket) => {
    socket.resume().write(UPGRADE.toString().replace('/graphql', '/nowhere'));
  }),
  'answers that nobody reads': each(async (socket) => {
    const one = `${HEAD}content-length: ${LIST.length}\r\n\r\n${LIST}`;
    socket.pause().write(one.repeat(200));
  }),
  'compressed bombs': each(async (socket) => {
    socket.resume().write(`${HEAD}content-encoding: gzip\r\ncontent-length: ${BOMB.length}\r\n\r\n`);
    socket.write(BOMB);
  }),
  'sockets that flood with pings and read nothing': each(async (socket) => {
    await upgrade(socket);
    socket.pause();
    return every(() => socket.write(Buffer.concat(Array<Buffer>(100).fill(PING))));
  }),
  'frames that are larger than any may be': each(async (socket) => {
    await upgrade(socket);
    socket.write(INIT);
    socket.write(HUGE);
  }),
  'messages in a thousand pieces': each(async (socket) => {
    await upgrade(socket);
    socket.write(frame('{', { fin: false }));
    return every(() =>
      socket.write(Buffer.concat(Array<Buffer>(100).fill(frame(' ', { opcode: 0, fin: false })))),
    );
  }),
  'subscriptions that begin and end': each(async (socket) => {
    await upgrade(socket);
    socket.write(INIT);
    const query = 'subscription { sessionEvents(sessionId: "normal") { cursor } }';
    let id = 0;
    return every(() => {
      socket.write(text({ id: String(++id), type: 'subscribe', payload: { query } }));
      socket.write(text({ id: String(id), type: 'complete' }));
    });
  }),
  'floods of messages that are none': each(async (socket) => {
    await upgrade(socket);
    socket.write(INIT);
    return every(() =>
      socket.write(Buffer.concat(Array<Buffer>(50).fill(text({ type: 'ping', payload: { a: 1 } })))),
    );
  }),
};

export const ATTACKS = { ...PATIENT_ATTACKS, ...BUSY_ATTACKS };
