#!/usr/bin/env bash
# strands-session-mongodb 0.2.0 (also installed as strands-mongodb-session-manager) makes a unique index on `pk` and `sk` when its session manager is
# made, before any write. To a unique index a document without the fields has null in them: in a collection that others use too it lets one
# document of theirs in, and refuses each further one, of whatever key, as a duplicate. Its default collection is `sessions`, and its class has the name
# and the arguments of another library's, mongodb-session-manager, so that it comes into such a collection by a change of the import alone.
# Seen with mongomock 4.3.0 in place of a server, on Python 3.11 and 3.13, two documents of another program:
#   one stored
#   two refused
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check strands-session-mongodb==0.2.0 strands-agents-session==0.2.0 strands-agents==1.62.0 mongomock==4.3.0
cat > run.py <<'PY'
from mongomock import MongoClient
from pymongo.errors import DuplicateKeyError
from strands_session_mongodb import MongoDBSessionManager

client = MongoClient()
MongoDBSessionManager("s", client=client, database_name="app")
others = client["app"]["sessions"]
for name in "one", "two":
    try:
        others.insert_one({"_id": name, "agents": {}})
        print(name, "stored")
    except DuplicateKeyError:
        print(name, "refused")
PY
seen=$(env/bin/python run.py)
echo "$seen"
[ "$seen" = $'one stored\ntwo refused' ] || { echo "this has changed" >&2; exit 1; }
