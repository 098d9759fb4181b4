import { plainText } from './plain-text.js';

/** The line of one reply at the end of the output, which grows with it. */
export interface GrowingLine {
  /** Opens the line of a reply, where there is no other; with what the reply says so far. */
  begin(replyId: string, head: string, text: string): void;
  /** The line goes on with a piece of this block's speech. */
  grow(replyId: string, block: number, piece: string): void;
  /** Anything else is to be printed: what was shown of the reply stays, and its message will come whole. */
  interrupt(): void;
  /** The reply is over. True where its line says all of this. */
  end(replyId: string, text: string): boolean;
}

export function createGrowingLine(write: (text: string) => void): GrowingLine {
  let open: { replyId: string; text: string; block: number | null } | null = null;

  const line: GrowingLine = {
    begin(replyId, head, text) {
      if (open) return;
      open = { replyId, text, block: null };
      write(`${head} ${plainText(text)}`);
    },
    grow(replyId, block, piece) {
      if (open?.replyId !== replyId) return;
      // Blocks are joined as the text of a message joins them.
      const next = open.text !== '' && open.block !== null && open.block !== block ? `\n${piece}` : piece;
      open.block = block;
      open.text += next;
      write(plainText(next));
    },
    interrupt() {
      if (open) write(' …\n');
      open = null;
    },
    end(replyId, text) {
      if (open?.replyId !== replyId) return false;
      const whole = open.text === text;
      if (whole) write('\n');
      else line.interrupt();
      open = null;
      return whole;
    },
  };
  return line;
}
