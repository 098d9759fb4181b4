import type { AgentInputItem } from '@openai/agents';
import { isJsonObject, type JsonObject } from '../../domain/json/json-value.js';
import { speechOf } from '../../domain/sessions/block-speech.js';
import { imageUrlIn, resultText } from '../blocks.js';
import type { Entry } from '../port.js';

/**
 * The items that a message of somebody else gives: what it says, shows and calls; thoughts are left out, which no other model takes.
 * So a conversation may be begun by another framework, and a redacted message says what stands in its place.
 */
export function itemsFromBlocks({ role, content }: Entry): AgentInputItem[] {
  const items: AgentInputItem[] = [];
  let parts: JsonObject[] = [];
  const say = () => {
    if (parts.length > 0) items.push(message(role ?? 'user', parts));
    parts = [];
  };
  for (const block of content) {
    const item = toolItem(block);
    if (item) {
      say();
      items.push(item);
      continue;
    }
    const part = partOf(block, role ?? 'user');
    if (part) parts.push(part);
  }
  say();
  return items;
}

const message = (role: 'user' | 'assistant', content: JsonObject[]) =>
  ({
    type: 'message',
    role,
    ...(role === 'assistant' ? { status: 'completed' } : {}),
    content,
  }) as AgentInputItem;

function partOf(block: JsonObject, role: 'user' | 'assistant'): JsonObject | null {
  const text = speechOf([block]);
  if (text) return { type: role === 'user' ? 'input_text' : 'output_text', text };
  const image = role === 'user' ? imageUrlIn(block) : null;
  return image === null ? null : { type: 'input_image', image };
}

function toolItem({ toolUse, toolResult }: JsonObject): AgentInputItem | null {
  if (isJsonObject(toolUse)) {
    const { toolUseId, name, input = {} } = toolUse;
    return {
      type: 'function_call',
      callId: String(toolUseId),
      name: String(name),
      status: 'completed',
      arguments: typeof input === 'string' ? input : JSON.stringify(input),
    };
  }
  if (!isJsonObject(toolResult)) return null;
  return {
    type: 'function_call_result',
    name: '',
    callId: String(toolResult.toolUseId),
    status: toolResult.status === 'error' ? 'incomplete' : 'completed',
    output: { type: 'text', text: resultText(toolResult.content) },
  };
}
