// Agents of LangChain whose model says what it was told to; as a program of its own it reads {elsewhere, sessionIds, does} from its
// first message: `messages` answers with those of the sessions, `run` with what each said in a turn.
import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, AIMessageChunk, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatGenerationChunk } from '@langchain/core/outputs';
import { ChatPromptTemplate, MessagesPlaceholder } from '@langchain/core/prompts';
import { RunnableLambda, RunnableWithMessageHistory } from '@langchain/core/runnables';
import { tool } from '@langchain/core/tools';
import { z } from 'zod';
import { answers, inPlace } from './child-program.mjs';

const usage_metadata = {
  input_tokens: 10,
  output_tokens: 5,
  total_tokens: 15,
  input_token_details: { cache_read: 4 },
};
const response_metadata = { model_name: 'scripted-1', finish_reason: 'stop' };

export const say = (content, more = {}) => ({
  content,
  usage_metadata,
  response_metadata: { ...response_metadata },
  ...more,
});
export const call = (id, name, args) => ({ id, name, args, type: 'tool_call' });

/** Each answer is what an AIMessage is made of, or an error to throw. */
export class ScriptedModel extends BaseChatModel {
  constructor(answers) {
    super({});
    this.answers = answers;
    this.seen = [];
  }
  _llmType() {
    return 'scripted';
  }
  #next(messages) {
    this.seen.push(messages);
    const answer = this.answers.shift() ?? say('Nothing more.');
    if (answer instanceof Error) throw answer;
    return answer;
  }
  async _generate(messages) {
    const message = new AIMessage(this.#next(messages));
    return { generations: [{ text: message.text ?? '', message }] };
  }
  async *_streamResponseChunks(messages) {
    const { content, tool_calls = [], usage_metadata: usage, ...more } = this.#next(messages);
    const chunks = [
      ...content.split(/(?<= )/).map((text) => new AIMessageChunk({ ...more, content: text })),
      ...tool_calls.flatMap(({ id, name, args }, index) => {
        const [head, tail] = [JSON.stringify(args).slice(0, 4), JSON.stringify(args).slice(4)];
        return [
          { id, name, args: head, index, type: 'tool_call_chunk' },
          { args: tail, index, type: 'tool_call_chunk' },
        ].map((chunk) => new AIMessageChunk({ content: '', tool_call_chunks: [chunk] }));
      }),
      new AIMessageChunk({ content: '', usage_metadata: usage }),
    ];
    for (const message of chunks) yield new ChatGenerationChunk({ text: message.content, message });
  }
}

const lookup = tool(
  async ({ order }) => [
    `Order ${order} was sent. ${'By air mail, and with a number to follow it. '.repeat(4)}`,
    { order, rows: [{ at: 'Monday', weightKg: 2.5 }] },
  ],
  {
    name: 'lookup',
    description: 'Looks an order up.',
    schema: z.object({ order: z.number() }),
    responseFormat: 'content_and_artifact',
  },
);
const fails = tool(
  async () => {
    throw new Error('out of order');
  },
  { name: 'fails', description: 'Fails.', schema: z.object({}) },
);
const TOOLS = { lookup, fails };

/** Asks the model, carries out its calls, and so on until it calls no more: all that is new. */
export const agentOf = (model) =>
  RunnableLambda.from(async (messages) => {
    const told = [];
    for (;;) {
      const answer = await model.invoke([...messages, ...told]);
      told.push(answer);
      if (!answer.tool_calls?.length) return told;
      told.push(...(await Promise.all(answer.tool_calls.map(carriedOut))));
    }
  });

async function carriedOut(toolCall) {
  try {
    return await TOOLS[toolCall.name].invoke(toolCall);
  } catch (error) {
    const { name, id: tool_call_id } = toolCall;
    return new ToolMessage({ name, tool_call_id, content: error.message, status: 'error' });
  }
}

/** As the framework's documentation has it: a prompt with a place for the history. */
export const chainOf = (model, history) =>
  new RunnableWithMessageHistory({
    runnable: ChatPromptTemplate.fromMessages([
      ['system', 'Be helpful.'],
      new MessagesPlaceholder('history'),
      ['human', '{question}'],
    ]).pipe(model),
    getMessageHistory: () => history,
    inputMessagesKey: 'question',
    historyMessagesKey: 'history',
  });

/** An agent of messages alone. */
export const agentWith = (model, history) =>
  new RunnableWithMessageHistory({ runnable: agentOf(model), getMessageHistory: () => history });

export const CONFIG = { configurable: { sessionId: 'any' } };

/** All that a message is, in a form that goes to another process. */
export const described = (message) => ({
  class: message.constructor.name,
  members: structuredClone({ ...message }),
  stored: structuredClone(message.toDict()),
});

async function main({ elsewhere, sessionIds, does, dieAt }) {
  const { openChatHistory } = await import('../../dist/adapters/langchain/index.js');
  return inPlace(elsewhere, async (place) => {
    const results = [];
    for (const sessionId of sessionIds) {
      const history = await openChatHistory({ ...place, sessionId });
      results.push(
        does === 'messages' ? (await history.getMessages()).map(described) : await turn(history, dieAt),
      );
      await history.close();
    }
    return results;
  });
}

/** One turn, in which the process is killed as soon as the history has done what `dieAt` names. */
async function turn(history, dieAt) {
  const model = new ScriptedModel([
    say('', { tool_calls: [call('c1', 'lookup', { order: 5 })] }),
    say('Sent.'),
  ]);
  if (dieAt) {
    const done = history[dieAt];
    history[dieAt] = async (...args) => {
      await done.apply(history, args);
      process.kill(process.pid, 'SIGKILL');
    };
  }
  const told = await agentWith(model, history).invoke([new HumanMessage('Where is order 5?')], CONFIG);
  return told.at(-1).content;
}

answers(import.meta.url, main);
