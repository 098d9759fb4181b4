#!/usr/bin/env bash
# @apollo/server 5.5.1 looks at the Accept header when it writes the answer, not before it executes: a mutation whose answer has no
# form that the client takes is refused with 406, and has been carried out. GraphQL over HTTP lets a server answer 406; a client
# that takes it for "nothing happened" and repeats the call writes twice.
# Seen with @apollo/server 5.5.1, graphql 16.15.0, Node 20:
#   status 406
#   runs 1
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @apollo/server@5.5.1 graphql@16.15.0 >/dev/null
cat > run.mjs <<'JS'
import { ApolloServer } from '@apollo/server';
import { startStandaloneServer } from '@apollo/server/standalone';

let runs = 0;
const server = new ApolloServer({
  typeDefs: 'type Query { runs: Int } type Mutation { write: Int }',
  resolvers: { Mutation: { write: () => ++runs } },
});
const { url } = await startStandaloneServer(server, { listen: { port: 0, host: '127.0.0.1' } });
const response = await fetch(url, {
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'image/png' },
  body: JSON.stringify({ query: 'mutation { write }' }),
});
console.log(`status ${response.status}`);
console.log(`runs ${runs}`);
await server.stop();
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'status 406\nruns 1' ] || { echo "this has changed" >&2; exit 1; }
