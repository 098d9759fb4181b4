import { ParleyError } from '../domain/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json.js';
import { bytesIn } from '../domain/message-content.js';

/** A content block in Strands' shape; bytes of images, documents and videos are a Uint8Array (base64 is understood too). */
export type ContentBlock = { [key: string]: unknown };

/** The block as the service takes it: bytes as base64, at the places where Strands has them and nowhere else. BAD_USER_INPUT. */
export function toBase64(block: ContentBlock, where: string): JsonObject {
  if (!isJsonObject(block))
    throw new ParleyError('BAD_USER_INPUT', `${where} must be an object such as {text}.`);
  return replaceBytes(block, (value) =>
    value instanceof Uint8Array
      ? Buffer.from(value.buffer, value.byteOffset, value.length).toString('base64')
      : value,
  );
}

/** What is read: the same places hold bytes again. */
export const fromBase64 = (block: JsonObject): ContentBlock =>
  replaceBytes(block, (value) =>
    typeof value === 'string' ? new Uint8Array(Buffer.from(value, 'base64')) : value,
  );

function replaceBytes(block: JsonObject, change: (value: unknown) => unknown): JsonObject {
  const places = bytesIn(block);
  if (places.length === 0) return block;
  let changed: JsonValue = block;
  for (const [path, value] of places)
    changed = withValue(changed, path.split('.'), change(value) as JsonValue);
  return changed as JsonObject;
}

/** A copy with another value at the path, which leads somewhere: what the caller holds is not changed. */
function withValue(parent: JsonValue, [first = '', ...rest]: string[], value: JsonValue): JsonValue {
  const copy = (Array.isArray(parent) ? [...parent] : { ...(parent as JsonObject) }) as JsonObject;
  copy[first] = rest.length === 0 ? value : withValue(copy[first] as JsonValue, rest, value);
  return copy;
}
