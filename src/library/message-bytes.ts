import { ParleyError } from '../domain/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json/json-value.js';
import { replaceBytes } from '../domain/sessions/message-content.js';

/** A content block in Strands' shape; bytes of images, documents and videos are a Uint8Array (base64 is understood too). */
export type ContentBlock = { [key: string]: unknown };

/** What stands beside the content of a message: JSON, or what JSON.stringify makes it of. */
export type MessageMetadata = { [key: string]: unknown };

/** Deeper values are refused as such. */
const MAX_DEPTH = 100;

/** The block as the service takes it: bytes as base64, and what an agent in Node holds beside JSON in JSON's words. BAD_USER_INPUT. */
export function blockToJson(block: ContentBlock, where: string): JsonObject {
  if (!isJsonObject(block))
    throw new ParleyError('BAD_USER_INPUT', `${where} must be an object such as {text}.`);
  return plain(block, 0) as JsonObject;
}

/** What stands beside the content, as JSON.stringify has it: a Date is its ISO string, and null where it is invalid. */
export const metadataToJson = (metadata: MessageMetadata | undefined): JsonObject | undefined =>
  plain(metadata, 0) as JsonObject | undefined;

/** What is read: the same places hold bytes again. */
export const blockFromJson = (block: JsonObject): ContentBlock =>
  // A Uint8Array is no JSON: what is read by callers is wider than what is stored.
  replaceBytes(block, (value) =>
    typeof value === 'string'
      ? (new Uint8Array(Buffer.from(value, 'base64')) as unknown as JsonValue)
      : value,
  );

/**
 * What JSON carries of a value, as JSON.stringify has it: members that are undefined are absent, a Date is its ISO string, a URL
 * its address; bytes are base64. What it cannot carry stays, and is refused with its path.
 */
function plain(value: unknown, depth: number): unknown {
  if (value instanceof Date) return value.toJSON();
  if (value instanceof URL) return value.href;
  if (value instanceof Uint8Array) return base64(value);
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => plain(item, depth + 1) ?? null);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, member]) => member !== undefined)
      .map(([key, member]) => [key, plain(member, depth + 1)]),
  );
}

const base64 = (bytes: Uint8Array) =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
