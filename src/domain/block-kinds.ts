import { bodyOf, isJsonObject, type JsonObject, type JsonValue, textOr } from './json.js';

/*
 * Which kind of block a stored one is, whoever wrote it: Strands in Python and in TypeScript, and the shapes of the AI SDK,
 * OpenAI, Anthropic, ADK, LangChain, Pydantic AI and Agent Framework for what was said and what was thought. Every other
 * shape is kept and shown as it is.
 */

/** What a model thought before it answered. */
export interface Thought {
  text: string;
  signature: string | null;
  /** What the provider hides. */
  redactedContent: string | null;
}

const THOUGHT_TYPES = new Set([
  'reasoning',
  'reasoning_text',
  'summary_text',
  'thinking',
  'redacted_thinking',
  'text_reasoning',
]);

/** The thought in a block; null where it holds none. */
export function thoughtIn(block: JsonObject): Thought | null {
  const { reasoningContent, reasoning } = block;
  if (isJsonObject(reasoningContent)) {
    const { reasoningText, redactedContent } = reasoningContent;
    const { text, signature } = bodyOf(reasoningText);
    if (typeof text !== 'string' && typeof redactedContent !== 'string') return null;
    return thought(text, signature, redactedContent);
  }
  if (isJsonObject(reasoning)) return thought(reasoning.text, reasoning.signature, reasoning.redactedContent);
  if (
    !THOUGHT_TYPES.has(textOr(block.type, '')) &&
    block.thought !== true &&
    block.part_kind !== 'thinking'
  ) {
    return null;
  }
  const text = [block.thinking, block.reasoning, block.text, block.content, block.summary].find(
    saysSomething,
  );
  const signature = block.signature ?? block.thoughtSignature ?? block.thought_signature;
  return thought(textsOf(text), signature, block.data ?? block.encrypted_content);
}

/** The text of a block that is nothing else; null for any other: a thought is no speech. */
export function textIn(block: JsonObject): string | null {
  if (thoughtIn(block)) return null;
  if (typeof block.text === 'string') return block.text;
  return isSpokenPart(block) ? (block.content as string) : null;
}

/** What a message says: its text blocks, or, of an answer that is cited text alone, that; joined by line feeds. */
export function speechOf(content: readonly JsonObject[]): string {
  const texts = content.flatMap((block) => textIn(block) ?? []);
  if (texts.length > 0) return texts.join('\n');
  return content
    .flatMap((block) => citationsIn(block) ?? [])
    .map(({ parts }) => textsOf(parts))
    .join('\n');
}

/** Generated text with its sources, as Strands writes it in Python and in TypeScript; null for any other block. */
export function citationsIn(block: JsonObject): { parts: JsonObject[]; citations: JsonObject[] } | null {
  const body = block.citationsContent ?? block.citations;
  if (!isJsonObject(body)) return null;
  const { content = [], citations = [] } = body;
  if (!isObjectList(content) || !isObjectList(citations)) return null;
  return { parts: content as JsonObject[], citations: citations as JsonObject[] };
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

/** Pydantic AI names the parts of a prompt and of an answer so. */
const isSpokenPart = ({ part_kind: kind, content }: JsonObject) =>
  (kind === 'text' || kind === 'user-prompt') && typeof content === 'string';

const thought = (
  text: JsonValue | undefined,
  signature: JsonValue | undefined,
  redactedContent: JsonValue | undefined,
): Thought => ({
  text: textOr(text, ''),
  signature: textOr(signature, null),
  redactedContent: textOr(redactedContent, null),
});

const saysSomething = (value: JsonValue | undefined) => textsOf(value) !== '';

/** A text, or those of a list of parts, one after another. */
export function textsOf(value: JsonValue | undefined): string {
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return '';
  return value.map((part) => textOr(bodyOf(part).text, '')).join('');
}

const isObjectList = (value: JsonValue | undefined) => Array.isArray(value) && value.every(isJsonObject);
