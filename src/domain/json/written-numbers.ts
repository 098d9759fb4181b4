/*
 * JSON text may hold numbers that no double can: `JSON.parse` rounds 1234567890123456789 without a word. What is found here
 * is refused, so that every number is kept as it was written.
 */

import { ParleyError } from '../errors.js';
import { endOfString } from './json-source.js';

/** A number in JSON text whose digits would be lost. `path`: the keys and indices that lead to it, at most 64 of them. */
export interface LossyNumber {
  path: (string | number)[];
  /** As written, shortened. */
  digits: string;
}

/** Without one of these a text holds no such number: 16 digits, with a point or not, or an exponent of three. */
const SUSPICIOUS = /(?:^|[^\d.])[\d.]{16}|\d[eE][+-]?\d{3}/;
/** What fits in fewer characters is kept. */
const SHORTEST = '1e309'.length;
/** As many digits as a double may be written with (`%.17g`). */
const MAX_DIGITS = 17;
/** So many digits every double keeps. */
const ALWAYS_KEPT = 15;
const MAX_STEPS = 64;
const SMALLEST_NORMAL = 2 ** -1022;

/** Whether a literal has to be looked at, at the cost of a look at the text. */
export const mayLoseDigits = (text: string): boolean => SUSPICIOUS.test(text);

/**
 * The first such number of a JSON text, which `JSON.parse` takes; null where there is none. Takes linear time. `loses` may be
 * less strict.
 */
export function findLossyNumber(json: string, loses = losesDigits): LossyNumber | null {
  return mayLoseDigits(json) ? (lossyNumbers(json, loses).next().value ?? null) : null;
}

/** All of them, one after another. */
export function* lossyNumbers(json: string, loses = losesDigits): Generator<LossyNumber, undefined> {
  for (let at = 0; at < json.length; ) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) at = endOfString(json, at);
    else if (code === MINUS || isDigit(code)) {
      const end = endOfNumber(json, at);
      if (end - at >= SHORTEST && loses(json.slice(at, end))) {
        yield { path: pathTo(json, at), digits: shortened(json.slice(at, end)) };
      }
      at = end;
    } else at++;
  }
  return undefined;
}

/**
 * Whether a number, as JSON and GraphQL write it, would not come back as it is. An integer beyond ±(2^53 - 1) is one. One
 * with a fraction or an exponent is kept where it is finite and does not vanish, and has no more digits than a double is
 * written with; where the double has no fraction, or so small a value that it has fewer digits, only if it prints back as
 * the same number.
 */
export function losesDigits(literal: string): boolean {
  const value = Number(literal);
  if (!/[.eE]/.test(literal)) return !Number.isSafeInteger(value);
  if (!Number.isFinite(value)) return true;
  const isNormal = Math.abs(value) >= SMALLEST_NORMAL;
  if (isNormal && literal.length <= ALWAYS_KEPT) return false;
  const { digits, exponent } = decimalOf(literal);
  if (value === 0) return digits !== '';
  const short = digits.length <= MAX_DIGITS;
  if (short && !Number.isInteger(value) && isNormal) return false;
  const same = (printed: string) => {
    const other = decimalOf(printed);
    return other.digits === digits && other.exponent === exponent;
  };
  return !same(String(value)) && !(short && same(value.toPrecision(MAX_DIGITS)));
}

/** BAD_USER_INPUT that says which number, and what to send in its place. */
export function lossyNumberError({ path, digits }: LossyNumber, root = ''): ParleyError {
  const where = `${root}${pathText(path)}`.replace(/^\./, '');
  return new ParleyError(
    'BAD_USER_INPUT',
    `${where === '' ? 'The value' : where} is the number ${digits}, whose digits would be lost: a number is kept up to ±9007199254740991, or with 17 significant digits. Send it as a string.`,
  );
}

/** `.messages[0]["a.b"]`, of a bounded length. */
export function pathText(path: readonly (string | number)[]): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    if (/^[A-Za-z_]\w{0,79}$/.test(step)) return `.${step}`;
    return `[${JSON.stringify(step.length > 80 ? `${step.slice(0, 80)}…` : step)}]`;
  });
  const text = steps.join('');
  return text.length > 400 ? `${text.slice(0, 400)}…` : text;
}

const shortened = (digits: string) => (digits.length > 40 ? `${digits.slice(0, 40)}…` : digits);

/** The significant digits, without zeros at either end, and the power of ten of the first. */
function decimalOf(literal: string): { digits: string; exponent: number } {
  const [mantissa = '', power = '0'] = literal.slice(literal.startsWith('-') ? 1 : 0).split(/[eE]/);
  const [whole = '', fraction = ''] = mantissa.split('.');
  const all = whole + fraction;
  let first = 0;
  while (all[first] === '0') first++;
  let end = all.length;
  while (end > first && all[end - 1] === '0') end--;
  return { digits: all.slice(first, end), exponent: Number(power) + whole.length - first };
}

/** The keys and indices on the way to the value at `offset`. */
function pathTo(json: string, offset: number): (string | number)[] {
  const steps: (string | number)[] = [];
  let depth = 0;
  for (let at = 0; at < offset; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(json, at);
      if (depth <= MAX_STEPS && typeof steps[depth - 1] === 'string' && isKey(json, end)) {
        steps[depth - 1] = JSON.parse(json.slice(at, end)) as string;
      }
      at = end - 1;
    } else if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (depth++ < MAX_STEPS) steps.push(code === OPEN_LIST ? 0 : '');
    } else if (code === CLOSE_OBJECT || code === CLOSE_LIST) {
      if (--depth < MAX_STEPS) steps.pop();
    } else if (code === COMMA && depth <= MAX_STEPS) {
      const step = steps[depth - 1];
      if (typeof step === 'number') steps[depth - 1] = step + 1;
    }
  }
  return steps;
}

function isKey(json: string, end: number): boolean {
  let at = end;
  while (/\s/.test(json[at] ?? '')) at++;
  return json[at] === ':';
}

function endOfNumber(json: string, start: number): number {
  let at = start + 1;
  for (; at < json.length; at++) {
    const code = json.charCodeAt(at);
    const inside =
      isDigit(code) || code === POINT || code === MINUS || code === PLUS || (code | 0x20) === LETTER_E;
    if (!inside) break;
  }
  return at;
}

const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
const [QUOTE, MINUS, PLUS, POINT, COMMA] = [0x22, 0x2d, 0x2b, 0x2e, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_LIST, CLOSE_LIST, LETTER_E] = [0x7b, 0x7d, 0x5b, 0x5d, 0x65];
