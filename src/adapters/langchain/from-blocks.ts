import { AIMessage, type BaseMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { isJsonObject, type JsonObject, textOr } from '../../domain/json/json-value.js';
import { speechOf } from '../../domain/sessions/block-speech.js';
import { imageUrlIn, resultText } from '../blocks.js';
import type { Entry } from '../port.js';
import { isKept, messageFrom } from './kept.js';
import { isKnown, type MessageClass } from './kinds.js';

/**
 * The messages that one of somebody else gives: what it says, shows and calls, and results of tools; thoughts are left out, which no other model
 * takes. So a conversation may be begun by another framework, and a redacted message says what stands in its place. A block that is a message in
 * LangChain's stored form is that message.
 */
export function messagesFromBlocks(
  { role, content }: Entry,
  classes: ReadonlyMap<string, MessageClass>,
): BaseMessage[] {
  const messages: BaseMessage[] = [];
  const parts: Part[] = [];
  const calls: JsonObject[] = [];
  for (const block of content) {
    const { toolUse, toolResult } = block;
    if (isKept(block) && isKnown(block.type)) messages.push(messageFrom(block, classes) as BaseMessage);
    else if (isJsonObject(toolUse)) calls.push(toolUse);
    else if (isJsonObject(toolResult)) messages.push(resultMessage(toolResult));
    else {
      const part = partOf(block);
      if (part) parts.push(part);
    }
  }
  if (role === 'assistant' && parts.length + calls.length > 0) messages.push(answer(parts, calls));
  else if (parts.length > 0) messages.push(new HumanMessage({ content: contentOf(parts) }));
  return messages;
}

type Part = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } };

/** A text alone is a string, which every model takes. */
function contentOf(parts: Part[]): string | Part[] {
  const [first] = parts;
  return parts.length === 1 && first?.type === 'text' ? first.text : parts;
}

function partOf(block: JsonObject): Part | null {
  const text = speechOf([block]);
  if (text) return { type: 'text', text };
  const url = imageUrlIn(block);
  return url === null ? null : { type: 'image_url', image_url: { url } };
}

function answer(parts: Part[], calls: readonly JsonObject[]): AIMessage {
  const named = calls.map(({ toolUseId, name, input = {} }) => ({
    id: String(toolUseId),
    name: String(name),
    args: input,
  }));
  return new AIMessage({
    content: parts.length > 0 ? contentOf(parts) : '',
    tool_calls: named.flatMap(({ args, ...call }) =>
      isJsonObject(args) ? [{ ...call, args, type: 'tool_call' as const }] : [],
    ),
    invalid_tool_calls: named.flatMap(({ args, ...call }) =>
      isJsonObject(args)
        ? []
        : [{ ...call, args: textOr(args, JSON.stringify(args)), type: 'invalid_tool_call' as const }],
    ),
  });
}

const resultMessage = ({ toolUseId, status, content }: JsonObject): ToolMessage =>
  new ToolMessage({
    tool_call_id: String(toolUseId),
    content: resultText(content),
    status: status === 'error' ? 'error' : 'success',
  });
