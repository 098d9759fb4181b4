#!/usr/bin/env bash
# MongoDB's patterns are PCRE, and are stored as text: one such as "(?i)order" or "^a++b" is valid there and every driver may write it. bson, the
# BSON library of MongoDB's Node driver, makes a JavaScript RegExp of each as it reads, and where JavaScript does not know the syntax it
# throws: the whole document cannot be read, nor the page or the change event with it, whatever fields were wanted. With
# `bsonRegExp: true` it comes as it was stored.
# Seen with bson 7.3.4 (as mongodb 7.9.0 brings it), Node 20:
#   read: SyntaxError
#   with bsonRegExp: (?i)order
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts bson@7.3.4 >/dev/null
cat > run.mjs <<'JS'
import { BSONRegExp, deserialize, serialize } from 'bson';

const stored = serialize({ wanted: 1, pattern: new BSONRegExp('(?i)order', '') });
try {
  deserialize(stored);
  console.log('read: fine');
} catch (error) {
  console.log(`read: ${error.name}`);
}
console.log(`with bsonRegExp: ${deserialize(stored, { bsonRegExp: true }).pattern.pattern}`);
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'read: SyntaxError\nwith bsonRegExp: (?i)order' ] || { echo "this has changed" >&2; exit 1; }
