import { isJsonObject, type JsonObject, type JsonValue, textOr } from '../domain/json/json-value.js';
import { toolResultContent } from '../domain/sessions/block-kinds.js';
import { speechOf } from '../domain/sessions/block-speech.js';
import { base64Digits } from '../domain/sessions/message-content.js';
import { toPlain } from './plain.js';

/*
 * Blocks in Strands' shape, in which every framework's items are shown. They share the objects that they are given.
 */

export const textBlock = (text: string): JsonObject => ({ text });

/** What an item says that no block can show: an UnknownBlock, whole. */
export const otherBlock = (item: JsonValue): JsonObject => ({ unknown: item });

export const reasoningBlock = (text: string, signature?: string): JsonObject => ({
  reasoningContent: { reasoningText: { text, ...(signature === undefined ? {} : { signature }) } },
});

/** Longer arguments are shown as the text that they are, where their JSON does not print back the same: they would be stored twice. */
const SHORT = 1_000;

/** `input`: the value, or its JSON text. */
export function toolUseBlock(toolUseId: string, name: string, input: JsonValue): JsonObject {
  return { toolUse: { toolUseId, name, input: typeof input === 'string' ? inputOf(input) : input } };
}

function inputOf(text: string): JsonValue {
  try {
    const { value } = toPlain(JSON.parse(text), 'arguments');
    return text.length <= SHORT || JSON.stringify(value) === text ? value : text;
  } catch {
    return text;
  }
}

/** `output`: blocks of a result (text, image, document, video), or any other value. */
export function toolResultBlock(
  toolUseId: string,
  output: readonly JsonObject[] | { value: JsonValue },
  status: 'success' | 'error' = 'success',
): JsonObject {
  const content = 'value' in output ? [valueBlock(output.value)] : [...output];
  return { toolResult: { toolUseId, status, content } };
}

/** What a result says, for a framework that takes a text: that of its blocks, or else their JSON. `content`: as the block has it. */
export const resultText = (content: JsonValue | undefined): string =>
  (toolResultContent(content) ?? [])
    .map((block) => speechOf([block]) || JSON.stringify(block.json ?? block))
    .join('\n');

const valueBlock = (value: JsonValue): JsonObject =>
  typeof value === 'string' ? { text: value } : { json: value };

const KINDS: Readonly<Record<string, string>> = { image: 'image', video: 'video', audio: 'audio' };

export interface Media {
  /** Such as `image/png`. */
  mediaType?: string | undefined;
  /** A data URL, another URL, or base64. */
  data: string;
  name?: string | undefined;
  /** What it is where no media type tells. */
  kind?: 'image' | 'document' | 'video' | 'audio' | undefined;
}

/** An image, a recording, a video or else a document: its bytes, or where it lies. */
export function mediaBlock({ mediaType, data, name, kind }: Media): JsonObject {
  const url = /^data:([^;,]*)(?:;[^,]*)?;base64,/.exec(data.slice(0, 1_000));
  const bytes = url ? data.slice(url[0].length) : data;
  const type = mediaType || url?.[1] || '';
  const [family = '', subtype = ''] = type.split('/');
  const shown = KINDS[family] ?? kind ?? 'document';
  const source = base64Digits(bytes) !== null ? { bytes } : { url: data };
  return {
    [shown]: {
      ...(subtype ? { format: subtype.replace(/^x-/, '') } : {}),
      ...(name === undefined ? {} : { name }),
      source,
    },
  };
}

/** The image in a block: where it lies, or its bytes as base64. Null for any other block. */
export function imageIn({ image }: JsonObject): { url: string } | { mediaType: string; data: string } | null {
  if (!isJsonObject(image) || !isJsonObject(image.source)) return null;
  const { bytes, url } = image.source;
  if (typeof url === 'string') return { url };
  return typeof bytes === 'string'
    ? { mediaType: `image/${textOr(image.format, 'png')}`, data: bytes }
    : null;
}

/** The same as one address, for frameworks that take that alone. */
export function imageUrlIn(block: JsonObject): string | null {
  const image = imageIn(block);
  if (!image) return null;
  return 'url' in image ? image.url : `data:${image.mediaType};base64,${image.data}`;
}

/** The members that are texts. */
export const textAt = (value: JsonValue | undefined, key: string): string | undefined => {
  const member = isJsonObject(value) ? value[key] : undefined;
  return typeof member === 'string' ? member : undefined;
};
