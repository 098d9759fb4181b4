import { ParleyError } from './errors.js';
import type { JsonValue } from './json.js';
import { quote } from './names.js';

/** Deepest nesting of a stored value; MongoDB refuses documents nested deeper than about 100 levels. */
export const MAX_JSON_DEPTH = 64;

/**
 * Refuses what a database would change or refuse: lone surrogates, NUL in keys, numbers that are not finite, objects that
 * are not plain (a Date, a Map), too deep nesting. `where` names the value in the error. BAD_USER_INPUT.
 */
export function checkJson(value: JsonValue, where: string): void {
  visit(value, where, 0, () => {});
}

/** As `checkJson`, for metadata, whose keys must also work as segments of a path. INVALID_METADATA_PATH for a key. */
export function checkMetadataValue(value: JsonValue, where: string): void {
  visit(value, where, 0, (key, at) => {
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
        `${at}: the key ${quote(key)} ${reason}. Rename it, or nest objects.`,
      );
    }
  });
}

function visit(
  value: JsonValue,
  where: string,
  depth: number,
  checkKey: (key: string, at: string) => void,
): void {
  if (depth > MAX_JSON_DEPTH) {
    throw new ParleyError('BAD_USER_INPUT', `${where} is nested deeper than ${MAX_JSON_DEPTH} levels.`);
  }
  if (typeof value === 'string') {
    checkWellFormed(value, where);
  } else if (typeof value === 'number') {
    if (!Number.isFinite(value))
      throw new ParleyError('BAD_USER_INPUT', `${where} holds a number that is not finite.`);
  } else if (Array.isArray(value)) {
    for (const element of value) visit(element, where, depth + 1, checkKey);
  } else if (typeof value === 'object' && value !== null) {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      const name = prototype.constructor?.name ?? 'object';
      throw new ParleyError('BAD_USER_INPUT', `${where} holds a ${name}, which JSON cannot carry.`);
    }
    for (const [key, child] of Object.entries(value)) {
      checkWellFormed(key, where);
      if (key.includes('\0'))
        throw new ParleyError('BAD_USER_INPUT', `${where}: the key ${quote(key)} holds a NUL.`);
      checkKey(key, where);
      visit(child, where, depth + 1, checkKey);
    }
  } else if (value !== null && typeof value !== 'boolean') {
    throw new ParleyError(
      'BAD_USER_INPUT',
      `${where} holds a value of type ${typeof value}, which JSON cannot carry.`,
    );
  }
}

/** Text without lone surrogates, which neither database can keep. BAD_USER_INPUT. */
export function checkWellFormed(text: string, where: string): void {
  if (!text.isWellFormed()) {
    throw new ParleyError('BAD_USER_INPUT', `${where} holds a lone surrogate; send well-formed text.`);
  }
}
