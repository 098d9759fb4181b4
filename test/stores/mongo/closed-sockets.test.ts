import { expect, it } from 'vitest';
import { createPool } from '../../../src/stores/mongo/client.js';
import { startTestServer } from './server.js';

interface DriverInternals {
  topology: {
    s: {
      servers: Map<string, { pool: { connections: { toArray(): { socket: { destroy(): void } }[] } } }>;
    };
  };
}

it('a command that meets a connection which has just closed is tried on another, and does not hang', async () => {
  const server = await startTestServer();
  const client = createPool(server.uri);
  try {
    const sessions = client.db('closed_sockets').collection('sessions');
    await sessions.insertOne({ n: 1 });
    const { servers } = (client as unknown as DriverInternals).topology.s;
    // As when the server hangs up: the `close` events come in a later turn.
    for (const { pool } of servers.values())
      for (const { socket } of pool.connections.toArray()) socket.destroy();
    expect(await sessions.findOne({ n: 1 })).toMatchObject({ n: 1 });
  } finally {
    await client.close();
    await server.close();
  }
});
