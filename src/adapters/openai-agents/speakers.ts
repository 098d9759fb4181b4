import type { AgentInputItem } from '@openai/agents';
import { bodyOf, type JsonValue, textOr } from '../../domain/json.js';
import { textAt } from '../blocks.js';

/** Each item with the agent to which the conversation was handed off before it, where the items of this turn tell. */
export function speakersOf(
  items: readonly AgentInputItem[],
): { item: AgentInputItem; author: string | undefined }[] {
  let speaker: string | undefined;
  return items.map((item) => {
    const role = textAt(item as JsonValue, 'role') ?? 'assistant';
    const author = role === 'assistant' ? speaker : undefined;
    speaker = handedTo(item) ?? speaker;
    return { item, author };
  });
}

/** A handoff is a call whose result is `{"assistant": "<name>"}`. */
function handedTo(item: AgentInputItem): string | undefined {
  const { type, name, output } = bodyOf(item as JsonValue);
  if (type !== 'function_call_result' || !textOr(name, '').startsWith('transfer_to_')) return undefined;
  try {
    return textAt(JSON.parse(textAt(output, 'text') ?? textOr(output, '')), 'assistant');
  } catch {
    return undefined;
  }
}
