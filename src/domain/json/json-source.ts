import type { Steps } from '../async/in-slices.js';

/** JSON as it is at hand: its text, or the UTF-8 of that, where no byte of another character is that of a quote, a bracket or a space. */
export type JsonSource = string | Buffer;

/** Bytes that are looked at one by one for what is mostly near. */
const NEAR = 64;

/** A character, or a byte; of those of a JSON text outside of its strings they are the same. */
export const codeAt = (json: JsonSource, at: number): number =>
  typeof json === 'string' ? json.charCodeAt(at) : (json[at] as number);

/** What stands there, as text. Of bytes whole characters. */
export const pieceOf = (json: JsonSource, start: number, end: number): string =>
  typeof json === 'string' ? json.slice(start, end) : json.toString('utf8', start, end);

/** Where the next quote is; -1 where there is none. */
function quoteFrom(json: JsonSource, from: number): number {
  if (typeof json === 'string') return json.indexOf('"', from);
  const far = Math.min(json.length, from + NEAR);
  for (let at = from; at < far; at++) if (json[at] === QUOTE) return at;
  return far === json.length ? -1 : json.indexOf(QUOTE, far);
}

/** The closing quote of a JSON string that begins at `start`; -1 where there is none before `until`. One with an odd number of backslashes before it does not close. */
export function closingQuote(json: JsonSource, start: number, until = json.length): number {
  let at = quoteFrom(json, start + 1);
  while (at !== -1 && at < until && isEscaped(json, at, start + 1)) at = quoteFrom(json, at + 1);
  return at < until ? at : -1;
}

/** Of a string that one step goes through, in characters or bytes. */
export const QUOTE_STEP = 64 * 1024;

/** The same in steps: a text may hold nothing but escapes, millions of them. */
export function* closingQuoteSteps(json: JsonSource, start: number): Steps<number> {
  /** No backslash before it belongs to what stands there. */
  let from = start + 1;
  let quote = quoteFrom(json, from);
  while (quote !== -1) {
    const until = from + QUOTE_STEP;
    while (quote !== -1 && quote < until) {
      if (!isEscaped(json, quote, from)) return quote;
      quote = quoteFrom(json, quote + 1);
    }
    from = isEscaped(json, until, from) ? until + 1 : until;
    if (quote !== -1 && quote < from) quote = quoteFrom(json, from);
    yield;
  }
  return -1;
}

/** Behind that; the end of all where there is none. */
export function endOfString(json: JsonSource, start: number): number {
  const quote = closingQuote(json, start);
  return quote === -1 ? json.length : quote + 1;
}

/** By the backslashes before it, of which the first stands at `from` or behind it. */
export function isEscaped(json: JsonSource, at: number, from = 0): boolean {
  let before = at;
  while (before > from && codeAt(json, before - 1) === BACKSLASH) before--;
  return (at - before) % 2 === 1;
}

/** Whether a character goes on there that has begun before. */
export const isWithinCharacter = (json: JsonSource, at: number): boolean =>
  typeof json !== 'string' && (codeAt(json, at) & 0xc0) === 0x80;

const [QUOTE, BACKSLASH] = [0x22, 0x5c];
