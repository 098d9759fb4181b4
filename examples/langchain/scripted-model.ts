import { BaseChatModel } from '@langchain/core/language_models/chat_models';
import { AIMessage, type BaseMessage } from '@langchain/core/messages';
import type { ChatResult } from '@langchain/core/outputs';

/** Asks for the order's state once, and says it. It stands for a model, so that the example runs without one. */
export class ScriptedModel extends BaseChatModel {
  constructor() {
    super({});
  }

  _llmType() {
    return 'scripted';
  }

  async _generate(messages: BaseMessage[]): Promise<ChatResult> {
    const usage_metadata = { input_tokens: 20, output_tokens: 8, total_tokens: 28 };
    const last = messages.at(-1);
    const text = last?._getType() === 'tool' ? 'It was sent on Monday.' : '';
    const call = {
      id: `call_${messages.length}`,
      name: 'lookup',
      args: { input: '5' },
      type: 'tool_call' as const,
    };
    const message = new AIMessage({ content: text, tool_calls: text ? [] : [call], usage_metadata });
    return { generations: [{ text, message }] };
  }
}
