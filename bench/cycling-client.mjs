// Asked {url, cycles, sockets, sessions}, it opens the sockets, starts and completes so many subscriptions over them, a
// second socket apart for every tenth, closes everything, and answers.
import WebSocket from 'ws';
import { onQuestion } from './ipc.mjs';

const query = 'subscription ($id: ID!) { sessionEvents(sessionId: $id) { __typename cursor } }';

onQuestion(async ({ url, cycles, sockets, sessions }) => {
  let next = 0;
  const run = async () => {
    let socket = await open(url);
    while (next < cycles) {
      const n = next++;
      if (n % 10 === 9) {
        socket.terminate();
        socket = await open(url);
      }
      await once(socket, String(n), `session-${n % sessions}`);
    }
    socket.terminate();
  };
  await Promise.all(Array.from({ length: sockets }, run));
  return cycles;
});

/** One subscription: its first event, then its end. */
function once(socket, id, sessionId) {
  return new Promise((resolve, reject) => {
    const take = (data) => {
      const message = JSON.parse(String(data));
      if (message.id !== id) return;
      socket.off('message', take);
      if (message.type !== 'next') return reject(new Error(`the server sent ${data}`));
      socket.send(JSON.stringify({ id, type: 'complete' }));
      resolve();
    };
    socket.on('message', take);
    socket.send(JSON.stringify({ id, type: 'subscribe', payload: { query, variables: { id: sessionId } } }));
  });
}

function open(url) {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws');
    socket.on('error', reject);
    socket.on('open', () => socket.send('{"type":"connection_init"}'));
    socket.once('message', () => resolve(socket));
  });
}
