import { plainText } from './plain-text.js';

/** The line of one reply at the end of the output, which grows with it. Replies that grow beside it wait for their turn. */
export interface GrowingLine {
  /** A reply grows, with what it says so far. */
  begin(replyId: string, head: string, text: string): void;
  /** It goes on with a piece of this block's speech. */
  grow(replyId: string, block: number, piece: string): void;
  /** Anything else is to be printed: what was shown of the reply stays, and its message will come whole. */
  interrupt(): void;
  /** The reply is over. True where its line says all of this. */
  end(replyId: string, text: string): boolean;
}

interface Growing {
  head: string;
  text: string;
  block: number | null;
}

export function createGrowingLine(write: (text: string) => void): GrowingLine {
  const replies = new Map<string, Growing>();
  let open: string | null = null;

  function show(replyId: string, { head, text }: Growing): void {
    open = replyId;
    write(`${head} ${plainText(text)}`);
  }

  return {
    begin(replyId, head, text) {
      const reply = { head, text, block: null };
      replies.set(replyId, reply);
      if (open === null) show(replyId, reply);
    },
    grow(replyId, block, piece) {
      const reply = replies.get(replyId);
      if (!reply) return;
      // Blocks are joined as the text of a message joins them.
      const isNext = reply.text !== '' && reply.block !== null && reply.block !== block;
      const next = isNext ? `\n${piece}` : piece;
      reply.block = block;
      reply.text += next;
      if (open === replyId) write(plainText(next));
      else if (open === null) show(replyId, reply);
    },
    interrupt() {
      if (open === null) return;
      write(' …\n');
      replies.delete(open);
      open = null;
    },
    end(replyId, text) {
      const reply = replies.get(replyId);
      replies.delete(replyId);
      if (open !== replyId) return false;
      const whole = reply?.text === text;
      write(whole ? '\n' : ' …\n');
      open = null;
      const [next] = replies;
      if (next) show(...next);
      return whole;
    },
  };
}
