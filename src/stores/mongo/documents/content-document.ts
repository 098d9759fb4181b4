import { Binary } from 'mongodb';
import type { Steps } from '../../../domain/async/in-slices.js';
import type { JsonObject } from '../../../domain/json/json-value.js';
import { bytesIn } from '../../../domain/sessions/message-content.js';
import { type Doc, isDoc, objectSteps, toBsonObject, toJsonObject } from './bson-json.js';

/** Content blocks as they are stored: base64 becomes Binary where Strands keeps bytes, and nowhere else. */
export const contentToBson = (blocks: readonly JsonObject[]): Doc[] =>
  blocks.map((block) => withBinary(toBsonObject(block), block));

/** `stored`, changed: the text that it holds in those places, which `shown` has too, is base64. */
export function withBinary(stored: Doc, shown: JsonObject): Doc {
  for (const [path, value] of bytesIn(shown)) {
    if (typeof value === 'string') putAt(stored, path.split('.'), new Binary(Buffer.from(value, 'base64')));
  }
  return stored;
}

/** Stored content, blocks or plain text as old messages have it, as blocks. */
export function contentFromBson(content: unknown): JsonObject[] {
  if (typeof content === 'string') return [{ text: content }];
  if (!Array.isArray(content)) return [];
  return content.flatMap((block: unknown) => {
    if (typeof block === 'string') return [{ text: block }];
    return isDoc(block) ? [toJsonObject(block)] : [];
  });
}

/** The same in steps. */
export function* contentSteps(content: unknown): Steps<JsonObject[]> {
  if (!Array.isArray(content)) return contentFromBson(content);
  const blocks: JsonObject[] = [];
  for (const block of content) {
    if (isDoc(block)) blocks.push(yield* objectSteps(block));
    else blocks.push(...contentFromBson([block]));
    yield;
  }
  return blocks;
}

/** Paths come from `bytesIn`, which found something at them. What is Binary already stays what it is. */
function putAt(root: Doc, path: string[], value: Binary): void {
  let parent: Doc = root;
  for (const segment of path.slice(0, -1)) parent = parent[segment] as Doc;
  const last = path.at(-1) as string;
  if (typeof parent[last] === 'string') parent[last] = value;
}
