import {
  bodyOf,
  isJsonObject,
  type JsonObject,
  type JsonValue,
  textOr,
} from '../../domain/json/json-value.js';
import { otherBlock, reasoningBlock, textAt, textBlock, toolResultBlock, toolUseBlock } from '../blocks.js';
import type { Shown } from '../envelope.js';
import type { NewEntry } from '../port.js';
import { contentBlocks, idIn, partBlock, statusIn } from './parts.js';

/** How a message that is kept is shown. One of a kind that is not known here says what it holds. */
export function showMessage(kept: JsonValue): Shown {
  const { type, data } = bodyOf(kept);
  const kind = textOr(type, '')
    .replace(/MessageChunk$/, '')
    .toLowerCase();
  const message = bodyOf(data);
  const content = contentBlocks(message.content);
  switch (kind) {
    case 'human':
      return { role: 'user', content };
    case 'ai':
      return showAnswer(message);
    case 'system':
      return {
        role: 'user',
        content,
        author: textAt(message.additional_kwargs, '__openai_role__') ?? 'system',
      };
    case 'tool':
      return { role: 'user', content: [resultOf(message, textAt(message, 'tool_call_id'))], author: 'tool' };
    case 'function':
      return { role: 'user', content: [resultOf(message, textAt(message, 'name'))], author: 'tool' };
    case 'chat':
    case 'generic':
      return { content, ...speaker(textOr(message.role, '')) };
    case 'remove':
      return { role: 'user', content: [otherBlock({ type: kind, id: message.id ?? null })], author: kind };
    default:
      return { role: 'user', content, author: textOr(type, kind) };
  }
}

function speaker(role: string): Pick<Shown, 'role' | 'author'> {
  if (role === 'user' || role === 'human') return { role: 'user' };
  return role === 'assistant' || role === 'ai' ? { role: 'assistant' } : { role: 'user', author: role };
}

/** A model's answer: its thoughts, what it says, and its calls, each where its content has it, or else behind. */
function showAnswer(message: JsonObject): Shown {
  const { content, tool_calls, invalid_tool_calls, additional_kwargs, name } = message;
  const calls = [tool_calls, invalid_tool_calls].flatMap((list) => (Array.isArray(list) ? list : []));
  const left = new Set(calls);
  const blocks = thoughtsIn(additional_kwargs);
  const parts = Array.isArray(content) ? content : content ? [content] : [];
  for (const part of parts) {
    const id = typeof part === 'string' ? undefined : idIn(part);
    const call = id === undefined ? undefined : calls.find((one) => idIn(one) === id);
    const block = partBlock(part);
    if (call === undefined || !(block && 'toolUse' in block)) blocks.push(block ?? otherBlock(part));
    else if (left.delete(call)) blocks.push(callBlock(call));
  }
  blocks.push(...[...left].map(callBlock));
  const { function_call } = bodyOf(additional_kwargs);
  if (calls.length === 0 && isJsonObject(function_call)) blocks.push(olderCall(function_call));
  return {
    role: 'assistant',
    content: blocks.length > 0 ? blocks : [textBlock('')],
    author: typeof name === 'string' && name !== '' ? name : undefined,
    usage: usageIn(message),
  };
}

const callBlock = (call: JsonValue): JsonObject =>
  toolUseBlock(idIn(call) ?? '', textAt(call, 'name') ?? '', bodyOf(call).args ?? {});

/** One of OpenAI's former function calls, whose result names the function. */
const olderCall = (call: JsonObject): JsonObject =>
  toolUseBlock(textOr(call.name, ''), textOr(call.name, ''), call.arguments ?? {});

/** Where providers put a thought beside the content: DeepSeek's text, OpenAI's summary. */
function thoughtsIn(kwargs: JsonValue | undefined): JsonObject[] {
  const { reasoning_content, reasoning } = bodyOf(kwargs);
  if (typeof reasoning_content === 'string') return [reasoningBlock(reasoning_content)];
  const thought = isJsonObject(reasoning) ? partBlock({ ...reasoning, type: 'reasoning' }) : null;
  return thought ? [thought] : [];
}

/** A text, parts that can all be shown, or any other value. */
function resultOf(message: JsonObject, id = ''): JsonObject {
  const { content = '' } = message;
  const parts = Array.isArray(content) ? content.map(partBlock) : [];
  const blocks = parts.filter((block) => block !== null);
  const whole = blocks.length > 0 && blocks.length === parts.length;
  return toolResultBlock(id, whole ? blocks : { value: content }, statusIn(message));
}

/** The model that gave the last answer among these; undefined where none tells. */
export function modelIn(entries: readonly NewEntry[]): string | undefined {
  return entries
    .map(({ metadata }) => {
      const { response_metadata } = bodyOf(bodyOf(bodyOf(metadata?.framework).item).data);
      return textAt(response_metadata, 'model_name') ?? textAt(response_metadata, 'model');
    })
    .findLast((model) => model !== undefined);
}

/** LangChain's own count, or else what the provider says. */
function usageIn({ usage_metadata, response_metadata }: JsonObject): JsonObject | null {
  const { tokenUsage, token_usage, usage } = bodyOf(response_metadata);
  const found = [usage_metadata, tokenUsage, token_usage, usage].find(isJsonObject);
  if (found?.promptTokens === undefined) return found ?? null;
  // As older integrations name it.
  const { promptTokens, completionTokens = 0, ...more } = found;
  return { ...more, inputTokens: promptTokens, outputTokens: completionTokens };
}
