import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import WebSocket from 'ws';
import { compare } from './harness.mjs';
import { startNode, startParley } from './processes.mjs';
import { makeFolder } from './workspace.mjs';

const SUBSCRIBERS = 1_000;
/** UIs look at many conversations, a few at each. */
const SESSIONS = 200;
/** The first sockets of a process pay for what all share. */
const WARM = 50;
const REPORTER = new URL('./report-memory.mjs', import.meta.url).href;
const NODE_ARGS = ['--expose-gc', '--import', REPORTER];

const SUBSCRIPTION = `subscription Follow($id: ID!) {
  messageAdded(sessionId: $id) { __typename cursor ... on MessageAdded { message { messageId role text } } }
}`;

/** kB on the server's heap for a subscriber that has had Ready and waits, after a collection. */
export async function compareMemory() {
  const { folder, remove } = makeFolder();
  const measure = async (server, url) => {
    try {
      const warm = await subscribe(url, WARM);
      const before = await server.ask('memory');
      const sockets = await subscribe(url, SUBSCRIBERS);
      const after = await server.ask('memory');
      for (const socket of [...warm, ...sockets]) socket.terminate();
      return (after - before) / SUBSCRIBERS / 1_000;
    } finally {
      await server.stop();
    }
  };
  try {
    return await compare({
      rounds: 3,
      ours: async () => {
        const server = await startParley(join(folder, 'parley.db'), { nodeArgs: NODE_ARGS });
        return measure(server, server.url);
      },
      theirs: async () => {
        const file = fileURLToPath(new URL('graphql-ws-server.mjs', import.meta.url));
        const server = startNode([...NODE_ARGS, file], { core: 0 });
        return measure(server, await server.url());
      },
    });
  } finally {
    remove();
  }
}

function subscribe(url, count) {
  return Promise.all(Array.from({ length: count }, (_, n) => subscribeOne(url, `session-${n % SESSIONS}`)));
}

/** Resolves with the socket once the subscription's first event is there. */
function subscribeOne(url, id) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    socket.on('error', reject);
    socket.on('open', () => socket.send(JSON.stringify({ type: 'connection_init' })));
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === 'connection_ack') {
        socket.send(
          JSON.stringify({ id: '1', type: 'subscribe', payload: { query: SUBSCRIPTION, variables: { id } } }),
        );
      } else if (type === 'next' && payload.data) resolve(socket);
      else if (type !== 'ping') reject(new Error(`the server sent ${data}`));
    });
  });
}
