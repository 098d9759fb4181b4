import { isJsonObject, type JsonObject, type JsonValue, textOr } from '../../domain/json/json-value.js';
import {
  mediaBlock,
  otherBlock,
  reasoningBlock,
  textAt,
  textBlock,
  toolResultBlock,
  toolUseBlock,
} from '../blocks.js';
import type { Shown } from '../envelope.js';

/** How an item of the Agents SDK is shown. One of a kind that is not known here is an UnknownBlock. */
export function showItem(item: JsonValue): Shown {
  const type = textAt(item, 'type') ?? 'message';
  const callId = textAt(item, 'callId') ?? textAt(item, 'id');
  if (!isJsonObject(item)) return { role: 'user', content: [otherBlock(item)] };
  if (type === 'message' && typeof item.role === 'string') return showMessage(item, item.role);
  if (type === 'reasoning') return { role: 'assistant', content: thoughtsIn(item) };
  if (callId !== undefined && type.endsWith('_call')) return showCall(item, type, callId);
  if (callId !== undefined && /_call_(result|output)$/.test(type)) {
    return { role: 'user', author: 'tool', content: [resultBlock(item, callId)] };
  }
  return { role: 'assistant', content: [otherBlock(item)] };
}

function showMessage(item: JsonObject, role: string): Shown {
  const { content } = item;
  const blocks =
    typeof content === 'string'
      ? [textBlock(content)]
      : Array.isArray(content)
        ? content.map((part) => partBlock(part) ?? otherBlock(part))
        : [otherBlock(item)];
  if (role === 'assistant' || role === 'user') return { role, content: blocks };
  return { role: 'user', author: role, content: blocks };
}

/** Null for what is none of the parts that a message, or a tool's answer, may have. */
function partBlock(part: JsonValue): JsonObject | null {
  const text = textAt(part, 'text') ?? textAt(part, 'refusal');
  const type = textAt(part, 'type') ?? '';
  if (text !== undefined && /^(text|input_text|output_text|refusal)$/.test(type)) return textBlock(text);
  const [, kind] = /^(?:input_)?(image|file|audio)$/.exec(type) ?? [];
  if (kind === undefined || !isJsonObject(part)) return null;
  const data = dataOf(part[kind] ?? part.data);
  if (data === undefined) return null;
  const mediaType = kind === 'audio' ? `audio/${textOr(part.format, 'wav')}` : textAt(part, 'mediaType');
  const shown = kind === 'file' ? 'document' : (kind as 'image' | 'audio');
  return mediaBlock({ data, kind: shown, mediaType, name: textAt(part, 'filename') });
}

/** Text, or the URL or base64 in one; undefined for a file that has an id alone. */
const dataOf = (held: JsonValue | undefined): string | undefined =>
  typeof held === 'string' ? held : (textAt(held, 'url') ?? textAt(held, 'data'));

/** The provider's summary and, where it gives it, the thought itself. */
function thoughtsIn(item: JsonObject): JsonObject[] {
  const parts = [item.content, item.rawContent].flatMap((list) => (Array.isArray(list) ? list : []));
  const texts = parts.map((part) => textAt(part, 'text')).filter((text) => text !== undefined);
  return texts.length > 0 ? texts.map((text) => reasoningBlock(text)) : [reasoningBlock('')];
}

function showCall(item: JsonObject, type: string, callId: string): Shown {
  const name = textAt(item, 'name') ?? type.replace(/_call$/, '');
  const input = item.arguments ?? item.action ?? item.actions ?? item.operation ?? {};
  const call = toolUseBlock(callId, name, input);
  // What the provider runs itself, such as a web search, holds its answer.
  const content = (item.output ?? null) === null ? [call] : [call, resultBlock(item, callId)];
  return { role: 'assistant', content };
}

function resultBlock(item: JsonObject, callId: string): JsonObject {
  const { output = null } = item;
  const parts = (Array.isArray(output) ? output : [output]).map(partBlock);
  const blocks = parts.filter((block) => block !== null);
  const whole = parts.length > 0 && blocks.length === parts.length;
  const failed = item.status === 'incomplete' || item.status === 'failed';
  return toolResultBlock(callId, whole ? blocks : { value: output }, failed ? 'error' : 'success');
}
