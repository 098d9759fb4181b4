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
import type { Shown } from '../envelope.js';

/** How a UIMessage is shown. A part of a kind that is not known here is an UnknownBlock. */
export function showMessage(message: JsonValue): Shown {
  if (!isJsonObject(message)) return { role: 'user', content: [otherBlock(message)] };
  const { role, parts, metadata } = message;
  const content = Array.isArray(parts) ? parts.flatMap(showPart) : [otherBlock(message)];
  const usage = usageIn(metadata);
  if (role === 'assistant' || role === 'user') return { role, content, approvals: approvalsIn(parts), usage };
  return { role: 'user', author: typeof role === 'string' ? role : undefined, content, usage };
}

function showPart(part: JsonValue): JsonObject[] {
  const type = textAt(part, 'type') ?? '';
  const text = textAt(part, 'text');
  if (!isJsonObject(part)) return [otherBlock(part)];
  if (type === 'step-start') return [];
  if (type === 'text' && text !== undefined) return [textBlock(text)];
  if (type === 'reasoning' && text !== undefined) return [reasoningBlock(text, signatureIn(part))];
  const url = textAt(part, 'url');
  if ((type === 'file' || type === 'reasoning-file') && url !== undefined)
    return [mediaBlock({ data: url, mediaType: textAt(part, 'mediaType'), name: textAt(part, 'filename') })];
  const toolCallId = textAt(part, 'toolCallId');
  const name = type === 'dynamic-tool' ? textAt(part, 'toolName') : /^tool-(.+)$/s.exec(type)?.[1];
  if (toolCallId !== undefined && name !== undefined) return showTool(part, toolCallId, name);
  return [otherBlock(part)];
}

/** The calls that the page is to ask for. */
function approvalsIn(parts: JsonValue | undefined): string[] {
  if (!Array.isArray(parts)) return [];
  return parts.flatMap((part) =>
    textAt(part, 'state') === 'approval-requested' ? (textAt(part, 'toolCallId') ?? []) : [],
  );
}

/** What a provider wants to see again with its thought; Anthropic and Amazon Bedrock name it so. */
function signatureIn({ providerMetadata }: JsonObject): string | undefined {
  if (!isJsonObject(providerMetadata)) return undefined;
  return Object.values(providerMetadata)
    .map((one) => textAt(one, 'signature'))
    .find((signature) => signature !== undefined);
}

/** A call and, where there is one, its answer: in a UIMessage they are one part. */
function showTool(part: JsonObject, toolCallId: string, name: string): JsonObject[] {
  const { state, output = null, approval } = part;
  const call = toolUseBlock(toolCallId, name, part.input ?? part.rawInput ?? {});
  switch (state) {
    case 'output-available':
      return [call, toolResultBlock(toolCallId, { value: output })];
    case 'output-error':
      return [call, toolResultBlock(toolCallId, { value: textAt(part, 'errorText') ?? '' }, 'error')];
    case 'output-denied':
      return [call, toolResultBlock(toolCallId, { value: textAt(approval, 'reason') ?? 'Denied.' }, 'error')];
    default:
      return [call];
  }
}

/** Where `messageMetadata` puts what the turn cost: under the name of `streamText`'s result. */
function usageIn(metadata: JsonValue | undefined): JsonObject | null {
  if (!isJsonObject(metadata)) return null;
  const usage = metadata.totalUsage ?? metadata.usage;
  return isJsonObject(usage) ? usage : null;
}
