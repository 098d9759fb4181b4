#!/usr/bin/env bash
# The types of the Claude Agent SDK ask of a session store that it takes an entry's uuid for an idempotency key, so that a retried append
# and a repeated importSessionToStore, which is the way to catch up after a mirror_error, leave no duplicates. Its own InMemorySessionStore
# does not, the suite that its repository has for stores does not ask for it, and its readers go along the chain of uuids, so that nothing
# shows: the same messages come from a transcript that doubles with every import. A store that is made after it, and passes the suite, grows so.
# Seen on Node 20 with @anthropic-ai/claude-agent-sdk 0.3.332, a session of two messages:
#   imported once: 2 entries, 2 messages
#   imported twice: 4 entries, 2 messages
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts --omit=optional \
  @anthropic-ai/claude-agent-sdk@0.3.332 @anthropic-ai/sdk@1.14.0 @modelcontextprotocol/sdk@1.32.2 zod@4.6.7 >/dev/null
cat > run.mjs <<'JS'
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { getSessionMessages, importSessionToStore, InMemorySessionStore } from '@anthropic-ai/claude-agent-sdk';

const dir = '/nowhere/shop';
const projectKey = '-nowhere-shop';
const sessionId = randomUUID();
const project = `${process.env.CLAUDE_CONFIG_DIR}/projects/${projectKey}`;
mkdirSync(project, { recursive: true });
const [asked, answered] = [randomUUID(), randomUUID()];
const common = { sessionId, isSidechain: false, timestamp: '2026-01-05T10:00:00.000Z' };
const lines = [
  { ...common, type: 'user', uuid: asked, parentUuid: null, message: { role: 'user', content: 'Hello' } },
  {
    ...common,
    type: 'assistant',
    uuid: answered,
    parentUuid: asked,
    message: { id: 'msg_1', type: 'message', role: 'assistant', content: [{ type: 'text', text: 'Hi' }] },
  },
];
writeFileSync(`${project}/${sessionId}.jsonl`, lines.map((line) => `${JSON.stringify(line)}\n`).join(''));

const sessionStore = new InMemorySessionStore();
for (const times of ['once', 'twice']) {
  await importSessionToStore(sessionId, sessionStore, { dir });
  const entries = await sessionStore.load({ projectKey, sessionId });
  const messages = await getSessionMessages(sessionId, { dir, sessionStore });
  console.log(`imported ${times}: ${entries.length} entries, ${messages.length} messages`);
}
JS
seen=$(CLAUDE_CONFIG_DIR="$folder/config" node run.mjs)
echo "$seen"
[ "$seen" = $'imported once: 2 entries, 2 messages\nimported twice: 4 entries, 2 messages' ] || { echo "this has changed" >&2; exit 1; }
