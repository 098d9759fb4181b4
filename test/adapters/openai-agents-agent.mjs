// An agent of the Agents SDK whose model says what it was told to; as a program of its own it reads {elsewhere, sessionIds, does} from
// its first message: `items` answers with the items of the sessions, `run` with what each said in a turn.
import { Agent, handoff, RunState, run, setTracingDisabled, tool, Usage } from '@openai/agents';
import { z } from 'zod';
import { answers, inPlace } from './child-program.mjs';

setTracingDisabled(true);

export const say = (text, more = {}) => ({
  type: 'message',
  role: 'assistant',
  id: `msg_${text.length}`,
  status: 'completed',
  content: [{ type: 'output_text', text, providerData: { annotations: [], logprobs: [] } }],
  ...more,
});
export const think = (text) => ({
  type: 'reasoning',
  id: 'rs_1',
  content: [{ type: 'input_text', text }],
  providerData: { encrypted_content: 'c2VjcmV0' },
});
export const call = (callId, name, args) => ({
  type: 'function_call',
  id: `fc_${callId}`,
  callId,
  name,
  status: 'completed',
  arguments: JSON.stringify(args),
  providerData: { model: 'scripted-1' },
});

/** Each answer is a list of output items, or an error to throw. */
export class ScriptedModel {
  constructor(answers) {
    this.answers = answers;
    this.seen = [];
  }
  next({ input }) {
    this.seen.push(input);
    const answer = this.answers.shift();
    if (answer instanceof Error) throw answer;
    const usage = { requests: 1, inputTokens: 10, outputTokens: 5, totalTokens: 15 };
    return { usage, output: answer ?? [say('Nothing more.')] };
  }
  async getResponse(request) {
    const { usage, output } = this.next(request);
    return { usage: new Usage(usage), output, responseId: 'resp_1' };
  }
  async *getStreamedResponse(request) {
    const { usage, output } = this.next(request);
    yield { type: 'response_started' };
    yield { type: 'response_done', response: { id: 'resp_1', usage, output } };
  }
}

const lookup = (needsApproval) =>
  tool({
    name: 'lookup',
    description: 'Looks an order up.',
    parameters: z.object({ order: z.number() }),
    needsApproval,
    execute: async ({ order }) => ({
      order,
      state: 'sent',
      note: 'by air mail, and with a number to follow it. '.repeat(4),
    }),
  });
const fails = tool({
  name: 'fails',
  description: 'Fails.',
  parameters: z.object({}),
  execute: async () => {
    throw new Error('out of order');
  },
});

export function agentOf(model, { needsApproval = false, outputType } = {}) {
  const clerk = new Agent({ name: 'Clerk', model, tools: [lookup(needsApproval), fails] });
  return new Agent({
    name: 'Support',
    instructions: 'Be helpful.',
    model,
    tools: [lookup(needsApproval), fails],
    handoffs: [handoff(clerk)],
    ...(outputType ? { outputType } : {}),
  });
}

/** Approves all that a run waits for, after the state has been through text, as in another process. */
export async function approved(agent, { state }) {
  const restored = await RunState.fromString(agent, state.toString());
  for (const interruption of restored.getInterruptions()) restored.approve(interruption);
  return restored;
}

async function main({ elsewhere, sessionIds, does, dieAt }) {
  const { openSession } = await import('../../dist/adapters/openai-agents/index.js');
  return inPlace(elsewhere, async (place) => {
    const results = [];
    for (const sessionId of sessionIds) {
      const session = await openSession({ ...place, sessionId });
      results.push(does === 'items' ? await session.getItems() : await turn(session, dieAt));
      await session.close();
    }
    return results;
  });
}

/** One turn, in which the process is killed as soon as the session has done what `dieAt` names. */
async function turn(session, dieAt) {
  const model = new ScriptedModel([[call('c1', 'lookup', { order: 5 })], [say('Sent.')]]);
  const dying = new Proxy(session, {
    get: (target, key) =>
      key !== dieAt
        ? target[key]
        : async (...args) => {
            await target[key](...args);
            process.kill(process.pid, 'SIGKILL');
          },
  });
  const { finalOutput } = await run(agentOf(model), 'Where is order 5?', { session: dying });
  return finalOutput;
}

answers(import.meta.url, main);
