/**
 * Control characters, line ends, and marks that turn the direction of text (Unicode's bidi controls): with them a message could
 * write over other lines, look like a line of its own, or read otherwise than it is.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be printed.
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** The text in one line of a terminal, with what cannot be printed as JSON would write it. */
export function plainText(text: string): string {
  return text.replace(UNPRINTABLE, (mark) => SHORT[mark] ?? escaped(mark));
}

const escaped = (mark: string) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
