import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A hop between clients and a server that breaks connections the way networks do. */
export interface TcpProxy {
  readonly port: number;
  readonly connections: number;
  /** Breaks each connection for which `choose` says so; `afterBytes`: only once so much more has gone to the client. */
  cut(choose: () => boolean, afterBytes?: () => number): void;
  close(): Promise<void>;
}

interface Hop {
  client: Socket;
  server: Socket;
  /** Bytes that may still go to the client; Infinity while it is to live. */
  left: number;
}

export async function startProxy(targetPort: number): Promise<TcpProxy> {
  const hops = new Set<Hop>();
  const destroy = ({ client, server }: Hop) => {
    client.resetAndDestroy();
    server.resetAndDestroy();
  };

  const listener = createServer((client) => {
    const hop: Hop = { client, server: connect(targetPort, '127.0.0.1'), left: Number.POSITIVE_INFINITY };
    const { server } = hop;
    hops.add(hop);
    client.on('data', (data) => {
      if (!server.write(data)) client.pause();
    });
    server.on('drain', () => client.resume());
    server.on('data', (data) => {
      const passed = data.subarray(0, Math.min(hop.left, data.length));
      hop.left -= data.length;
      if (!client.write(passed, () => hop.left <= 0 && destroy(hop))) server.pause();
    });
    client.on('drain', () => server.resume());
    for (const [socket, other] of [
      [client, server],
      [server, client],
    ] as const) {
      socket.on('end', () => other.end());
      socket.on('error', () => other.destroy());
      socket.on('close', () => {
        other.destroy();
        hops.delete(hop);
      });
    }
  });
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));

  return {
    port: (listener.address() as AddressInfo).port,
    get connections() {
      return hops.size;
    },
    cut(choose, afterBytes = () => 0) {
      for (const hop of hops) {
        if (!choose()) continue;
        hop.left = afterBytes();
        if (hop.left === 0) destroy(hop);
      }
    },
    async close() {
      for (const hop of hops) destroy(hop);
      await new Promise((resolve) => listener.close(resolve));
    },
  };
}
