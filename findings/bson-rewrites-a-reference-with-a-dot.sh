#!/usr/bin/env bash
# bson, the BSON library of MongoDB's Node driver, reads any document with "$ref" and "$id" as a DBRef, whatever it is: a JSON
# schema, a tool's input. A "$ref" with a dot is split into database and collection, so that what is read and written back has
# other keys than what was stored.
# Seen with bson 7.3.4 (as mongodb 7.9.0 brings it), Node 20:
#   {"$ref":"a.b","$id":"x"} became {"$ref":"b","$id":"x","$db":"a"}
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts bson@7.3.4 >/dev/null
cat > run.mjs <<'JS'
import { deserialize, EJSON, serialize } from 'bson';

const stored = { v: { $ref: 'a.b', $id: 'x' } };
const copy = deserialize(serialize(deserialize(serialize(stored))));
console.log(`${JSON.stringify(stored.v)} became ${EJSON.stringify(copy.v)}`);
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = '{"$ref":"a.b","$id":"x"} became {"$ref":"b","$id":"x","$db":"a"}' ] || { echo "this has changed" >&2; exit 1; }
