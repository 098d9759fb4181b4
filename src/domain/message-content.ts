import { checkJson } from './check-json.js';
import { ParleyError } from './errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from './json.js';
import { quote } from './names.js';

/** Where the message's content comes from: one of the two, as callers give it. */
export interface ContentInput {
  text?: string | null | undefined;
  content?: readonly JsonObject[] | null | undefined;
}

/**
 * The content blocks of a message as they are stored, checked. Blocks are in Strands' shape with bytes as base64; a
 * block of an unknown kind is kept as it is. `where` names the message in errors. BAD_USER_INPUT.
 */
export function contentOf(input: ContentInput, where: string): JsonObject[] {
  const { text, content } = input;
  const hasText = text !== undefined && text !== null;
  const hasContent = content !== undefined && content !== null;
  if (hasText === hasContent) {
    throw new ParleyError('BAD_USER_INPUT', `${where} needs exactly one of text and content.`);
  }
  const blocks = hasText ? [{ text }] : [...(content as readonly JsonObject[])];
  if (blocks.length === 0)
    throw new ParleyError('BAD_USER_INPUT', `${where}: content needs at least one block.`);
  blocks.forEach((block, index) => {
    checkBlock(block, `${where}.content[${index}]`);
  });
  return blocks;
}

function checkBlock(block: JsonObject, where: string): void {
  checkJson(block, where);
  if (Object.keys(block).length === 0) {
    throw new ParleyError('BAD_USER_INPUT', `${where} is empty; a block has a key such as text or toolUse.`);
  }
  if (Object.hasOwn(block, 'text') && typeof block.text !== 'string') throw wrong(where, 'text', 'a string');
  const { toolUse, toolResult } = block;
  if (toolUse !== undefined) {
    const use = objectAt(toolUse, where, 'toolUse');
    stringAt(use.toolUseId, where, 'toolUse.toolUseId');
    stringAt(use.name, where, 'toolUse.name');
  }
  if (toolResult !== undefined) {
    const result = objectAt(toolResult, where, 'toolResult');
    stringAt(result.toolUseId, where, 'toolResult.toolUseId');
    if (!Array.isArray(result.content)) throw wrong(where, 'toolResult.content', 'a list of blocks');
  }
  for (const [path, bytes] of bytesIn(block)) {
    if (typeof bytes !== 'string' || !isBase64(bytes)) throw wrong(where, path, 'base64');
  }
}

/**
 * The places at which a block holds bytes, with what is there: base64 here, Binary in a MongoDB document. Strands puts
 * them at `source.bytes` of images, documents and videos, also inside tool results and guard content, and at
 * `reasoningContent.redactedContent`.
 */
export function bytesIn(block: JsonObject): [path: string, value: JsonValue][] {
  const found: [string, JsonValue][] = [];
  const take = (holder: JsonValue | undefined, key: string, path: string) => {
    if (isJsonObject(holder) && holder[key] !== undefined) found.push([path, holder[key]]);
  };
  const takeMedia = (holder: JsonObject, prefix: string) => {
    for (const kind of ['image', 'document', 'video']) {
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

function isBase64(text: string): boolean {
  return text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text);
}

function objectAt(value: JsonValue, where: string, path: string): JsonObject {
  if (!isJsonObject(value)) throw wrong(where, path, 'an object');
  return value;
}

function stringAt(value: JsonValue | undefined, where: string, path: string): void {
  if (typeof value !== 'string') throw wrong(where, path, 'a string');
}

const wrong = (where: string, path: string, expected: string) =>
  new ParleyError('BAD_USER_INPUT', `${where}: ${quote(path)} must be ${expected}.`);
