import { type BaseModelConfig, type Message, Model, type ModelStreamEvent } from '@strands-agents/sdk';

/** Asks for the order's state once, and says it. It stands for a model, so that the example runs without one. */
export class ScriptedModel extends Model<BaseModelConfig> {
  updateConfig() {}

  getConfig(): BaseModelConfig {
    return { modelId: 'scripted' };
  }

  async *stream(messages: Message[]): AsyncIterable<ModelStreamEvent> {
    const asked = messages.at(-1)?.content.every(({ type }) => type !== 'toolResultBlock');
    yield { type: 'modelMessageStartEvent', role: 'assistant' };
    if (asked) {
      const toolUseId = `call_${messages.length}`;
      yield {
        type: 'modelContentBlockStartEvent',
        start: { type: 'toolUseStart', name: 'lookup', toolUseId },
      };
      const input = JSON.stringify({ order: 5 });
      yield { type: 'modelContentBlockDeltaEvent', delta: { type: 'toolUseInputDelta', input } };
    } else {
      const text = 'It was sent on Monday.';
      yield { type: 'modelContentBlockStartEvent' };
      yield { type: 'modelContentBlockDeltaEvent', delta: { type: 'textDelta', text } };
    }
    yield { type: 'modelContentBlockStopEvent' };
    yield { type: 'modelMessageStopEvent', stopReason: asked ? 'toolUse' : 'endTurn' };
    yield {
      type: 'modelMetadataEvent',
      usage: { inputTokens: 20, outputTokens: 8, totalTokens: 28 },
    };
  }
}
