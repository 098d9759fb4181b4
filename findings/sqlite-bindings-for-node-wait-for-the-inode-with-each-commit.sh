#!/usr/bin/env bash
# SQLite waits for its disk by fdatasync(2) where it was built with HAVE_FDATASYNC, as Debian's library for Python is, and by fsync(2)
# where not. The bindings for Node are built without it, all that were looked at: a commit of a write-ahead log that need not grow then waits
# for the times in the file's inode too, which a journalling file system writes to its journal. No pragma changes it.
# Seen with better-sqlite3 12.11.1 and libsql 0.5.22: what each takes from the C library. (strace: Python's sqlite3 of Debian 12 calls fdatasync.)
#   better-sqlite3: fsync
#   libsql: fsync
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund better-sqlite3@12.11.1 libsql@0.5.22 >/dev/null
cat > look.mjs <<'JS'
import { readdirSync, readFileSync } from 'node:fs';

const libsql = readdirSync('node_modules/@libsql').map((name) => `node_modules/@libsql/${name}/index.node`);
const files = { 'better-sqlite3': 'node_modules/better-sqlite3/build/Release/better_sqlite3.node', libsql: libsql[0] };
for (const [name, file] of Object.entries(files)) {
  const binary = readFileSync(file);
  const taken = ['fsync', 'fdatasync'].filter((call) => binary.includes(`\0${call}\0`));
  console.log(`${name}: ${taken.join(', ')}`);
}
JS
seen=$(node look.mjs)
echo "$seen"
[ "$seen" = 'better-sqlite3: fsync
libsql: fsync' ] || { echo "this has changed" >&2; exit 1; }
