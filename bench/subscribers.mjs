// The subscribers, in a process of their own: they count frames and look at none, so that the server is what is
// measured. Asked {do: 'open', url, ids, count, query, authorization}, it answers with the first frame after the start once every
// socket follows; asked {do: 'expect', frames}, once so many frames more have come to every socket; asked
// {do: 'close'}, once all are closed.
import WebSocket from 'ws';
import { onQuestion } from './ipc.mjs';

/** Sockets that are opened at once. */
const OPENING = 100;

let sockets = [];
let received = 0;
let sample = null;
let wanted = Number.POSITIVE_INFINITY;
let arrived = () => {};

onQuestion((question) => doing[question.do](question));

const doing = {
  async open({ url, ids, count, query, authorization }) {
    for (let start = 0; start < count; start += OPENING) {
      const some = Array.from({ length: Math.min(OPENING, count - start) }, (_, n) => start + n);
      sockets.push(
        ...(await Promise.all(some.map((n) => follow(url, ids[n % ids.length], query, authorization)))),
      );
    }
    received = 0;
    return sockets.length;
  },
  /** `frames` is the number over all sockets together since they were opened. The last frame that came. */
  expect({ frames }) {
    return new Promise((resolve) => {
      wanted = frames;
      arrived = () => resolve(sample);
      if (received >= wanted) arrived();
    });
  },
  close() {
    const closed = sockets.map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of sockets) socket.terminate();
    sockets = [];
    wanted = Number.POSITIVE_INFINITY;
    return Promise.all(closed).then(() => null);
  },
};

function count(data) {
  if (++received < wanted) return;
  sample = String(data);
  wanted = Number.POSITIVE_INFINITY;
  arrived();
}

/** Without a `query` the peer broadcasts bare frames; with one, the first result is the start. */
function follow(url, id, query, authorization) {
  return new Promise((resolve, reject) => {
    const address = query ? url : `${url}?id=${id}`;
    const socket = new WebSocket(address.replace('http', 'ws'), query ? 'graphql-transport-ws' : [], {
      perMessageDeflate: false,
    });
    socket.on('error', reject);
    const ready = () => {
      socket.removeAllListeners('message');
      socket.on('message', count);
      resolve(socket);
    };
    if (!query) return socket.on('open', ready);
    socket.on('open', () =>
      socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization } })),
    );
    socket.on('message', (data) => {
      const { type, payload } = JSON.parse(String(data));
      if (type === 'connection_ack')
        socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query, variables: { id } } }));
      else if (type === 'next' && payload.data) ready();
      else if (type !== 'ping') reject(new Error(`the server sent ${data}`));
    });
  });
}
