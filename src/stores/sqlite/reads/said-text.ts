import { atOnce, type Steps } from '../../../domain/async/in-slices.js';
import { JsonText } from '../../../domain/json/json-text.js';

const [HEAD, END] = ['[{"text":', '}]'];
/** Quotes that are looked at in one step. */
const QUOTES = 10_000;

/** As `saidSteps`, at once. */
export const saidIn = (content: string): JsonText | null => atOnce(saidSteps(content));

/**
 * The text of a message that is one text block and nothing else, as most are, without parsing it; null for any other. `content`: its
 * JSON, or the UTF-8 of that, where no byte of another character is that of a quote or a backslash.
 */
export function* saidSteps(content: string | Buffer): Steps<JsonText | null> {
  const end = content.length - END.length - 1;
  if (!stands(`${HEAD}"`, content, 0) || !stands(END, content, end + 1)) return null;
  let quote = content.indexOf('"', HEAD.length + 1);
  for (let looked = 1; quote !== -1; quote = content.indexOf('"', quote + 1), looked++) {
    if (looked % QUOTES === 0) yield;
    let escapes = 0;
    while (isBackslash(content[quote - 1 - escapes])) escapes++;
    // The first quote without an odd number of backslashes before it ends the text.
    if (escapes % 2 === 0) break;
  }
  if (quote !== end) return null;
  return new JsonText(
    typeof content === 'string'
      ? content.slice(HEAD.length, end + 1)
      : content.subarray(HEAD.length, end + 1),
  );
}

const stands = (text: string, content: string | Buffer, at: number): boolean =>
  typeof content === 'string'
    ? content.startsWith(text, at)
    : content.toString('latin1', Math.max(0, at), at + text.length) === text;

const isBackslash = (one: string | number | undefined) => one === '\\' || one === 0x5c;
