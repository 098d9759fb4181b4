import { connect, createServer } from 'node:net';

/** What drivers send of themselves, whatever is asked of them. */
const HOUSEKEEPING = new Set(['hello', 'isMaster', 'ismaster', 'ping', 'endSessions']);
const OP_MSG = 2_013;

/** Between a driver and its server: counts commands and the bytes of both directions. */
export async function startWireCounter(target) {
  const totals = { commands: 0, bytes: 0 };
  const server = createServer((client) => {
    const upstream = connect(target);
    /** Of the driver's own requests the answers do not count either. */
    const own = new Set();
    const forward = (from, to, onMessage) => {
      let pending = Buffer.alloc(0);
      from.on('data', (data) => {
        to.write(data);
        pending = Buffer.concat([pending, data]);
        for (; pending.length >= 16 && pending.length >= pending.readInt32LE(0); ) {
          const length = pending.readInt32LE(0);
          onMessage(pending.subarray(0, length));
          pending = pending.subarray(length);
        }
      });
      from.on('close', () => to.destroy());
      from.on('error', () => to.destroy());
    };
    forward(client, upstream, (message) => {
      if (HOUSEKEEPING.has(commandOf(message))) own.add(message.readInt32LE(4));
      else {
        totals.commands++;
        totals.bytes += message.length;
      }
    });
    forward(upstream, client, (message) => {
      if (!own.delete(message.readInt32LE(8))) totals.bytes += message.length;
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: server.address().port,
    take() {
      const taken = { ...totals };
      totals.commands = totals.bytes = 0;
      return taken;
    },
    close: () => server.close(),
  };
}

/** The first key of a command's document is its name; the old handshake is the only one that is no OP_MSG. */
function commandOf(message) {
  if (message.readInt32LE(12) !== OP_MSG) return 'hello';
  // Header, flags, kind of section, length of the document, type of the element.
  const start = 16 + 4 + 1 + 4 + 1;
  return message.toString('latin1', start, message.indexOf(0, start));
}
