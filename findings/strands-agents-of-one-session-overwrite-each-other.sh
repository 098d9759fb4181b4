#!/usr/bin/env bash
# strands-agents 1.62.0 (Python): an agent object reads its session when it is made, and numbers its messages by itself from there. Of two that hold
# one session, as two requests or two workers of a chat do, the later one's messages take the place of the other's in the file store, with no error
# and nothing in the log: a whole turn is gone, question and answer. Stores that keep messages by number in a database share the numbers.
# Seen with strands-agents 1.62.0 on Python 3.11 and 3.13, what a third object restores after two turns that both were answered:
#   restored: ['first', 'to first', 'right', 'to right']
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv env
env/bin/pip install --quiet --disable-pip-version-check strands-agents==1.62.0
cat > run.py <<'PY'
from strands import Agent
from strands.models.model import Model
from strands.session.file_session_manager import FileSessionManager


class Echo(Model):
    def update_config(self, **_):
        pass

    def get_config(self):
        return {}

    async def structured_output(self, *_, **__):
        yield {}

    async def stream(self, messages, *_, **__):
        yield {"messageStart": {"role": "assistant"}}
        yield {"contentBlockDelta": {"delta": {"text": "to " + messages[-1]["content"][0]["text"]}}}
        yield {"contentBlockStop": {}}
        yield {"messageStop": {"stopReason": "end_turn"}}


def agent():
    session = FileSessionManager(session_id="s", storage_dir=".")
    return Agent(model=Echo(), agent_id="a", callback_handler=None, session_manager=session)


agent()("first")
left, right = agent(), agent()
left("left")
right("right")
print("restored:", [message["content"][0]["text"] for message in agent().messages])
PY
seen=$(env/bin/python run.py)
echo "$seen"
[ "$seen" = "restored: ['first', 'to first', 'right', 'to right']" ] || { echo "this has changed" >&2; exit 1; }
