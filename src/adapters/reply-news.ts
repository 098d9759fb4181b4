import type { ReplyBlock, ReplyPart } from '../domain/replies/model.js';
import { createReplyText, cutParts, lengthOf } from '../domain/replies/reply-text.js';
import type { ReplyNews } from './replies.js';

type Told = Extract<ReplyNews, { anew: boolean }>;

/** What a reader of one reply is told, from the events of a session. */
export interface NewsReader {
  /** How much text it was told of. */
  readonly length: number;
  started(blocks: readonly ReplyBlock[]): Told;
  progress(parts: readonly ReplyPart[]): Told;
  rewound(offset: number): Told;
}

export function createNewsReader(): NewsReader {
  let text = createReplyText();
  return {
    get length() {
      return text.length;
    },
    started(blocks) {
      text = createReplyText(blocks);
      return { parts: blocks, anew: true };
    },
    progress(parts) {
      text.append(parts);
      return { parts, anew: false };
    },
    rewound(offset) {
      const parts = cutParts(text.since(0), offset, text.blocksBefore(offset));
      text = createReplyText(parts);
      return { parts, anew: true };
    },
  };
}

/** All of a reply that is over, where the reader was not told of all; it may have been over before. */
export const restOf = (reader: NewsReader, blocks: readonly ReplyBlock[]): Told[] =>
  lengthOf(blocks) > reader.length ? [reader.started(blocks)] : [];
