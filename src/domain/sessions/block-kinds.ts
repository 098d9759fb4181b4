import { bodyOf, isJsonObject, type JsonObject, type JsonValue, textOr } from '../json/json-value.js';
import { citationsIn, textBesides, thoughtIn } from './block-speech.js';

/*
 * Which kind of block a stored one is, and what it needs to be one. Every other shape is kept and shown as it is.
 */

/** The kinds that hold bytes, or say where they lie, in `source`: the key of a block in Strands' shape. */
export const MEDIA = ['image', 'document', 'video', 'audio'] as const;

type MediaKind = (typeof MEDIA)[number];

export type BlockKind =
  | 'text'
  | 'reasoning'
  | 'citations'
  | 'toolUse'
  | 'toolResult'
  | 'guardContent'
  | 'cachePoint'
  | MediaKind
  | 'unknown';

/** A part that a kind must have. */
interface Part {
  path: string;
  expected: string;
  isThere(body: JsonObject): boolean;
}

const text = (path: string): Part => ({
  path,
  expected: 'a string',
  isThere: (body) => typeof body[path] === 'string',
});
const source: Part = {
  path: 'source',
  expected: 'an object',
  isThere: (body) => isJsonObject(body.source),
};

/** The kinds that are told by a key, with what must stand there. */
const KEYED: [kind: Exclude<BlockKind, 'text' | 'reasoning' | 'citations' | 'unknown'>, parts: Part[]][] = [
  ['toolUse', [text('toolUseId'), text('name')]],
  [
    'toolResult',
    [
      text('toolUseId'),
      {
        path: 'content',
        expected: 'a text, or a list of blocks',
        isThere: ({ content }) => toolResultContent(content) !== null,
      },
    ],
  ],
  ...MEDIA.map((kind): [MediaKind, Part[]] => [kind, [source]]),
  [
    'guardContent',
    [
      {
        path: 'text',
        expected: 'an object with a text',
        isThere: ({ text, image }) => typeof bodyOf(text).text === 'string' || isJsonObject(image),
      },
    ],
  ],
  ['cachePoint', []],
];

/** The kind; `unknown` for a shape that is none of them, or lacks a part. */
export function kindOf(block: JsonObject): BlockKind {
  if (thoughtIn(block)) return 'reasoning';
  if (textBesides(block) !== null) return 'text';
  if (citationsIn(block)) return 'citations';
  for (const found of KEYED) {
    const [kind] = found;
    if (isJsonObject(block[kind])) return lackOf(block, found) === null ? kind : 'unknown';
  }
  return 'unknown';
}

/**
 * What is wrong with a block that pairs a call with its result, or with one whose text is none: agents cannot go on from these.
 * Null where nothing is. Some libraries write every member that a block may have, with null for those that it has not.
 */
export function faultIn(block: JsonObject): { path: string; expected: string } | null {
  if ((block.text ?? null) !== null && typeof block.text !== 'string')
    return { path: 'text', expected: 'a string' };
  for (const found of KEYED) {
    const [kind] = found;
    if ((kind !== 'toolUse' && kind !== 'toolResult') || (block[kind] ?? null) === null) continue;
    if (!isJsonObject(block[kind])) return { path: kind, expected: 'an object' };
    const lack = lackOf(block, found);
    if (lack) return lack;
  }
  return null;
}

function lackOf(block: JsonObject, [kind, parts]: (typeof KEYED)[number]) {
  const lack = parts.find((part) => !part.isThere(bodyOf(block[kind])));
  return lack ? { path: `${kind}.${lack.path}`, expected: lack.expected } : null;
}

/** What a tool answered: blocks, of which a bare text is one. */
export function toolResultContent(content: JsonValue | undefined): JsonObject[] | null {
  if (typeof content === 'string') return [{ text: content }];
  if (!Array.isArray(content)) return null;
  const blocks = content.map((item) => (typeof item === 'string' ? { text: item } : item));
  return blocks.every(isJsonObject) ? blocks : null;
}

const TOOL_RESULT_TYPES = new Set([
  'tool_result',
  'tool-result',
  'function_result',
  'function_call_output',
  'function_call_result',
]);

/** Whether a block answers a tool call, in the shape of Strands, Anthropic, the AI SDK, OpenAI, ADK or Pydantic AI. */
export const isToolResult = (block: JsonObject): boolean =>
  [block.toolResult, block.functionResponse, block.function_response].some(isJsonObject) ||
  TOOL_RESULT_TYPES.has(textOr(block.type, '')) ||
  block.part_kind === 'tool-return';
