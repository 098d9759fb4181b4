import { type Model, type ModelRequest, Usage } from '@openai/agents';

/** Asks for the order's state once, and says it. It stands for a model, so that the example runs without one. */
export function scriptedModel(): Model {
  return {
    async getResponse({ input }: ModelRequest) {
      const last = typeof input === 'string' ? undefined : input.at(-1);
      const usage = new Usage({ requests: 1, inputTokens: 20, outputTokens: 8, totalTokens: 28 });
      if (last?.type !== 'function_call_result') {
        const callId = `call_${typeof input === 'string' ? 0 : input.length}`;
        const args = JSON.stringify({ order: 5 });
        return {
          usage,
          output: [{ type: 'function_call', callId, name: 'lookup', status: 'completed', arguments: args }],
        };
      }
      const text = 'It was sent on Monday.';
      return {
        usage,
        output: [
          {
            type: 'message',
            role: 'assistant',
            status: 'completed',
            content: [{ type: 'output_text', text }],
          },
        ],
      };
    },
    getStreamedResponse() {
      throw new Error('This example does not stream.');
    },
  };
}
