import type { Steps } from '../async/in-slices.js';
import { isWithinCharacter } from './json-source.js';

/** Bytes that one step decodes. */
const STEP = 1024 * 1024;

/** The text that is written so, a piece after the other. */
export function* decodeSteps(utf8: Buffer): Steps<string> {
  const pieces: string[] = [];
  for (let start = 0; start < utf8.length || pieces.length === 0; ) {
    let end = Math.min(utf8.length, start + STEP);
    while (end < utf8.length && isWithinCharacter(utf8, end)) end--;
    pieces.push(utf8.toString('utf8', start, end));
    start = end;
    yield;
  }
  return pieces.length === 1 ? (pieces[0] as string) : pieces.join('');
}
