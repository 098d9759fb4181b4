#!/usr/bin/env bash
# MongoDB's Node driver tells a connection that broke by a MongoNetworkError, and programs decide by that class whether to try again. A bulk write that
# loses its connection rejects with a MongoBulkWriteError instead: a MongoServerError, which says that a server answered, without a code and with
# no write errors. The network error stands in `errorResponse`; the label RetryableWriteError is the only other sign. Also where the bulk
# has one operation, and for insertMany.
# The server here is a few lines that answer the handshake of the driver and hang up at each write.
# Seen with mongodb 7.9.0, Node 20:
#   updateOne: MongoNetworkError, network error: true
#   bulkWrite: MongoBulkWriteError, network error: false, server error: true, code: undefined, within: MongoNetworkError
#   insertMany: MongoBulkWriteError, network error: false, server error: true, code: undefined, within: MongoNetworkError
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts mongodb@7.9.0 >/dev/null
cat > run.mjs <<'JS'
import { createServer } from 'node:net';
import { BSON, MongoClient, MongoNetworkError, MongoServerError } from 'mongodb';

const HELLO = { ok: 1, isWritablePrimary: true, maxBsonObjectSize: 16777216, maxMessageSizeBytes: 48000000, maxWriteBatchSize: 100000, minWireVersion: 0, maxWireVersion: 21, logicalSessionTimeoutMinutes: 30 };

/** One OP_MSG: length, request id, response to, 2013, flags, kind 0, a document. */
function answer(to, document) {
  const body = BSON.serialize(document);
  const head = Buffer.alloc(21);
  for (const [at, value] of [[0, 21 + body.length], [8, to], [12, 2013]]) head.writeInt32LE(value, at);
  return Buffer.concat([head, body]);
}

const server = createServer((socket) => {
  let received = Buffer.alloc(0);
  socket.on('error', () => {});
  socket.on('data', (chunk) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= 4 && received.length >= received.readInt32LE(0)) {
      const message = received.subarray(0, received.readInt32LE(0));
      received = received.subarray(message.length);
      const document = message.subarray(21, 21 + message.readInt32LE(21));
      const [command] = Object.keys(BSON.deserialize(document));
      if (command === 'update' || command === 'insert') return socket.destroy();
      socket.write(answer(message.readInt32LE(4), command === 'hello' ? HELLO : { ok: 1 }));
    }
  });
});
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
// With a server API the handshake is an OP_MSG, too.
const client = new MongoClient(`mongodb://127.0.0.1:${server.address().port}/?directConnection=true`, { serverApi: '1', retryWrites: false });
const things = client.db('a').collection('things');

async function show(name, write) {
  const error = await write().catch((thrown) => thrown);
  const more = error instanceof MongoNetworkError ? '' : `, server error: ${error instanceof MongoServerError}, code: ${error.code}, within: ${error.errorResponse?.name}`;
  console.log(`${name}: ${error.name}, network error: ${error instanceof MongoNetworkError}${more}`);
}
const change = { filter: { _id: 1 }, update: { $set: { a: 1 } } };
await show('updateOne', () => things.updateOne(change.filter, change.update));
await show('bulkWrite', () => things.bulkWrite([{ updateOne: change }]));
await show('insertMany', () => things.insertMany([{ _id: 1 }]));
await client.close();
server.close();
JS
seen=$(node run.mjs)
echo "$seen"
expected='updateOne: MongoNetworkError, network error: true
bulkWrite: MongoBulkWriteError, network error: false, server error: true, code: undefined, within: MongoNetworkError
insertMany: MongoBulkWriteError, network error: false, server error: true, code: undefined, within: MongoNetworkError'
[ "$seen" = "$expected" ] || { echo "this has changed" >&2; exit 1; }
