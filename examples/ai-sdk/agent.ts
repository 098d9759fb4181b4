import { convertToModelMessages, streamText, toUIMessageStream, type UIMessage } from 'ai';
import { openChat } from 'parley/ai-sdk';
import { scriptedModel } from './scripted-model.js';

const [sessionId = 'demo', text = 'Where is order 5?'] = process.argv.slice(2);

await using chat = await openChat({
  path: './parley.db', // or server: createClient({ url }), of parley/client
  sessionId,
  applicationName: 'shop',
});

const before = await chat.load();
const asked: UIMessage = { id: crypto.randomUUID(), role: 'user', parts: [{ type: 'text', text }] };
const messages = await chat.save([...before, asked]);

const { stream } = streamText({
  model: process.env.AI_GATEWAY_API_KEY ? 'openai/gpt-5' : scriptedModel(),
  messages: await convertToModelMessages(messages),
});
const answer = toUIMessageStream({
  stream,
  originalMessages: messages,
  generateMessageId: () => crypto.randomUUID(),
  onEnd: async ({ messages }) => void (await chat.save(messages)),
});
let said = '';
for await (const chunk of answer) if (chunk.type === 'text-delta') said += chunk.delta;
console.log(`${before.length} messages before: ${said}`);
