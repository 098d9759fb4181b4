#!/usr/bin/env bash
# Where the model cannot be reached, a plain run of the OpenAI Agents SDK adds nothing to its session, and a streamed one has added the
# user's message. So a streamed run that is repeated asks twice: the model then reads the question two times, and people see it so.
# Seen with @openai/agents-core 0.20.0, Node 20, each run made twice:
#   plain: []
#   streamed: ["Where is it?","Where is it?"]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @openai/agents-core@0.20.0 >/dev/null
cat > run.mjs <<'JS'
import { Agent, MemorySession, run, setTracingDisabled } from '@openai/agents-core';

setTracingDisabled(true);
const unreachable = {
  async getResponse() {
    throw new Error('503');
  },
  async *getStreamedResponse() {
    throw new Error('503');
  },
};

for (const stream of [false, true]) {
  const session = new MemorySession();
  const agent = new Agent({ name: 'Support', model: unreachable });
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const result = await run(agent, 'Where is it?', { session, stream });
      if (stream) {
        for await (const _ of result);
        await result.completed;
      }
    } catch (error) {
      if (error.message !== '503') throw error;
    }
  }
  const said = (await session.getItems()).map(({ content }) => content);
  console.log(`${stream ? 'streamed' : 'plain'}: ${JSON.stringify(said)}`);
}
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = 'plain: []
streamed: ["Where is it?","Where is it?"]' ] || { echo "this has changed" >&2; exit 1; }
