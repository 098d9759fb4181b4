import { EventType, type StreamChunk, type TextOptions } from '@tanstack/ai';
import { BaseTextAdapter } from '@tanstack/ai/adapters';

/** Always says the same. It stands for a model, so that the example runs without one. */
export class ScriptedAdapter extends BaseTextAdapter<'scripted', object, readonly ['text'], never> {
  readonly name = 'scripted';

  constructor() {
    super({}, 'scripted');
  }

  async *chatStream({ runId = 'run', threadId = 'thread' }: TextOptions): AsyncIterable<StreamChunk> {
    const messageId = crypto.randomUUID();
    yield { type: EventType.RUN_STARTED, runId, threadId };
    yield { type: EventType.TEXT_MESSAGE_START, messageId, role: 'assistant' };
    for (const delta of ['It was sent ', 'on ', 'Monday.'])
      yield { type: EventType.TEXT_MESSAGE_CONTENT, messageId, delta };
    yield { type: EventType.TEXT_MESSAGE_END, messageId };
    yield { type: EventType.RUN_FINISHED, runId, threadId, finishReason: 'stop' };
  }

  structuredOutput(): never {
    throw new Error('This example asks for text.');
  }
}
