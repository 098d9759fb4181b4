import type { UIMessage } from 'ai';
import { isJsonObject, type JsonObject, textOr } from '../../domain/json/json-value.js';
import { MEDIA } from '../../domain/sessions/block-kinds.js';
import { speechOf } from '../../domain/sessions/block-speech.js';
import { resultText } from '../blocks.js';
import type { Entry } from '../port.js';

type UIPart = UIMessage['parts'][number];

/** What tools have answered, by the id of the call. */
export type Results = ReadonlyMap<string, JsonObject>;

export const resultsIn = (entries: readonly Entry[]): Results =>
  new Map(
    entries.flatMap(({ content }) =>
      content.flatMap(({ toolResult }) =>
        isJsonObject(toolResult) ? [[String(toolResult.toolUseId), toolResult] as const] : [],
      ),
    ),
  );

/**
 * The message that one of somebody else gives: what it says, shows and calls, each call with its result, wherever that stands. Thoughts are left out, which
 * no other model takes. So a conversation may be begun by another framework, and a redacted message says what stands in its place.
 * Null where nothing is left.
 */
export function messageFromBlocks({ role, content }: Entry, id: string, results: Results): UIMessage | null {
  const parts = content.map((block) => partOf(block, results)).filter((part) => part !== null);
  return parts.length === 0 ? null : { id, role: role ?? 'user', parts };
}

function partOf(block: JsonObject, results: Results): UIPart | null {
  const text = speechOf([block]);
  if (text) return { type: 'text', text };
  if (isJsonObject(block.toolUse)) return toolPart(block.toolUse, results);
  for (const family of MEDIA) {
    const media = block[family];
    if (isJsonObject(media) && isJsonObject(media.source)) return filePart(family, media, media.source);
  }
  return null;
}

function filePart(family: string, { format, name }: JsonObject, { bytes, url }: JsonObject): UIPart | null {
  const mediaType =
    family === 'document' ? documentType(textOr(format, '')) : `${family}/${textOr(format, '*')}`;
  const part = { type: 'file' as const, mediaType, ...(typeof name === 'string' ? { filename: name } : {}) };
  if (typeof bytes === 'string') return { ...part, url: `data:${mediaType};base64,${bytes}` };
  return typeof url === 'string' ? { ...part, url } : null;
}

const OFFICE = 'application/vnd.openxmlformats-officedocument';
/** Formats of Strands' document blocks; what is none of them is a text. */
const DOCUMENTS: Readonly<Record<string, string>> = {
  pdf: 'application/pdf',
  doc: 'application/msword',
  docx: `${OFFICE}.wordprocessingml.document`,
  xls: 'application/vnd.ms-excel',
  xlsx: `${OFFICE}.spreadsheetml.sheet`,
  csv: 'text/csv',
  html: 'text/html',
};
const documentType = (format: string): string =>
  Object.hasOwn(DOCUMENTS, format) ? (DOCUMENTS[format] as string) : 'text/plain';

function toolPart({ toolUseId, name, input = {} }: JsonObject, results: Results): UIPart {
  const toolCallId = String(toolUseId);
  const call = { type: 'dynamic-tool' as const, toolName: String(name), toolCallId, input };
  const result = results.get(toolCallId);
  if (!result) return { ...call, state: 'input-available' };
  const said = resultText(result.content);
  return result.status === 'error'
    ? { ...call, state: 'output-error', errorText: said }
    : { ...call, state: 'output-available', output: said };
}
