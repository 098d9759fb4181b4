import { ParleyError } from '../errors.js';
import type { JsonValue } from '../json/json-value.js';
import { pathText } from '../json/written-numbers.js';
import { quote } from './names.js';

/** Deepest nesting of a stored value; MongoDB refuses documents nested deeper than about 100 levels. */
const MAX_JSON_DEPTH = 64;

/**
 * Refuses what a database would change or refuse: lone surrogates, NUL in keys, numbers that are not finite, objects that
 * are not plain (a Date, a Map), too deep nesting. `where` names the value in the error. BAD_USER_INPUT.
 */
export function checkJson(value: JsonValue, where: string): void {
  visit(value, where, [], () => {});
}

/** As `checkJson`, for metadata, whose keys must also work as segments of a path. INVALID_METADATA_PATH for a key. */
export function checkMetadataValue(value: JsonValue, where: string): void {
  visit(value, where, [], (key, where, path) => {
    const reason =
      key === ''
        ? 'is empty'
        : key.startsWith('$')
          ? 'begins with $'
          : key.includes('.')
            ? 'holds a dot'
            : null;
    if (reason) {
      throw new ParleyError(
        'INVALID_METADATA_PATH',
        `${where}${pathText(path)}: the key ${quote(key)} ${reason}. Rename it, or nest objects.`,
      );
    }
  });
}

type Path = (string | number)[];
type CheckKey = (key: string, where: string, path: Path) => void;

const bad = (where: string, path: Path, reason: string) =>
  new ParleyError('BAD_USER_INPUT', `${where}${pathText(path)}${reason}`);

/** `path`, which leads to the value, is as it was when this returns. */
function visit(value: JsonValue, where: string, path: Path, checkKey: CheckKey): void {
  if (path.length > MAX_JSON_DEPTH) {
    throw bad(where, [], ` is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  }
  if (typeof value === 'string') {
    if (!value.isWellFormed()) checkWellFormed(value, where + pathText(path));
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw bad(where, path, ' holds a number that is not finite.');
  } else if (Array.isArray(value)) {
    const place = path.push(0) - 1;
    for (let index = 0; index < value.length; index++) {
      path[place] = index;
      visit(value[index] as JsonValue, where, path, checkKey);
    }
    path.pop();
  } else if (typeof value === 'object' && value !== null) {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      throw bad(where, path, ` holds a ${prototype.constructor?.name ?? 'object'}, which JSON cannot carry.`);
    }
    // Of a hundred thousand members their entries take three times as long.
    for (const key of Object.keys(value)) {
      if (!key.isWellFormed()) checkWellFormed(key, where + pathText(path));
      if (key.includes('\0')) throw bad(where, path, `: the key ${quote(key)} holds a NUL.`);
      checkKey(key, where, path);
      path.push(key);
      visit(value[key] as JsonValue, where, path, checkKey);
      path.pop();
    }
  } else if (value !== null && typeof value !== 'boolean') {
    throw bad(where, path, ` holds a value of type ${typeof value}, which JSON cannot carry.`);
  }
}

/** Text without lone surrogates, which neither database can keep. BAD_USER_INPUT. */
export function checkWellFormed(text: string, where: string): void {
  if (!text.isWellFormed()) {
    throw new ParleyError('BAD_USER_INPUT', `${where} holds a lone surrogate; send well-formed text.`);
  }
}
