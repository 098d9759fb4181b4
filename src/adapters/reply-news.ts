import type { ReplyBlock, ReplyPart } from '../domain/replies/model.js';
import { createReplyText, cutParts, lengthOf } from '../domain/replies/reply-text.js';
import type { ReplyNews, ReplyNow } from './replies.js';

/** An event about the reply, as the live feed has it. */
export type ReplyEvent =
  | { type: 'ReplyStarted'; reply: Pick<ReplyNow, 'state' | 'blocks'> }
  | { type: 'ReplyProgress'; parts: readonly ReplyPart[] }
  | { type: 'ReplyRewound'; offset: number }
  | { type: 'ReplyAbandoned' | 'ReplyResumed' | 'ReplyFinished' | 'ReplyAborted' };

/** What a reader of one reply is told, from the events of a session. */
export interface NewsReader {
  /** Null where the reply is over. */
  newsOf(event: ReplyEvent): ReplyNews[] | null;
  /** All of a reply that is over, where the reader was not told of all; it may have been over before. */
  rest(blocks: readonly ReplyBlock[]): ReplyNews[];
}

export function createNewsReader(): NewsReader {
  let text = createReplyText();
  const anew = (parts: readonly ReplyPart[]): ReplyNews => {
    text = createReplyText(parts);
    return { parts, anew: true };
  };
  return {
    newsOf(event) {
      switch (event.type) {
        case 'ReplyStarted': {
          const { blocks, state } = event.reply;
          return state === 'abandoned' ? [anew(blocks), { state }] : [anew(blocks)];
        }
        case 'ReplyProgress':
          text.append(event.parts);
          return [{ parts: event.parts, anew: false }];
        case 'ReplyRewound':
          return [anew(cutParts(text.since(0), event.offset, text.blocksBefore(event.offset)))];
        case 'ReplyAbandoned':
          return [{ state: 'abandoned' }];
        case 'ReplyResumed':
          return [{ state: 'writing' }];
        default:
          return null;
      }
    },
    rest: (blocks) => (lengthOf(blocks) > text.length ? [anew(blocks)] : []),
  };
}
