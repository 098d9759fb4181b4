import { ParleyError } from '../errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';
import { faultIn, MEDIA } from './block-kinds.js';
import { checkJson } from './check-json.js';
import { quote } from './names.js';

/** Where the message's content comes from: one of the two, as callers give it. */
export interface ContentInput {
  text?: string | null | undefined;
  content?: readonly JsonObject[] | null | undefined;
}

/**
 * The content blocks of a message as they are stored, checked. Blocks are in Strands' shape with bytes as base64 (standard or
 * URL-safe, kept as standard, without stray bits at the end); a block of an unknown kind is kept as it is. `where` names the message in errors. BAD_USER_INPUT.
 */
export function contentOf(input: ContentInput, where: string): JsonObject[] {
  const { text, content } = input;
  const hasText = text !== undefined && text !== null;
  const hasContent = content !== undefined && content !== null;
  if (hasText === hasContent) {
    throw new ParleyError('BAD_USER_INPUT', `${where} needs exactly one of text and content.`);
  }
  const blocks = hasText ? [{ text }] : [...(content as readonly JsonObject[])];
  return blocks.map((block, index) => {
    const at = `${where}.content[${index}]`;
    checkBlock(block, at);
    return replaceBytes(block, (bytes, path) => standardBase64(bytes, at, path));
  });
}

/**
 * Base64 in the standard alphabet, of that or of the URL-safe one, padded or not, or in the wrapping of Strands' own JSON in Python
 * (`{"__bytes_encoded__": true, "data": …}`).
 */
function standardBase64(value: JsonValue, where: string, path: string): JsonValue {
  const text = isJsonObject(value) && value.__bytes_encoded__ === true ? value.data : value;
  const digits = typeof text === 'string' ? base64Digits(text) : null;
  if (digits === null) throw wrong(where, path, 'base64');
  const standard = digits.replaceAll('-', '+').replaceAll('_', '/');
  // The last digits may hold bits that belong to no byte: without them equal bytes have one spelling.
  const whole = standard.length - (standard.length % 4);
  return standard.slice(0, whole) + Buffer.from(standard.slice(whole), 'base64').toString('base64');
}

/** What is base64 in a text before its padding, in either alphabet; null where it is none. */
export function base64Digits(text: string): string | null {
  const digits = /^([A-Za-z0-9+/_-]*)={0,2}$/.exec(text)?.[1];
  if (digits === undefined || digits.length % 4 === 1) return null;
  return text.length === digits.length || text.length % 4 === 0 ? digits : null;
}

/** The block with other values where it holds bytes; the given one is not changed. */
export function replaceBytes(
  block: JsonObject,
  change: (value: JsonValue, path: string) => JsonValue,
): JsonObject {
  let changed: JsonValue = block;
  for (const [path, value] of bytesIn(block)) {
    const next = change(value, path);
    if (next !== value) changed = withValue(changed, path.split('.'), next);
  }
  return changed as JsonObject;
}

/** A copy with another value at the path, which leads somewhere. */
function withValue(parent: JsonValue, [first = '', ...rest]: string[], value: JsonValue): JsonValue {
  const copy = (Array.isArray(parent) ? [...parent] : { ...(parent as JsonObject) }) as JsonObject;
  copy[first] = rest.length === 0 ? value : withValue(copy[first] as JsonValue, rest, value);
  return copy;
}

function checkBlock(block: JsonObject, where: string): void {
  checkJson(block, where);
  if (Object.keys(block).length === 0) {
    throw new ParleyError('BAD_USER_INPUT', `${where} is empty; a block has a key such as text or toolUse.`);
  }
  const fault = faultIn(block);
  if (fault) throw wrong(where, fault.path, fault.expected);
}

/**
 * The places at which a block holds bytes, with what is there: base64 here, Binary in a MongoDB document. Strands puts
 * them at `source.bytes` of images, documents, videos and audio, also inside tool results and guard content, and at
 * `reasoningContent.redactedContent`.
 */
export function bytesIn(block: JsonObject): [path: string, value: JsonValue][] {
  const found: [string, JsonValue][] = [];
  const take = (holder: JsonValue | undefined, key: string, path: string) => {
    if (isJsonObject(holder) && (holder[key] ?? null) !== null) found.push([path, holder[key] as JsonValue]);
  };
  const takeMedia = (holder: JsonObject, prefix: string) => {
    for (const kind of MEDIA) {
      const media = holder[kind];
      if (isJsonObject(media)) take(media.source, 'bytes', `${prefix}${kind}.source.bytes`);
    }
  };
  takeMedia(block, '');
  take(block.reasoningContent, 'redactedContent', 'reasoningContent.redactedContent');
  if (isJsonObject(block.guardContent)) takeMedia(block.guardContent, 'guardContent.');
  if (isJsonObject(block.toolResult) && Array.isArray(block.toolResult.content)) {
    block.toolResult.content.forEach((inner, index) => {
      if (isJsonObject(inner)) takeMedia(inner, `toolResult.content.${index}.`);
    });
  }
  return found;
}

const wrong = (where: string, path: string, expected: string) =>
  new ParleyError('BAD_USER_INPUT', `${where}: ${quote(path)} must be ${expected}.`);
