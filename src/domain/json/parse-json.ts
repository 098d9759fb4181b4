import type { Steps } from '../async/in-slices.js';
import { noteWide } from './json-size.js';
import {
  closingQuote,
  closingQuoteSteps,
  codeAt,
  isEscaped,
  isWithinCharacter,
  type JsonSource,
  pieceOf,
} from './json-source.js';
import { findLossyNumber, type LossyNumber } from './written-numbers.js';

/** Characters, or bytes, that one step parses, about. */
const STEP = 64 * 1024;
/** A list or an object that is longer than one step, with what has been read of it. */
interface Open {
  value: unknown[] | Record<string, unknown>;
  /** Of an object: the key whose value is read next. */
  key: string;
  /** A comma came last, or nothing yet. */
  awaits: 'first' | 'another' | 'comma';
}

/** `lossy`: the first number whose digits were lost. */
export interface ParsedJson {
  value: unknown;
  lossy: LossyNumber | null;
}

/** `\u0000` */
const LONGEST_ESCAPE = 6;

/** So many that are longer than a step may stand in each other: at each, a step is looked through. */
const MAX_OPEN = 200;

/** Too many that are long stand in each other. */
export class TooDeep extends Error {}

/**
 * As `JSON.parse`, a SyntaxError where it would throw one, in steps: runs of what is small go to `JSON.parse` itself, what is longer
 * than a step is opened. Of UTF-8 no text is made of the whole. A number that is longer than a step is none: nobody writes such, and V8 reads
 * it in one piece.
 */
export function* parseSteps(json: JsonSource): Steps<ParsedJson> {
  const stack: Open[] = [];
  let lossy: LossyNumber | null = null;
  let at = 0;
  let root: { value: unknown } | null = null;

  const invalid = () => new SyntaxError('This is not JSON.');

  function* skipSpace(): Steps<void> {
    for (let seen = 1; at < json.length; at++, seen++) {
      const code = codeAt(json, at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      if (seen % STEP === 0) yield;
    }
  }

  /**
   * Where what may be parsed at once ends, from `at` on: behind the last whole element within a step, or at the end of what holds it.
   * `at` itself where the first element is longer than that.
   */
  function endOfRun(): number {
    const limit = at + STEP;
    let end = at;
    let depth = 0;
    for (let next = at; next < json.length; next++) {
      if (next >= limit) return end;
      const code = codeAt(json, next);
      if (code === QUOTE) {
        next = closingQuote(json, next, limit);
        // A long text is not of a run, nor is one that has no end.
        if (next === -1) return end;
      } else if (code === OPEN_LIST || code === OPEN_OBJECT) depth++;
      else if (code === CLOSE_LIST || code === CLOSE_OBJECT) {
        if (depth-- === 0) return next;
      } else if (code === COMMA && depth === 0) end = next;
    }
    return end;
  }

  const pathTo = () => stack.map(({ value, key }) => (Array.isArray(value) ? value.length : key));

  /** Parses a piece; `within`: it stands in a list or an object, of whose elements it is some. */
  function parsed(piece: string, within: Open | undefined): unknown {
    const whole = within ? (Array.isArray(within.value) ? `[${piece}]` : `{${piece}}`) : piece;
    const value: unknown = JSON.parse(whole);
    const found = lossy ? null : findLossyNumber(whole);
    if (found && within) {
      const [first = 0, ...rest] = found.path;
      const step = typeof first === 'number' ? (within.value as unknown[]).length + first : first;
      lossy = { ...found, path: [...pathTo().slice(0, -1), step, ...rest] };
    } else if (found) lossy = { ...found, path: pathTo() };
    return value;
  }

  function put(value: unknown): void {
    const within = stack.at(-1);
    if (!within) root = { value };
    else if (Array.isArray(within.value)) within.value.push(value);
    else set(within.value, within.key, value);
    if (within) within.awaits = 'comma';
  }

  function open(code: number): void {
    if (stack.length === MAX_OPEN) throw new TooDeep();
    stack.push({ value: code === OPEN_LIST ? [] : {}, key: '', awaits: 'first' });
    at++;
  }

  function* readString(): Steps<string> {
    const end = yield* closingQuoteSteps(json, at);
    if (end === -1) throw invalid();
    const pieces: string[] = [];
    for (let start = at + 1; start < end || pieces.length === 0; ) {
      const next = endOfPiece(json, start, end);
      const piece = pieceOf(json, start, next);
      pieces.push(NEEDS_PARSING.test(piece) ? (JSON.parse(`"${piece}"`) as string) : piece);
      start = next;
      yield;
    }
    at = end + 1;
    return pieces.length === 1 ? (pieces[0] as string) : pieces.join('');
  }

  /** A value that is longer than a step, or what is not within anything. */
  function* readLarge(): Steps<void> {
    const code = codeAt(json, at);
    if (code === OPEN_LIST || code === OPEN_OBJECT) {
      open(code);
      return;
    }
    if (code === QUOTE) {
      put(yield* readString());
      return;
    }
    const start = at;
    while (at < json.length && at - start <= STEP && !ENDS_WORD.has(codeAt(json, at))) at++;
    if (at - start > STEP) throw invalid();
    put(parsed(pieceOf(json, start, at), undefined));
  }

  /** The elements that are small, up to the first that is not; false where there is none. */
  function readRun(within: Open): boolean {
    const end = endOfRun();
    if (end === at) return false;
    const value = parsed(pieceOf(json, at, end), within);
    at = end;
    if (Array.isArray(value)) for (const one of value) (within.value as unknown[]).push(one);
    else
      for (const key of Object.keys(value as object))
        set(within.value as Record<string, unknown>, key, (value as Record<string, unknown>)[key]);
    within.awaits = 'comma';
    return true;
  }

  function* readKey(within: Open): Steps<void> {
    if (codeAt(json, at) !== QUOTE) throw invalid();
    within.key = yield* readString();
    yield* skipSpace();
    if (codeAt(json, at++) !== COLON) throw invalid();
    yield* skipSpace();
  }

  function close(within: Open, code: number): void {
    if (within.awaits === 'another' || (code === CLOSE_LIST) !== Array.isArray(within.value)) throw invalid();
    at++;
    stack.pop();
    if (code === CLOSE_OBJECT) noteWide(within.value);
    put(within.value);
  }

  while (root === null || stack.length > 0) {
    yield;
    yield* skipSpace();
    if (at >= json.length) throw invalid();
    const within = stack.at(-1);
    if (!within) {
      yield* readLarge();
      continue;
    }
    const code = codeAt(json, at);
    if (code === CLOSE_LIST || code === CLOSE_OBJECT) close(within, code);
    else if (within.awaits === 'comma') {
      if (code !== COMMA) throw invalid();
      within.awaits = 'another';
      at++;
    } else if (!readRun(within)) {
      if (!Array.isArray(within.value)) yield* readKey(within);
      yield* readLarge();
    }
  }
  yield* skipSpace();
  if (at < json.length) throw invalid();
  return { value: (root as { value: unknown }).value, lossy };
}

/** As `parseSteps`, without a look at its numbers: for what is stored. What is short takes no step. */
export function* valueSteps(json: JsonSource): Steps<unknown> {
  return json.length <= STEP ? JSON.parse(pieceOf(json, 0, json.length)) : (yield* parseSteps(json)).value;
}

/** Where a piece of a string that goes on to `end` may end: no escape is torn, and no character of UTF-8. */
function endOfPiece(json: JsonSource, start: number, end: number): number {
  let limit = start + STEP;
  if (limit >= end) return end;
  while (isWithinCharacter(json, limit)) limit--;
  for (let at = limit - 1; at >= limit - LONGEST_ESCAPE; at--) {
    if (codeAt(json, at) === BACKSLASH) return isEscaped(json, at, start) ? at - 1 : at;
  }
  return limit;
}

/** As JSON has it: `__proto__` is a key like any other. */
function set(object: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];
/** What stands in a string only behind a backslash, or not at all. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none.
const NEEDS_PARSING = /[\u0000-\u001f\\]/;
const ENDS_WORD = new Set([COMMA, CLOSE_LIST, CLOSE_OBJECT, 0x20, 0x0a, 0x0d, 0x09]);
