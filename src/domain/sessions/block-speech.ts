import type { Steps } from '../async/in-slices.js';
import { bodyOf, isJsonObject, type JsonObject, type JsonValue, textOr } from '../json/json-value.js';

/*
 * What was said and what was thought, whoever wrote it: Strands in Python and in TypeScript, the AI SDK, OpenAI, Anthropic, ADK,
 * LangChain, Pydantic AI and Agent Framework.
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
  'reasoning_content',
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
  // LangChain puts Bedrock's thoughts one level deeper, in Python and in JavaScript.
  const inner = bodyOf(block.reasoning_content ?? block.reasoningText);
  const text = [block.thinking, block.reasoning, block.text, block.content, block.summary, inner.text].find(
    saysSomething,
  );
  const signature = block.signature ?? block.thoughtSignature ?? block.thought_signature ?? inner.signature;
  const hidden = block.data ?? block.encrypted_content ?? block.redactedContent;
  return thought(textsOf(text), signature, hidden);
}

/** The text of a block that is nothing else; null for any other: a thought is no speech. */
export const textIn = (block: JsonObject): string | null => (thoughtIn(block) ? null : textBesides(block));

/** The same of one that holds no thought. */
export function textBesides(block: JsonObject): string | null {
  if (typeof block.text === 'string') return block.text;
  if (block.type === 'refusal' && typeof block.refusal === 'string') return block.refusal;
  if (block.type === 'message') return textOfMessage(block.content ?? block.contents);
  return isSpokenPart(block) ? (block.content as string) : null;
}

/** OpenAI and Agent Framework have a whole message where others have a block. */
function textOfMessage(content: JsonValue | undefined): string | null {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return null;
  const texts = content.flatMap((part) => (isJsonObject(part) ? (textIn(part) ?? []) : []));
  return texts.length > 0 ? texts.join('') : null;
}

/** What a message says: its texts and its cited texts, in order, joined by line feeds. */
export const speechOf = (content: readonly JsonObject[]): string => content.flatMap(saidIn).join('\n');

/** Blocks that are looked through in one step. */
export const SPOKEN_AT_ONCE = 500;

/** The same of very many blocks. */
export function* speechSteps(content: readonly JsonObject[]): Steps<string> {
  const said: string[] = [];
  for (let start = 0; start < content.length; start += SPOKEN_AT_ONCE) {
    for (const text of content.slice(start, start + SPOKEN_AT_ONCE).flatMap(saidIn)) said.push(text);
    yield;
  }
  return said.join('\n');
}

const saidIn = (block: JsonObject): string | readonly string[] => textIn(block) ?? citedText(block) ?? [];

function citedText(block: JsonObject): string | null {
  const cited = citationsIn(block);
  return (cited && textsOf(cited.parts)) || null;
}

/** Generated text with its sources, as Strands writes it in Python and in TypeScript; null for any other block. */
export function citationsIn(block: JsonObject): { parts: JsonObject[]; citations: JsonObject[] } | null {
  const body = block.citationsContent ?? block.citations;
  // Anthropic's documents have `citations` that only say whether they are to be cited.
  if (!isJsonObject(body) || (body.content ?? body.citations) === undefined) return null;
  const { content = [], citations = [] } = body;
  if (!isObjectList(content) || !isObjectList(citations)) return null;
  return { parts: content as JsonObject[], citations: citations as JsonObject[] };
}

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
