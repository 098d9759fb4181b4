// The peer of `replies`: what comes from a writer (`?write=<id>`) goes to all readers (`?id=<id>`) as it is; with `&answer` the writer is
// sent back as much as Parley answers it. Prints its address.
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const ANSWER = [
  '{"id":"1000","type":"next","payload":{"data":{"continueReply":{"offset":19000}}}}',
  '{"id":"1000","type":"complete"}',
];
const rooms = new Map();
const roomOf = (id) => {
  const room = rooms.get(id) ?? new Set();
  rooms.set(id, room);
  return room;
};
const server = createServer();
new WebSocketServer({ server, perMessageDeflate: false }).on(
  'connection',
  (socket, { url, socket: stream }) => {
    const asked = new URL(url, 'http://localhost').searchParams;
    const room = roomOf(asked.get('write') ?? asked.get('id'));
    if (asked.has('write')) {
      socket.on('message', (data) => {
        for (const reader of room) reader.send(data, { binary: false });
        if (!asked.has('answer')) return;
        stream.cork();
        for (const text of ANSWER) socket.send(text);
        stream.uncork();
      });
      return;
    }
    room.add(socket);
    socket.on('close', () => room.delete(socket));
  },
);
process.on('SIGTERM', () => process.exit(0));
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
