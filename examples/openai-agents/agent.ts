import { Agent, run, tool } from '@openai/agents';
import { openSession } from 'parley/openai-agents';
import { z } from 'zod';
import { scriptedModel } from './scripted-model.js';

const [sessionId = 'demo', text = 'Where is order 5?'] = process.argv.slice(2);

await using session = await openSession({
  path: './parley.db', // or server: createClient({ url }), of parley/client
  sessionId,
  applicationName: 'shop',
});

const lookup = tool({
  name: 'lookup',
  description: 'Looks an order up.',
  parameters: z.object({ order: z.number() }),
  execute: async ({ order }) => `Order ${order} was sent on Monday.`,
});
const agent = new Agent({
  name: 'Support',
  instructions: 'Help the customers of a shop.',
  tools: [lookup],
  model: process.env.OPENAI_API_KEY ? 'gpt-5' : scriptedModel(),
});

const before = await session.getItems();
const result = await run(agent, text, { session });
console.log(`${before.length} items before: ${result.finalOutput}`);
