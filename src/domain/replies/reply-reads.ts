import { createSlots } from '../fairness/slots.js';
import { createLoadBatches } from '../load-batches.js';
import { ACTIVE_STATES, type Reply } from './model.js';
import { MAX_REPLIES_OF_SESSION } from './reply-inputs.js';
import type { ReplyStore } from './reply-store.js';
import { createReplyText, type ReplyText } from './reply-text.js';

/** What is read of the store's replies: those who ask in the same turn share one read, and few texts are read at once. */
export interface ReplyReads {
  /** As the store has it now. */
  reply(replyId: string): Promise<Reply | null>;
  /** With its text, in two reads: of what has come between them the first may know nothing. */
  whole(replyId: string): Promise<{ reply: Reply; text: ReplyText } | null>;
  /** Those of these sessions that go on, as they are found. */
  active(sessionIds: readonly string[], found: (reply: Reply) => void): Promise<void>;
}

const MOST_TOGETHER = 200;
/** Replies whose text is read at the same time. */
const READINGS = 4;
/** Sessions whose replies are looked for at once. */
const SESSIONS = 50;

export function createReplyReads(store: Pick<ReplyStore, 'load' | 'parts' | 'list'>): ReplyReads {
  const replies = createLoadBatches().of<string, null, Reply | null>((ids) => store.load(ids), MOST_TOGETHER);
  const slots = createSlots(READINGS);
  const reply = (replyId: string) => replies.load(replyId, null);
  return {
    reply,
    async whole(replyId) {
      const found = await reply(replyId);
      return found && { reply: found, text: createReplyText(await slots(() => store.parts(replyId))) };
    },
    async active(sessionIds, found) {
      for (let at = 0; at < sessionIds.length; at += SESSIONS) {
        const asked = sessionIds.slice(at, at + SESSIONS).map((sessionId) => ({
          sessionId,
          agentId: null,
          states: ACTIVE_STATES,
          limit: MAX_REPLIES_OF_SESSION,
        }));
        for (const reply of (await store.list(asked)).flat()) found(reply);
      }
    },
  };
}
