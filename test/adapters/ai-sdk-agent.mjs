// Turns of the AI SDK with a model that says what it was told to, in its oldest and its newest version. As a program of its own it reads
// {elsewhere, sessionId, does, messages, dieAt} from its first message: `load` answers with the messages of the chat, `save` saves
// them, and is killed after as many calls as `dieAt` says, `stream` asks with them and says `chunks` of `steps`.
import { existsSync } from 'node:fs';
import { z } from 'zod';
import { answers, inPlace } from './child-program.mjs';

// npm ci --prefix test/support/oldest-frameworks
const OLDEST = new URL('../support/oldest-frameworks/node_modules/ai/dist/', import.meta.url);
const from = (path) => import(new URL(path, OLDEST).href);
export const SDKS = {
  newest: async () => ({ ai: await import('ai'), test: await import('ai/test') }),
  ...(existsSync(OLDEST)
    ? { oldest: async () => ({ ai: await from('index.mjs'), test: await from('test/index.mjs') }) }
    : {}),
};

export const text = (said, id = '1') => [
  { type: 'text-start', id },
  { type: 'text-delta', id, delta: said.slice(0, 3) },
  { type: 'text-delta', id, delta: said.slice(3) },
  { type: 'text-end', id },
];
export const call = (toolCallId, toolName, input) => ({
  type: 'tool-call',
  toolCallId,
  toolName,
  input: JSON.stringify(input),
});
export const user = (said, id = `u-${said}`) => ({ id, role: 'user', parts: [{ type: 'text', text: said }] });

/** The models of both versions differ in how they end. */
const end = (test, reason) =>
  test.MockLanguageModelV4
    ? {
        type: 'finish',
        finishReason: { unified: reason, raw: reason },
        usage: {
          inputTokens: { total: 10, noCache: 10, cacheRead: 0, cacheWrite: 0 },
          outputTokens: { total: 5, text: 5, reasoning: 0 },
        },
      }
    : { type: 'finish', finishReason: reason, usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 } };

/** `steps`: what each call of the model streams. `delays`: what comes before each chunk. */
export function modelOf({ test }, steps, delay = async () => {}) {
  const Model = test.MockLanguageModelV4 ?? test.MockLanguageModelV2;
  let step = 0;
  return new Model({
    doStream: async () => {
      const chunks = steps[step++] ?? text('Nothing more.');
      const reason = chunks.some(({ type }) => type === 'tool-call') ? 'tool-calls' : 'stop';
      const stream = [{ type: 'stream-start', warnings: [] }, ...chunks, end(test, reason)];
      const each = async function* () {
        for (const chunk of stream) {
          await delay(chunk);
          yield chunk;
        }
      };
      return { stream: ReadableStream.from(each()) };
    },
  });
}

export const toolsOf = ({ ai }) => ({
  lookup: ai.tool({
    description: 'Looks an order up.',
    inputSchema: z.object({ order: z.number() }),
    execute: async ({ order }) => ({
      order,
      sent: new Date(1_700_000_000_000),
      by: undefined,
      note: 'by air mail, and with a number to follow it. '.repeat(4),
    }),
  }),
  fails: ai.tool({
    description: 'Fails.',
    inputSchema: z.object({}),
    execute: async () => {
      throw new Error('out of order');
    },
  }),
  nothing: ai.tool({ description: 'Does.', inputSchema: z.object({}), execute: async () => undefined }),
  pay: ai.tool({
    description: 'Pays.',
    inputSchema: z.object({ euro: z.number() }),
    needsApproval: true,
    execute: async () => 'paid',
  }),
});

/** The stream of one turn on these messages. `ui`: options of the stream beside. */
export async function streamOf(sdk, messages, steps, ui = {}, more = {}) {
  const { ai } = sdk;
  const result = ai.streamText({
    model: modelOf(sdk, steps, more.delay),
    messages: await ai.convertToModelMessages(messages),
    tools: toolsOf(sdk),
    stopWhen: ai.stepCountIs(5),
    onError() {},
    ...(more.abortSignal ? { abortSignal: more.abortSignal } : {}),
  });
  const options = {
    originalMessages: messages,
    generateMessageId: ai.createIdGenerator({ prefix: 'a', size: 8 }),
    sendSources: true,
    messageMetadata: ({ part }) => (part.type === 'finish' ? { usage: part.totalUsage } : undefined),
    onError: String,
    ...ui,
  };
  return ai.toUIMessageStream
    ? ai.toUIMessageStream({ stream: result.stream, ...options })
    : result.toUIMessageStream(options);
}

/** What the end of a turn hands over. */
export async function turn(sdk, messages, steps, ui = {}) {
  let handed;
  const onFinish = (event) => {
    handed = event;
  };
  for await (const _chunk of await streamOf(sdk, messages, steps, { onFinish, ...ui }));
  return handed;
}

/** The messages with the answer to what was asked for: as a page sends them. */
export function answered(messages, approved) {
  const sent = JSON.parse(JSON.stringify(messages));
  const part = sent.at(-1).parts.find(({ state }) => state === 'approval-requested');
  Object.assign(part, { state: 'approval-responded', approval: { id: part.approval.id, approved } });
  return sent;
}

/** A turn as a route answers it, whose model says so many chunks and no more. */
async function streamed(chat, messages, steps, chunks) {
  const sdk = await SDKS.newest();
  const asked = await chat.save(messages);
  let left = chunks;
  // As a server it lives on without anything to do.
  const silence = () => new Promise(() => setInterval(() => {}, 1_000));
  const delay = () => (left-- > 0 ? Promise.resolve() : silence());
  const onFinish = async (event) => void (await chat.save(event.messages));
  const stream = await streamOf(sdk, asked, steps, { onFinish }, { delay });
  await sdk.ai.createUIMessageStreamResponse({ stream, consumeSseStream: chat.resumable }).text();
}

async function main({ elsewhere, sessionId, does, messages, dieAt, steps, chunks }) {
  const { openChat } = await import('../../dist/adapters/ai-sdk/index.js');
  return inPlace(elsewhere, async (place) => {
    const chat = await openChat({ ...place, sessionId });
    let result = await chat.load();
    if (does === 'save') {
      for (let count = result.length + 1; count <= messages.length; count++) {
        result = await chat.save(messages.slice(0, count));
        if (count === dieAt) process.kill(process.pid, 'SIGKILL');
      }
    }
    if (does === 'stream') await streamed(chat, [...result, ...messages], steps, chunks);
    await chat.close();
    return result;
  });
}

answers(import.meta.url, main);
