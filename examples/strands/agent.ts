import { Agent, SessionManager, tool } from '@strands-agents/sdk';
import { createClient } from 'parley/client';
import { createStrandsStorage } from 'parley/strands';
import { z } from 'zod';
import { ScriptedModel } from './scripted-model.js';

const [sessionId = 'demo', text = 'Where is order 5?'] = process.argv.slice(2);

const { PARLEY_URL, MONGODB_URI } = process.env;
const place = PARLEY_URL
  ? { server: createClient({ url: PARLEY_URL }) }
  : MONGODB_URI
    ? { connectionString: MONGODB_URI }
    : { path: './parley.db' };
const storage = await createStrandsStorage({ ...place, mirror: true });

const lookup = tool({
  name: 'lookup',
  description: 'Looks an order up.',
  inputSchema: z.object({ order: z.number() }),
  callback: ({ order }) => `Order ${order} was sent on Monday.`,
});
const agent = new Agent({
  id: 'support',
  systemPrompt: 'Help the customers of a shop.',
  tools: [lookup],
  printer: false,
  // Without a model the SDK takes Amazon Bedrock.
  ...(process.env.AWS_REGION ? {} : { model: new ScriptedModel() }),
  sessionManager: new SessionManager({ sessionId, storage, saveLatestOn: 'message' }),
});

await agent.initialize();
const before = agent.messages.length;
const result = await agent.invoke(text);
console.log(`${before} messages before: ${result.toString().trim()}`);
await storage.close();
