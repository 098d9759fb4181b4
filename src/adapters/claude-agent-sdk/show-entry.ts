import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json/json-value.js';
import { speechOf } from '../../domain/sessions/block-speech.js';
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

/**
 * How an entry of a transcript is shown. Those that are no message, such as titles, snapshots and attachments, are the system's: each an
 * UnknownBlock.
 */
export function showEntry(entry: JsonValue): Shown {
  const type = textAt(entry, 'type');
  const notice = textAt(entry, 'content');
  if (isJsonObject(entry)) {
    if (type === 'assistant' && isJsonObject(entry.message)) {
      const author = textAt(entry, 'attributionAgent');
      return { role: 'assistant', author, content: blocksOf(entry.message.content) };
    }
    if (type === 'user' && isJsonObject(entry.message)) {
      const content = blocksOf(entry.message.content);
      return { role: 'user', author: authorOf(entry, content), content };
    }
  }
  const says = type === 'system' && notice;
  return { role: 'user', author: 'system', content: [says ? textBlock(notice) : otherBlock(entry)] };
}

/** What no person has written. */
function authorOf(entry: JsonObject, content: readonly JsonObject[]): string | undefined {
  if (content.some(({ toolResult }) => toolResult !== undefined)) return 'tool';
  const { isMeta, isCompactSummary, promptSource } = entry;
  const isNotice = isMeta === true || isCompactSummary === true || promptSource === 'system';
  return isNotice || speechOf(content).startsWith('<local-command-') ? 'system' : undefined;
}

function blocksOf(content: JsonValue | undefined): JsonObject[] {
  if (typeof content === 'string') return [textBlock(content)];
  return Array.isArray(content) ? content.map((part) => blockOf(part)) : [otherBlock(content ?? null)];
}

function blockOf(part: JsonValue): JsonObject {
  const spoken = spokenBlock(part);
  if (spoken) return spoken;
  const type = textAt(part, 'type') ?? '';
  if (!isJsonObject(part)) return otherBlock(part);
  const { name, id, tool_use_id: callId, input = {} } = part;
  if (/(^|_)tool_use$/.test(type) && typeof id === 'string' && typeof name === 'string') {
    return toolUseBlock(id, name, input);
  }
  if (/(^|_)tool_result$/.test(type) && typeof callId === 'string') return resultBlock(part, callId);
  if (type === 'thinking') return reasoningBlock(textAt(part, 'thinking') ?? '', textAt(part, 'signature'));
  // It shows as a thought that is hidden.
  return type === 'redacted_thinking' ? part : otherBlock(part);
}

/** What a message, and a tool's result, may hold; null for anything else. */
function spokenBlock(part: JsonValue): JsonObject | null {
  const text = textAt(part, 'text');
  const [, kind] = /^(?:(text)|image|document)$/.exec(textAt(part, 'type') ?? '') ?? [null, null];
  if (kind === 'text' && text !== undefined) return textBlock(text);
  if (kind === null || !isJsonObject(part) || !isJsonObject(part.source)) return null;
  const { source } = part;
  if (source.type === 'text') return typeof source.data === 'string' ? textBlock(source.data) : null;
  const data = textAt(source, 'data') ?? textAt(source, 'url');
  if (data === undefined) return null;
  const shown = part.type as 'image' | 'document';
  return mediaBlock({
    data,
    kind: shown,
    mediaType: textAt(source, 'media_type'),
    name: textAt(part, 'title'),
  });
}

function resultBlock({ content = [], is_error: failed }: JsonObject, callId: string): JsonObject {
  const status = failed === true ? 'error' : 'success';
  if (!Array.isArray(content)) return toolResultBlock(callId, { value: content }, status);
  const blocks = content.map((part) => spokenBlock(part) ?? { json: part });
  return toolResultBlock(callId, blocks, status);
}
