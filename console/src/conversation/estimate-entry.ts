import type { Entry } from './timeline.js';

const LINE = 22;
const CHARACTERS_A_LINE = 85;
const MOST_LINES = 60;

/** About how high an entry will be: the nearer, the less the page has to correct when it is measured. */
export function estimateEntry(entry: Entry | undefined): number {
  if (entry?.kind !== 'message') return 48;
  let height = 62;
  for (const block of entry.blocks) {
    if (block.__typename === 'TextBlock' || block.__typename === 'CitationsBlock')
      height += linesOf(block.text) * LINE;
    else if (block.__typename === 'ToolUseBlock' || block.__typename === 'ToolResultBlock') height += 190;
    else if (block.__typename === 'ImageBlock' || block.__typename === 'VideoBlock') height += 240;
    else height += 40;
  }
  return height;
}

function linesOf(text: string): number {
  const head = text.slice(0, MOST_LINES * CHARACTERS_A_LINE);
  const breaks = head.split('\n', MOST_LINES).length - 1;
  return Math.min(MOST_LINES, Math.ceil(head.length / CHARACTERS_A_LINE) + breaks / 2);
}
