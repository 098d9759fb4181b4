#!/usr/bin/env bash
# @apollo/client 4.3.8: a subscription that fails (a socket that is refused, an `error` message) comes to the observer of
# client.subscribe() as next({data: undefined, error}) and complete. The observer's own `error` is never called, so that a page
# which shows failures there shows none.
# Seen with @apollo/client 4.3.8, graphql 16.15.0, rxjs 7.8.2, Node 20:
#   next refused
#   complete
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @apollo/client@4.3.8 graphql@16.15.0 rxjs@7.8.2 >/dev/null
cat > run.mjs <<'JS'
import { ApolloClient, ApolloLink, gql, InMemoryCache } from '@apollo/client';
import { Observable } from 'rxjs';

const link = new ApolloLink(() => new Observable((observer) => observer.error(new Error('refused'))));
const client = new ApolloClient({ link, cache: new InMemoryCache() });
client.subscribe({ query: gql`subscription { ticks }` }).subscribe({
  next: ({ data, error }) => console.log(`next ${data ?? error?.message}`),
  error: (error) => console.log(`error ${error.message}`),
  complete: () => console.log('complete'),
});
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'next refused\ncomplete' ] || { echo "this has changed" >&2; exit 1; }
