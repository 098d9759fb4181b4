import { once } from 'node:events';
import { createServer } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { createReadsInTurn } from '../../../src/transport/bounds/reads-in-turn.js';
import { eventually } from '../../support/eventually.js';

/** The beginning of a request. */
const SOME = 'GET / HTTP';

/** A server whose turns are taken by hand, with so many clients, the last of which has an owner of its own. */
async function stage(clients: number, { areNew = false } = {}) {
  const read = new Map<number, number>();
  const ended = new Set<number>();
  let turn: (() => void) | null = null;
  const server = createServer();
  let honest = 0;
  let owner = 'others';
  createReadsInTurn({
    ownerOf: ({ remotePort }) => (remotePort === honest ? 'honest' : owner),
    nextTurn(run) {
      turn = run;
    },
    packets: 64,
  }).watch(server, 'connection');
  let accepted = 0;
  server.on('connection', (socket: Socket) => {
    accepted++;
    const { remotePort = 0 } = socket;
    read.set(remotePort, 0);
    socket.on('data', (bytes) => read.set(remotePort, (read.get(remotePort) ?? 0) + bytes.length));
    socket.on('end', () => ended.add(remotePort)).on('error', () => {});
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const sockets = Array.from({ length: clients }, () => connect({ port, host: '127.0.0.1' }));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.closeAllConnections();
    server.close();
  });
  await Promise.all(
    sockets.map((socket) =>
      once(
        socket.on('error', () => {}),
        'connect',
      ),
    ),
  );
  await eventually(() => expect(accepted).toBe(clients));
  // One that has gone has none.
  const ports = new Map(sockets.map((socket) => [socket, socket.localPort ?? 0]));
  const portOf = (socket: Socket | undefined) => (socket && (ports.get(socket) ?? socket.localPort)) ?? 0;
  honest = portOf(sockets.at(-1));
  const nextTurn = () => {
    const run = turn;
    turn = null;
    run?.();
  };
  // Those that were accepted are read from then on.
  while (turn && !areNew) nextTurn();
  return {
    sockets,
    ended,
    /** One more, once it is accepted. */
    async another(name = 'others') {
      const before = accepted;
      owner = name;
      const socket = connect({ port, host: '127.0.0.1' });
      sockets.push(socket.on('error', () => {}));
      await eventually(() => expect(accepted).toBe(before + 1));
      owner = 'others';
      return socket;
    },
    of: (socket: Socket | undefined) => read.get(portOf(socket)) ?? 0,
    hasEnded: (socket: Socket | undefined) => ended.has(portOf(socket)),
    heard: () => [...read.values()].filter((bytes) => bytes > 0).length,
    bytes: () => [...read.values()].reduce((sum, bytes) => sum + bytes, 0),
    /** What the network has meanwhile is read, where it may be. */
    async settle() {
      for (let n = 0; n < 20; n++) await new Promise((resolve) => setImmediate(resolve));
    },
    nextTurn,
  };
}

it('of many connections that send at once as many as may are read in a turn, the others in the next ones, each owner in turn', async () => {
  const { sockets, of, heard, settle, nextTurn } = await stage(200);
  for (const socket of sockets) socket.write(SOME);
  await eventually(() => expect(heard()).toBe(64));
  await settle();
  expect(heard()).toBe(64);
  expect(of(sockets.at(-1))).toBe(0);

  nextTurn();
  await eventually(() => expect(heard()).toBe(128));
  await settle();
  expect(heard()).toBe(128);
  // It had come last.
  expect(of(sockets.at(-1))).toBe(10);

  await eventually(() => {
    nextTurn();
    expect(sockets.map(of)).toEqual(sockets.map(() => 10));
  });
});

it('of what is large as many packets are read in a turn, and nothing is lost', async () => {
  const { sockets, of, bytes, settle, nextTurn } = await stage(100);
  const piece = Buffer.alloc(64 * 1024, 'x');
  for (const socket of sockets) socket.write(piece);
  await eventually(() => expect(bytes()).toBeGreaterThan(0));
  await settle();
  expect(bytes()).toBeLessThanOrEqual(64 * piece.length);
  await eventually(() => {
    nextTurn();
    expect(sockets.map(of)).toEqual(sockets.map(() => piece.length));
  });
});

it('what ends or is cut while it waits is told of in its turn, and the others go on', async () => {
  const { sockets, of, ended, hasEnded, heard, settle, nextTurn } = await stage(70);
  const late = sockets.slice(64);
  for (const socket of sockets) socket.write(SOME);
  await eventually(() => expect(heard()).toBe(64));
  late[0]?.end();
  late[1]?.resetAndDestroy();
  await settle();
  expect(ended.size).toBe(0);
  await eventually(() => {
    nextTurn();
    expect(hasEnded(late[0])).toBe(true);
    expect(late.slice(2).map(of)).toEqual([10, 10, 10, 10]);
  });
});

it('while connections are accepted new ones are not read, but one in each eighth turn, of each owner in turn', async () => {
  const { sockets, of, heard, settle, another, nextTurn } = await stage(20, { areNew: true });
  for (const socket of sockets) socket.write(SOME);
  nextTurn();
  const honest = await another('one who has none');
  honest.write(SOME);
  nextTurn();
  for (let turn = 3; turn < 8; turn++) {
    await another();
    nextTurn();
  }
  await settle();
  expect(heard()).toBe(0);
  for (let turn = 8; turn <= 16; turn++) {
    await another();
    nextTurn();
    await eventually(() => expect(heard()).toBe(turn < 16 ? 1 : 2));
  }
  // It had come behind twenty.
  expect(of(honest)).toBe(10);

  nextTurn();
  await eventually(() => expect(heard()).toBe(18));
  nextTurn();
  await eventually(() => expect(heard()).toBe(21));
});

it('where more than 512 new ones wait they are read also while further ones are accepted', async () => {
  const { sockets, heard, settle, nextTurn } = await stage(520, { areNew: true });
  for (const socket of sockets) socket.write(SOME);
  nextTurn();
  await eventually(() => expect(heard()).toBe(16));
  await settle();
  expect(heard()).toBe(16);
});
