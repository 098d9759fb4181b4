import { type AIMessage, type BaseMessage, HumanMessage, type ToolMessage } from '@langchain/core/messages';
import { RunnableLambda, RunnableWithMessageHistory } from '@langchain/core/runnables';
import { DynamicTool } from '@langchain/core/tools';
import { openChatHistory } from 'parley/langchain';
import { ScriptedModel } from './scripted-model.js';

const [sessionId = 'demo', text = 'Where is order 5?'] = process.argv.slice(2);

await using history = await openChatHistory({
  path: './parley.db', // or server: createClient({ url }), of parley/client
  sessionId,
  applicationName: 'shop',
});

const lookup = new DynamicTool({
  name: 'lookup',
  description: 'Looks an order up by its number.',
  func: async (order) => `Order ${order} was sent on Monday.`,
});
const model = new ScriptedModel(); // or new ChatOpenAI({ model: 'gpt-5' }).bindTools([lookup])

/** Asks the model, carries out its calls, and asks again: all that is new. */
async function answer(messages: BaseMessage[]): Promise<BaseMessage[]> {
  const told: BaseMessage[] = [];
  for (;;) {
    const said = (await model.invoke([...messages, ...told])) as AIMessage;
    told.push(said);
    if (!said.tool_calls?.length) return told;
    for (const call of said.tool_calls) told.push((await lookup.invoke(call)) as ToolMessage);
  }
}

const agent = new RunnableWithMessageHistory({
  runnable: RunnableLambda.from(answer),
  getMessageHistory: () => history,
});

const before = await history.getMessages();
const told = await agent.invoke([new HumanMessage(text)], { configurable: { sessionId } });
console.log(`${before.length} messages before: ${told.at(-1)?.content}`);
