import { join } from 'node:path';
import { compare } from './harness.mjs';
import { script, startNode, startParley } from './processes.mjs';
import { follow } from './requests.mjs';
import { makeFolder } from './workspace.mjs';

/** UIs look at many conversations, a few at each. */
const SESSIONS = 200;
/** Sockets that are opened at once, where they are many. */
const OPENED_AT_ONCE = 500;
/** The first sockets of a process pay for what all share. */
const WARM = 50;
const REPORTER = new URL('./report-memory.mjs', import.meta.url).href;
const NODE_ARGS = ['--expose-gc', '--import', REPORTER];

const SUBSCRIPTION = `subscription Follow($id: ID!) {
  messageAdded(sessionId: $id) { __typename cursor ... on MessageAdded { message { messageId role text } } }
}`;

/** kB on the server's heap and in its buffers for each of 1,000 subscribers that have had Ready and wait, after a collection. */
export const compareMemory = () =>
  compareServers(3, async (server, url) => {
    const warm = await subscribe(url, WARM);
    const before = await server.ask('memory');
    const sockets = await subscribe(url, 1_000);
    const after = await server.ask('memory');
    for (const socket of [...warm, ...sockets]) socket.terminate();
    return (after.used - before.used) / 1_000 / 1_000;
  });

/** MB that the whole process keeps in memory with 10,000 of them. */
export const compareProcesses = () =>
  compareServers(1, async (server, url) => {
    const sockets = [];
    while (sockets.length < 10_000) sockets.push(...(await subscribe(url, OPENED_AT_ONCE)));
    const { resident } = await server.ask('memory');
    for (const socket of sockets) socket.terminate();
    return resident / 1_000_000;
  });

/** What `measure` gives of Parley, and of graphql-ws. */
async function compareServers(rounds, measure) {
  const { folder, remove } = makeFolder();
  const measured = async (server, url) => {
    try {
      return await measure(server, url);
    } finally {
      await server.stop();
    }
  };
  try {
    return await compare({
      rounds,
      ours: async () => {
        const server = await startParley(join(folder, 'parley.db'), { nodeArgs: NODE_ARGS });
        return measured(server, server.url);
      },
      theirs: async () => {
        const server = startNode([...NODE_ARGS, script('graphql-ws-server.mjs')], { core: 0 });
        return measured(server, await server.url());
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
    const socket = follow(url, SUBSCRIPTION, { id }, { onData: () => resolve(socket), onError: reject });
  });
}
