import { getSessionMessages, query } from '@anthropic-ai/claude-agent-sdk';
import { openSessionStore } from 'parley/claude-agent-sdk';
import { scriptedTurn } from './scripted-turn.js';

const [sessionId = '5c1f7d1e-6f0a-4b7e-9d57-0a5d0c3b9f05', prompt = 'Where is order 5?'] =
  process.argv.slice(2);

await using sessionStore = await openSessionStore({
  path: './parley.db', // or server: createClient({ url }), of parley/client
  applicationName: 'shop',
});

const before = await getSessionMessages(sessionId, { dir: process.cwd(), sessionStore });
if (process.env.ANTHROPIC_API_KEY) {
  const goesOn = before.length > 0 ? { resume: sessionId } : { sessionId };
  const turn = query({ prompt, options: { sessionStore, ...goesOn } });
  for await (const message of turn) {
    if (message.type === 'result' && message.subtype === 'success') console.log(message.result);
  }
} else {
  await scriptedTurn(sessionStore, sessionId, prompt);
}
const messages = await getSessionMessages(sessionId, { dir: process.cwd(), sessionStore });
console.log(`${before.length} messages before, ${messages.length} now`);
