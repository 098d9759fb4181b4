/** Text that is shown in part until somebody wants all of it. */
export interface Clipped {
  shown: string;
  /** Characters that are left out. */
  more: number;
}

/** The beginning of a long text, cut where a paragraph, a line or a word ends if there is one not far before. */
export function clip(text: string, { characters, lines }: { characters: number; lines: number }): Clipped {
  const end = Math.min(endOfLines(text, lines), characters);
  // A few more are not worth a button.
  if (text.length <= end * 1.15) return { shown: text, more: 0 };
  const head = text.slice(0, end);
  const cut =
    [head.lastIndexOf('\n\n'), head.lastIndexOf('\n'), head.lastIndexOf(' ')].find((at) => at > end * 0.7) ??
    end;
  return { shown: withoutHalf(text.slice(0, cut)), more: text.length - cut };
}

function endOfLines(text: string, lines: number): number {
  let at = -1;
  for (let line = 0; line < lines; line += 1) {
    at = text.indexOf('\n', at + 1);
    if (at === -1) return text.length;
  }
  return at;
}

/** Without the first half of a character that was cut in two. */
export const withoutHalf = (text: string) => text.replace(/[\uD800-\uDBFF]$/, '');
