import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json/json-value.js';
import {
  mediaBlock,
  otherBlock,
  reasoningBlock,
  textAt,
  textBlock,
  toolResultBlock,
  toolUseBlock,
} from '../blocks.js';

/*
 * Parts of a message's content, in the forms that providers and versions of LangChain give them.
 */

/** The block that shows a part; null for what none can show. */
export function partBlock(part: JsonValue): JsonObject | null {
  if (typeof part === 'string') return textBlock(part);
  if (!isJsonObject(part)) return null;
  const type = textAt(part, 'type') ?? '';
  const text = textAt(part, 'text') ?? textAt(part, 'refusal');
  if (text !== undefined && /^(text|text-plain|input_text|output_text|refusal)$/.test(type))
    return textBlock(text);
  if (type === 'reasoning' || type === 'thinking' || type === 'reasoning_content') return thoughtBlock(part);
  return callBlock(part, type) ?? resultBlock(part, type) ?? mediaPart(part, type);
}

/** Of all, with those that nothing else can show as they are; an empty text where there are none. */
export function contentBlocks(content: JsonValue | undefined): JsonObject[] {
  const parts = Array.isArray(content) ? content : [content ?? ''];
  return (parts.length > 0 ? parts : ['']).map((part) => partBlock(part) ?? otherBlock(part));
}

function thoughtBlock(part: JsonObject): JsonObject | null {
  const { reasoningText = part, summary } = part;
  const text = ['reasoning', 'thinking', 'text'].map((key) => textAt(reasoningText, key)).find(isText);
  if (text !== undefined) return reasoningBlock(text, textAt(reasoningText, 'signature'));
  if (!Array.isArray(summary)) return null;
  return reasoningBlock(
    summary
      .map((one) => textAt(one, 'text'))
      .filter(isText)
      .join('\n'),
  );
}

const isText = (value: string | undefined): value is string => value !== undefined;

/** A call as a part of the content: a provider's own form, or LangChain's. */
function callBlock(part: JsonObject, type: string): JsonObject | null {
  if (!/^(tool_use|tool_call|server_tool_use|server_tool_call|invalid_tool_call|function_call)$/.test(type))
    return null;
  const { input = part.args ?? part.arguments ?? {} } = part;
  return toolUseBlock(idIn(part) ?? '', textAt(part, 'name') ?? type, input);
}

/** The id by which a part and the message's `tool_calls` name the same call. */
export const idIn = (part: JsonValue): string | undefined => textAt(part, 'call_id') ?? textAt(part, 'id');

/** What a provider's own tool gave, in the same message. */
function resultBlock(part: JsonObject, type: string): JsonObject | null {
  const id = textAt(part, 'toolCallId') ?? textAt(part, 'tool_call_id') ?? textAt(part, 'tool_use_id');
  if (id === undefined || !type.endsWith('_result')) return null;
  return toolResultBlock(id, { value: part.output ?? part.content ?? null }, statusIn(part));
}

export const statusIn = ({ status }: JsonObject): 'success' | 'error' =>
  status === 'error' ? 'error' : 'success';

const MEDIA = /^(?:input_)?(image|audio|video|file|document|media)(?:_url)?$/;

function mediaPart(part: JsonObject, type: string): JsonObject | null {
  const kind = MEDIA.exec(type)?.[1];
  if (kind === undefined) return null;
  const held = part[type] ?? part.source ?? part[kind] ?? part;
  const data = typeof held === 'string' ? held : first(held, ['data', 'url', 'file_data', 'file_url']);
  if (data === undefined) return null;
  const format = textAt(held, 'format');
  return mediaBlock({
    data,
    kind: kind === 'image' || kind === 'audio' || kind === 'video' ? kind : 'document',
    mediaType: first(held, ['mimeType', 'mime_type', 'media_type']) ?? (format && `${kind}/${format}`),
    name:
      first(held, ['filename', 'name']) ??
      first(part, ['filename', 'title']) ??
      textAt(part.metadata, 'filename'),
  });
}

const first = (value: JsonValue | undefined, keys: readonly string[]): string | undefined =>
  keys.map((key) => textAt(value, key)).find(isText);
