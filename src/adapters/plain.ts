import { isDeepStrictEqual, types } from 'node:util';
import { ParleyError } from '../domain/errors.js';
import type { JsonObject, JsonValue } from '../domain/json/json-value.js';
import { pathText } from '../domain/json/written-numbers.js';
import { quote } from '../domain/sessions/names.js';

/** Keys and indices from the root. */
export type Path = (string | number)[];

/**
 * What makes the exact value of a plain one again, at its place. `as`: of which kind the text there is the spelling. `surrogates`: the
 * code units, by their index, for which U+FFFD stands. `absent`: members of the object that are undefined.
 */
export type Spelling = { at: Path } & (
  | { as: 'date' | 'number' | 'bigint' | 'bytes' | 'undefined' | 'json' }
  | { absent: string[] }
  | { surrogates: [index: number, unit: number][] }
);

export interface Plain {
  value: JsonValue;
  spellings: Spelling[];
}

/** Deeper values would be too deep with what stands around them (domain/sessions/check-json.ts). */
const MAX_DEPTH = 56;

/**
 * A framework's value as JSON that every store keeps, and what makes it exact again. As JSON.stringify has it, `toJSON` is asked, what is
 * undefined is left out, or null in a list. That, numbers that JSON or a store would change, dates, bytes, lone surrogates and objects with
 * a key that begins with $ are spelled. What nothing can keep is BAD_USER_INPUT with its path: a function, a symbol, a cycle, a Map, a key
 * with a lone surrogate or NUL.
 */
export function toPlain(value: unknown, where: string): Plain {
  const spellings: Spelling[] = [];
  const path: (string | number)[] = [];
  const above = new Set<object>();

  const refuse = (reason: string) =>
    new ParleyError('BAD_USER_INPUT', `${where}${pathText(path)} ${reason}, which cannot be kept.`);
  const spelled = (as: 'date' | 'number' | 'bigint' | 'bytes' | 'undefined', text: JsonValue): JsonValue => {
    spellings.push({ at: [...path], as });
    return text;
  };

  const plainText = (text: string): string => {
    if (text.isWellFormed()) return text;
    const safe = text.toWellFormed();
    const surrogates: [number, number][] = [];
    for (let index = 0; index < text.length; index++) {
      const unit = text.charCodeAt(index);
      if (unit !== safe.charCodeAt(index)) surrogates.push([index, unit]);
    }
    spellings.push({ at: [...path], surrogates });
    return safe;
  };

  const plainNumber = (number: number): JsonValue => {
    const kept =
      Number.isFinite(number) &&
      !Object.is(number, -0) &&
      (Number.isSafeInteger(number) || !Number.isInteger(number));
    return kept ? number : spelled('number', Object.is(number, -0) ? '-0' : String(number));
  };

  const plainObject = (given: object): JsonValue => {
    if (types.isDate(given)) {
      return spelled('date', Number.isNaN(given.getTime()) ? null : given.toISOString());
    }
    if (given instanceof Uint8Array) {
      const { buffer, byteOffset, length } = given;
      return spelled('bytes', Buffer.from(buffer, byteOffset, length).toString('base64'));
    }
    if (above.has(given)) throw refuse('leads back to what holds it');
    if (path.length >= MAX_DEPTH) throw refuse(`is nested deeper than ${MAX_DEPTH} levels`);
    above.add(given);
    const plain = hasToJson(given)
      ? plainOf(given.toJSON(path.at(-1) ?? ''))
      : Array.isArray(given)
        ? Array.from(given, (item, index) =>
            item === undefined ? undefinedAt(index) : (inside(index, item) ?? null),
          )
        : plainMembers(given);
    above.delete(given);
    return plain ?? null;
  };

  /** Within an object that becomes a text. */
  let inText = false;

  const plainMembers = (given: object): JsonValue => {
    if (inText || !Object.keys(given).some((key) => key.startsWith('$'))) return membersOf(given);
    // MongoDB before 5.0 takes no such keys. Before what is spelled inside: it is to be read first.
    spellings.push({ at: [...path], as: 'json' });
    inText = true;
    const text = JSON.stringify(membersOf(given));
    inText = false;
    return text;
  };

  const membersOf = (given: object): JsonObject => {
    if (Object.prototype.toString.call(given) !== '[object Object]') {
      throw refuse(`is a ${given.constructor?.name ?? 'value without a name'}`);
    }
    const members: [string, JsonValue][] = [];
    const absent: string[] = [];
    for (const [key, member] of Object.entries(given)) {
      if (!key.isWellFormed() || key.includes('\0')) {
        throw refuse(`has the key ${quote(key.toWellFormed())} with a NUL or a lone surrogate`);
      }
      const plain = inside(key, member);
      if (plain !== undefined) members.push([key, plain]);
      else if (member === undefined) absent.push(key);
    }
    if (absent.length > 0) spellings.push({ at: [...path], absent });
    // Not by assignment: `__proto__` is a key like any other.
    return Object.fromEntries(members);
  };

  const undefinedAt = (index: number): JsonValue => {
    spellings.push({ at: [...path, index], as: 'undefined' });
    return null;
  };

  const inside = (step: string | number, member: unknown): JsonValue | undefined => {
    path.push(step);
    const plain = plainOf(member);
    path.pop();
    return plain;
  };

  const plainOf = (given: unknown): JsonValue | undefined => {
    if (given === null || given === undefined || typeof given === 'boolean') return given as null | boolean;
    if (typeof given === 'string') return plainText(given);
    if (typeof given === 'number') return plainNumber(given);
    if (typeof given === 'bigint') return spelled('bigint', String(given));
    if (typeof given === 'object') return plainObject(given);
    throw refuse(`is a ${typeof given}`);
  };

  const plain = plainOf(value);
  if (plain === undefined) throw refuse('is undefined');
  return { value: plain, spellings };
}

const hasToJson = (value: object): value is { toJSON(key: string | number): unknown } =>
  typeof (value as { toJSON?: unknown }).toJSON === 'function';

/** Whether two values of a framework are kept as the same; what is undefined is as if it were not there. */
export function isSame(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(spoken(one), spoken(other));
}

/** Whether the value is kept as this plain one. What is undefined is as if it were not there. */
export function isKeptAs(value: unknown, plain: JsonValue): boolean {
  return isPlainly(value, plain) || isDeepStrictEqual(toPlain(value, 'the item').value, plain);
}

/** Of what needs no spelling, without making it plain: most of what is compared has not changed. */
function isPlainly(value: unknown, plain: JsonValue | undefined): boolean {
  if (typeof value !== 'object' || value === null) return Object.is(value, plain);
  if (typeof plain !== 'object' || plain === null || hasToJson(value)) return false;
  if (Array.isArray(value))
    return (
      Array.isArray(plain) &&
      value.length === plain.length &&
      plain.every((one, index) => isPlainly(value[index], one))
    );
  if (Array.isArray(plain) || Object.getPrototypeOf(value) !== Object.prototype) return false;
  let members = 0;
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    if (!Object.hasOwn(plain, key) || !isPlainly(member, plain[key])) return false;
    members++;
  }
  return members === Object.keys(plain).length;
}

function spoken(value: unknown): Plain {
  const { value: plain, spellings } = toPlain(value, 'the item');
  return { value: plain, spellings: spellings.filter((spelling) => !('absent' in spelling)) };
}
