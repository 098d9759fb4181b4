#!/usr/bin/env bash
# A client of graphql-transport-ws may give an id to the next operation as soon as it has completed the one before. graphql-ws' server tells
# operations apart by their id alone: where the first is just waiting for its next event, that event is sent as one of the second, and its end
# is taken for the end of the second. The client is told `complete` for an operation that runs, and takes its feed for over.
# Seen with graphql-ws 6.4.2, graphql 16.15.0, ws 8.22.0, Node 20; after `complete` and `subscribe` with the same id, sent together:
#   next first
#   next second
#   next first
#   complete
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts graphql-ws@6.4.2 graphql@16.15.0 ws@8.22.0 >/dev/null
cat > run.mjs <<'JS'
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { buildSchema } from 'graphql';
import { useServer } from 'graphql-ws/use/ws';
import { WebSocket, WebSocketServer } from 'ws';

async function* feed({ name }) {
  try {
    yield { feed: name };
    await wait(name === 'first' ? 300 : 60_000, null, { ref: false });
    yield { feed: name };
  } finally {
    await wait(100);
  }
}
const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
await once(server, 'listening');
const schema = buildSchema('type Query { ok: Boolean } type Subscription { feed(name: String!): String }');
useServer({ schema, roots: { subscription: { feed } } }, server);

const socket = new WebSocket(`ws://127.0.0.1:${server.address().port}`, 'graphql-transport-ws');
const send = (message) => socket.send(JSON.stringify(message));
let went = false;
const subscribe = (name) =>
  send({ id: 'a', type: 'subscribe', payload: { query: `subscription { feed(name: "${name}") }` } });
socket.on('open', () => send({ type: 'connection_init' }));
socket.on('message', (data) => {
  const { type, payload } = JSON.parse(data);
  if (type === 'connection_ack') return subscribe('first');
  console.log(type === 'next' ? `next ${payload.data.feed}` : type);
  if (type === 'next' && payload.data.feed === 'first' && !went) {
    went = true;
    send({ id: 'a', type: 'complete' });
    subscribe('second');
  }
  if (type === 'complete') process.exit();
});
await wait(3_000);
console.log('still open');
process.exit();
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'next first\nnext second\nnext first\ncomplete' ] || { echo "this has changed" >&2; exit 1; }
