#!/usr/bin/env bash
# @langchain/core 1.4.0: a message that was made of `contentBlocks` comes back empty from LangChain's own stored form, without an error. It is
# stored as `content_blocks`, which no constructor knows. Every message history over
# mapChatMessagesToStoredMessages loses such messages, the user's as well as the model's. What a message was given after it was made is lost
# in the same way: its name, and what it cost.
# Seen with @langchain/core 1.4.0 on Node 20, content before and after, then a name that was set later:
#   human [{"type":"text","text":"Hi"}] []
#   ai [{"type":"text","text":"Hi"}] []
#   name Clerk undefined
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund --ignore-scripts @langchain/core@1.4.0 >/dev/null
cat > run.mjs <<'JS'
import {
  AIMessage,
  HumanMessage,
  mapChatMessagesToStoredMessages,
  mapStoredMessagesToChatMessages,
} from '@langchain/core/messages';

const stored = (message) =>
  mapStoredMessagesToChatMessages(JSON.parse(JSON.stringify(mapChatMessagesToStoredMessages([message]))))[0];

for (const Message of [HumanMessage, AIMessage]) {
  const message = new Message({ contentBlocks: [{ type: 'text', text: 'Hi' }] });
  console.log(message.type, JSON.stringify(message.content), JSON.stringify(stored(message).content));
}
const answer = new AIMessage('Hi');
answer.name = 'Clerk';
console.log('name', answer.name, stored(answer).name);
JS
seen=$(node run.mjs)
echo "$seen"
[ "$seen" = $'human [{"type":"text","text":"Hi"}] []\nai [{"type":"text","text":"Hi"}] []\nname Clerk undefined' ] || {
  echo "this has changed" >&2
  exit 1
}
