#!/usr/bin/env bash
# A package that depends on one exact version of graphql, and on @graphql-tools/schema, whose peer graphql is, is given two copies by npm
# where the project has another graphql: its own lies below it, and the helper beside the project's, because that one fits the peer's
# range too. What the helper makes is then of types that the package's own graphql does not know. npm warns of nothing, and `npm ls` finds nothing wrong.
# Seen with npm 11.19.1, Node 20:
#   ours 16.15.0, the helper's 17.1.0, one realm: false, npm ls: 0
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/api" "$folder/project"
cd "$folder/api"
cat > package.json <<'JSON'
{"name": "api", "version": "1.0.0", "type": "module", "exports": "./index.js",
  "dependencies": {"graphql": "16.15.0", "@graphql-tools/schema": "10.1.4"}}
JSON
cat > index.js <<'JS'
import { makeExecutableSchema } from '@graphql-tools/schema';
import { GraphQLSchema } from 'graphql';
export const isOurs = makeExecutableSchema({ typeDefs: 'type Query { a: Int }' }) instanceof GraphQLSchema;
JS
npm pack --silent >/dev/null
cd "$folder/project"
echo '{"type": "module", "private": true}' > package.json
npm install --silent --no-audit --no-fund --ignore-scripts graphql@17.1.0 ../api/api-1.0.0.tgz >/dev/null
npm ls --all >/dev/null 2>&1 && listed=0 || listed=$?
export LISTED=$listed
cat > run.mjs <<'JS'
import { createRequire } from 'node:module';
import { isOurs } from 'api';
const versionFor = (name) =>
  createRequire(new URL(`node_modules/${name}/package.json`, import.meta.url))('graphql').version;
console.log(`ours ${versionFor('api')}, the helper's ${versionFor('@graphql-tools/schema')}, one realm: ${isOurs}, npm ls: ${process.env.LISTED}`);
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = "ours 16.15.0, the helper's 17.1.0, one realm: false, npm ls: 0" ] || { echo "this has changed" >&2; exit 1; }
