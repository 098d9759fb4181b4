import type { JsonObject } from '../../domain/json/json-value.js';
import type { ReplyPiece } from '../../domain/replies/reply-piece.js';
import { textAt } from '../blocks.js';

/** What people are to read of an AG-UI event, in the block that its ids name; one piece at most has a text. */
export function shownOf(chunk: JsonObject): ReplyPiece[] {
  const type = textAt(chunk, 'type') ?? '';
  const text = textAt(chunk, 'delta') ?? textAt(chunk, 'content') ?? '';
  const toolUseId = textAt(chunk, 'toolCallId');
  switch (type) {
    case 'TEXT_MESSAGE_CONTENT':
      return [{ kind: 'text', id: textAt(chunk, 'messageId') ?? '', text }];
    case 'REASONING_MESSAGE_CONTENT':
    case 'THINKING_TEXT_MESSAGE_CONTENT':
      return [{ kind: 'reasoning', id: textAt(chunk, 'messageId') ?? '', text }];
    case 'TOOL_CALL_START':
      return toolUseId === undefined
        ? []
        : [{ kind: 'tool-input', toolUseId, name: textAt(chunk, 'toolCallName') ?? '', text: '' }];
    case 'TOOL_CALL_ARGS':
      return toolUseId === undefined ? [] : [{ kind: 'tool-input', toolUseId, name: '', text }];
    case 'TOOL_CALL_RESULT':
      return toolUseId === undefined ? [] : [{ kind: 'tool-result', toolUseId, text }];
    default:
      return [];
  }
}
