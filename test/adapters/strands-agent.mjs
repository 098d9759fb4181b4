// One run of an agent of the Strands SDK, in a process of its own: reads {storage, sessionId, saveLatestOn, windowSize,
// turns} from its first message, restores the session, has the turns, and answers with what it restored and what it has.
import {
  Agent,
  FunctionTool,
  Model,
  SessionManager,
  SlidingWindowConversationManager,
} from '@strands-agents/sdk';
import { createStrandsStorage } from '../../dist/adapters/strands/index.js';
import { inPlace } from './child-program.mjs';

/** Says what it was told to: `{text}`, `{tool: {name, input}}`, each with `redactInput` where a guardrail refused. */
class ScriptedModel extends Model {
  constructor(replies) {
    super();
    this.replies = replies;
    this.seen = [];
  }
  updateConfig() {}
  getConfig() {
    return { modelId: 'scripted' };
  }
  async *stream(messages) {
    this.seen.push(messages.length);
    const { text, tool, redactInput } = this.replies.shift();
    yield { type: 'modelMessageStartEvent', role: 'assistant' };
    yield tool
      ? {
          type: 'modelContentBlockStartEvent',
          start: { type: 'toolUseStart', name: tool.name, toolUseId: tool.id },
        }
      : { type: 'modelContentBlockStartEvent' };
    yield {
      type: 'modelContentBlockDeltaEvent',
      delta: tool
        ? { type: 'toolUseInputDelta', input: JSON.stringify(tool.input) }
        : { type: 'textDelta', text },
    };
    yield { type: 'modelContentBlockStopEvent' };
    yield { type: 'modelMessageStopEvent', stopReason: tool ? 'toolUse' : 'endTurn' };
    if (redactInput) yield { type: 'modelRedactionEvent', inputRedaction: { replaceContent: redactInput } };
    yield {
      type: 'modelMetadataEvent',
      usage: { inputTokens: 10, outputTokens: 5, totalTokens: 15 },
      metrics: { latencyMs: 7 },
    };
  }
}

/** Asks the parent process, which has the database, one call at a time by number. */
function storageOfParent() {
  const waiting = new Map();
  let serial = 0;
  process.on('message', ({ id, result, error }) => {
    const { resolve, reject } = waiting.get(id) ?? {};
    waiting.delete(id);
    if (error) reject?.(new Error(error));
    else resolve?.(result);
  });
  const call = (method, ...args) =>
    new Promise((resolve, reject) => {
      const id = ++serial;
      waiting.set(id, { resolve, reject });
      process.send({ id, method, args });
    });
  return {
    write: (key, data) => call('write', key, data),
    read: (key) => call('read', key),
    delete: (key) => call('delete', key),
    list: (prefix) => call('list', prefix),
    close: async () => {},
  };
}

function run({ storage, ...input }) {
  if (!storage) return runOn(storageOfParent(), input);
  const { mirror, ...elsewhere } = storage;
  return inPlace(elsewhere, async (place) => runOn(await createStrandsStorage({ ...place, mirror }), input));
}

async function runOn(storage, { sessionId, saveLatestOn, windowSize, turns }) {
  const model = new ScriptedModel(turns.flatMap(({ replies }) => replies));
  const agent = new Agent({
    id: 'support',
    model,
    printer: false,
    systemPrompt: 'Be helpful.',
    sessionManager: new SessionManager({ sessionId, storage, saveLatestOn, snapshotTrigger: () => true }),
    conversationManager: new SlidingWindowConversationManager({ windowSize }),
    tools: [
      new FunctionTool({
        name: 'lookup',
        description: 'Looks an order up.',
        inputSchema: { type: 'object', properties: { order: { type: 'number' } } },
        callback: ({ order }) => ({ order, state: 'sent' }),
      }),
    ],
  });
  await agent.initialize();
  const restored = agent.messages.map((message) => message.toJSON());
  const restoredState = agent.appState.getAll();
  for (const { say } of turns) {
    await agent.invoke(say);
    agent.appState.set('turns', (agent.appState.get('turns') ?? 0) + 1);
  }
  await agent.sessionManager.saveSnapshot({ target: agent, isLatest: true });
  const snapshots = await agent.sessionManager.listSnapshotIds({ target: agent });
  await storage.close();
  return {
    node: process.version,
    restored,
    restoredState,
    messages: agent.messages.map((message) => message.toJSON()),
    seen: model.seen,
    snapshots,
  };
}

process.once('message', async (input) => {
  try {
    process.send({ done: await run(input) });
  } catch (error) {
    process.send({ failed: `${error?.stack}\n${error?.cause?.stack ?? ''}` });
  }
  process.disconnect();
});
