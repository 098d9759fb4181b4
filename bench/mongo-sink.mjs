// A MongoDB that says yes at once and keeps nothing: what is measured on it is the client alone. Prints its URI.
import { createServer } from 'node:net';
import { BSON } from 'mongodb';

const OP_MSG = 2013;
const HEADER = 16;
const DONE = { ok: 1, operationTime: new BSON.Timestamp({ t: 1, i: 1 }) };
const HELLO = {
  ...DONE,
  isWritablePrimary: true,
  ismaster: true,
  maxBsonObjectSize: 16 * 1024 * 1024,
  maxMessageSizeBytes: 48_000_000,
  maxWriteBatchSize: 100_000,
  minWireVersion: 0,
  maxWireVersion: 21,
  logicalSessionTimeoutMinutes: 30,
  localTime: new Date(),
  helloOk: true,
};

function answerTo(name, command, documents) {
  if (name === 'hello' || name === 'ismaster' || name === 'isMaster') return HELLO;
  if (name === 'insert') return { ...DONE, n: documents + (command.documents?.length ?? 0) };
  if (name === 'find' || name === 'aggregate') {
    return { ...DONE, cursor: { id: 0n, ns: `${command.$db}.${command[name]}`, firstBatch: [] } };
  }
  if (name === 'buildInfo') return { ...DONE, version: '8.0.0', versionArray: [8, 0, 0, 0] };
  return { ...DONE, n: 0 };
}

/** The command of a message, and how many documents stand beside it in a sequence of their own. */
function readMessage(message) {
  let command = null;
  let documents = 0;
  for (let at = HEADER + 4; at < message.length; ) {
    const kind = message[at++];
    const size = message.readInt32LE(at);
    if (kind === 0) command = BSON.deserialize(message.subarray(at, at + size));
    else {
      for (let one = message.indexOf(0, at + 4) + 1; one < at + size; documents++)
        one += message.readInt32LE(one);
    }
    at += size;
  }
  return { command, documents };
}

function reply(message) {
  const isMessage = message.readInt32LE(12) === OP_MSG;
  // The first of all is in an older form.
  const { command, documents } = isMessage ? readMessage(message) : { command: { hello: 1 }, documents: 0 };
  const body = Buffer.from(BSON.serialize(answerTo(Object.keys(command)[0], command, documents)));
  const before = Buffer.alloc(isMessage ? HEADER + 5 : HEADER + 20);
  before.writeInt32LE(before.length + body.length, 0);
  before.writeInt32LE(message.readInt32LE(4), 8);
  before.writeInt32LE(isMessage ? OP_MSG : 1, 12);
  if (!isMessage) before.writeInt32LE(1, HEADER + 16);
  return Buffer.concat([before, body]);
}

const server = createServer((socket) => {
  let waiting = [];
  let bytes = 0;
  socket.on('error', () => {});
  socket.on('data', (data) => {
    waiting.push(data);
    bytes += data.length;
    while (bytes >= 4) {
      if (waiting[0].length < 4) waiting = [Buffer.concat(waiting)];
      const wanted = waiting[0].readInt32LE(0);
      if (bytes < wanted) return;
      const all = waiting.length === 1 ? waiting[0] : Buffer.concat(waiting);
      socket.write(reply(all.subarray(0, wanted)));
      waiting = [all.subarray(wanted)];
      bytes -= wanted;
    }
  });
});
server.listen(0, '127.0.0.1', () =>
  console.log(`mongodb://127.0.0.1:${server.address().port}/?directConnection=true`),
);
for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => process.exit());
