import { ParleyError } from '../errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';
import { quote } from './names.js';
import { MAX_ARRAY_PADDING } from './session-bounds.js';

/**
 * MongoDB's `$set` on plain JSON, in place: a segment of digits indexes an array where there is one, missing
 * parents become objects, an index past the end pads with null. INVALID_METADATA_PATH through a scalar.
 */
export function setPath(root: JsonObject, path: string, value: JsonValue): void {
  const segments = path.split('.');
  const last = segments.pop() as string;
  let parent: JsonValue = root;
  for (const segment of segments) {
    let child = getChild(parent, segment);
    if (child === undefined) {
      child = {};
      setChild(parent, segment, child, path);
    }
    parent = child;
  }
  setChild(parent, last, value, path);
}

/** As `setPath` leaves the object: what stands on the way is copied, and all else is shared with it. */
export function withPath(root: JsonObject, path: string, value: JsonValue): JsonObject {
  const copy: JsonObject = { ...root };
  let parent: JsonValue = copy;
  for (const segment of path.split('.').slice(0, -1)) {
    const child = getChild(parent, segment);
    if (typeof child !== 'object' || child === null) break;
    const own = Array.isArray(child) ? [...child] : { ...child };
    setChild(parent, segment, own, path);
    parent = own;
  }
  setPath(copy, path, value);
  return copy;
}

/** MongoDB's `$unset`, in place: an array element becomes null, a missing path is left alone. */
export function unsetPath(root: JsonObject, path: string): void {
  const segments = path.split('.');
  const last = segments.pop() as string;
  let parent: JsonValue | undefined = root;
  for (const segment of segments) {
    parent = getChild(parent, segment);
    if (parent === undefined) return;
  }
  if (Array.isArray(parent)) {
    const index = arrayIndex(last);
    if (index !== null && index < parent.length) parent[index] = null;
  } else if (isJsonObject(parent)) {
    delete parent[last];
  }
}

/** The value at a dotted path, undefined where there is none. Digits index arrays; nothing reaches into elements. */
export function getPath(root: JsonObject, path: string): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const segment of path.split('.')) {
    value = getChild(value, segment);
    if (value === undefined) return undefined;
  }
  return value;
}

/** Only the given paths of `root`, nested as they are there; array positions are kept by their index as a key. */
export function pickPaths(root: JsonObject, paths: readonly string[]): JsonObject {
  const picked: JsonObject = {};
  for (const path of paths) {
    const value = getPath(root, path);
    if (value !== undefined) setPath(picked, path, value);
  }
  return picked;
}

function getChild(parent: JsonValue | undefined, segment: string): JsonValue | undefined {
  if (Array.isArray(parent)) {
    const index = arrayIndex(segment);
    return index === null ? undefined : parent[index];
  }
  return isJsonObject(parent) && Object.hasOwn(parent, segment) ? parent[segment] : undefined;
}

function setChild(parent: JsonValue, segment: string, value: JsonValue, path: string): void {
  if (Array.isArray(parent)) {
    const index = arrayIndex(segment);
    if (index === null) throw notAField(path, segment, `an array of ${parent.length}`);
    if (index > parent.length + MAX_ARRAY_PADDING) throw tooFar(path, segment);
    while (parent.length < index) parent.push(null);
    parent[index] = value;
  } else if (isJsonObject(parent)) {
    // Not an assignment: `__proto__` is a key like any other.
    Object.defineProperty(parent, segment, { value, writable: true, enumerable: true, configurable: true });
  } else {
    throw notAField(path, segment, parent === null ? 'null' : `a ${typeof parent}`);
  }
}

function arrayIndex(segment: string): number | null {
  return /^(0|[1-9]\d{0,8})$/.test(segment) ? Number(segment) : null;
}

const notAField = (path: string, segment: string, what: string) =>
  new ParleyError(
    'INVALID_METADATA_PATH',
    `Metadata path ${quote(path)}: ${quote(segment)} cannot be set in what is stored there, ${what}.`,
  );

export const tooFar = (path: string, segment: string) =>
  new ParleyError(
    'INVALID_METADATA_PATH',
    `Metadata path ${quote(path)}: ${quote(segment)} is more than ${MAX_ARRAY_PADDING} elements past the end of the list that is stored there. Set the whole list.`,
  );
