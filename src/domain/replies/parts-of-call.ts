import type { ReplyPart } from './model.js';
import { MAX_PARTS_PER_CALL } from './reply-inputs.js';

/** What one call takes, in characters. */
const MOST_PER_CALL = 256 * 1024;

/** As much as one call takes; no part ends in the middle of a character. */
export function partsOfCall(parts: readonly ReplyPart[]): ReplyPart[] {
  const taken: ReplyPart[] = [];
  let room = MOST_PER_CALL;
  for (const part of parts.slice(0, MAX_PARTS_PER_CALL)) {
    const end = part.text.length <= room ? part.text.length : wholeUpTo(part.text, room);
    taken.push(end === part.text.length ? part : { ...part, text: part.text.slice(0, end) });
    room -= end;
    if (end < part.text.length || room <= 0) break;
  }
  return taken;
}

const wholeUpTo = (text: string, end: number): number =>
  /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
