import type { ReplyPart } from './model.js';

/** What one call takes, in characters. */
const MOST_PER_CALL = 256 * 1024;
/** Half of the parts that it takes: blocks without text come beside them. */
const MOST_PARTS = 500;

/** As much as one call takes; no part ends in the middle of a character. */
export function partsOfCall(parts: readonly ReplyPart[]): ReplyPart[] {
  const taken: ReplyPart[] = [];
  let room = MOST_PER_CALL;
  for (const part of parts.slice(0, MOST_PARTS)) {
    const end = part.text.length <= room ? part.text.length : wholeUpTo(part.text, room);
    taken.push(end === part.text.length ? part : { ...part, text: part.text.slice(0, end) });
    room -= end;
    if (end < part.text.length || room <= 0) break;
  }
  return taken;
}

const wholeUpTo = (text: string, end: number): number =>
  /[\uD800-\uDBFF]/.test(text.charAt(end - 1)) ? end - 1 : end;
