import type { ReplyStanding, Standing } from '../../domain/live/follow.js';
import type { LiveEvent, ReplyEventBody } from '../../domain/live/live-events.js';
import { cutEvent, endOf } from '../../domain/live/reply-place.js';

/**
 * Whether of any reply they have read different texts, or only one of them was told that it is abandoned. The group will look once at what it
 * is then: of what has changed twice until then it tells nothing, and whoever has seen it in between would never be told.
 */
export const differ = (group: ReadonlyMap<string, ReplyStanding>, { replies }: Standing): boolean =>
  [...replies].some(([replyId, { mark, abandoned }]) => {
    const told = group.get(replyId);
    return told !== undefined && (told.mark !== mark || told.abandoned !== abandoned);
  });

/** Of replies, how far a member was told that is not where its group is; null: the member knows the reply to be over. */
export type AheadReplies = Map<string, AheadReply | null>;

interface AheadReply extends ReplyStanding {
  /** The group was told nothing of it. */
  alone: boolean;
}

type ReplyEvent = LiveEvent & ReplyEventBody;

export const isReplyEvent = (event: LiveEvent): event is ReplyEvent => 'replyId' in event;

const isAbandoned = ({ reply }: ReplyEvent & { type: 'ReplyStarted' }) => reply.state === 'abandoned';

export function advanceReplies(replies: Map<string, ReplyStanding>, event: ReplyEvent): void {
  const { replyId } = event;
  const abandoned = replies.get(replyId)?.abandoned ?? false;
  switch (event.type) {
    case 'ReplyStarted':
    case 'ReplyProgress': {
      const { offset, blocks } = endOf(event);
      const isLeft = event.type === 'ReplyStarted' ? isAbandoned(event) : abandoned;
      replies.set(replyId, { offset, blocks, mark: event.text.mark, abandoned: isLeft });
      return;
    }
    case 'ReplyRewound': {
      const { offset, text } = event;
      replies.set(replyId, { offset, blocks: text.blocksBefore(offset), mark: text.mark, abandoned });
      return;
    }
    case 'ReplyAbandoned':
    case 'ReplyResumed': {
      const told = replies.get(replyId);
      if (told) told.abandoned = event.type === 'ReplyAbandoned';
      return;
    }
    default:
      replies.delete(replyId);
  }
}

export function repliesAhead(group: ReadonlyMap<string, ReplyStanding>, { replies }: Standing): AheadReplies {
  const ahead: AheadReplies = new Map();
  for (const [replyId, standing] of replies) {
    const told = group.get(replyId);
    if (standing.offset !== told?.offset || standing.blocks !== told.blocks)
      ahead.set(replyId, { alone: told === undefined, ...standing });
  }
  // It has looked at them, and there was nothing left to follow.
  for (const replyId of group.keys()) if (!replies.has(replyId)) ahead.set(replyId, null);
  return ahead;
}

/**
 * What of the event, which brings no message, the member has yet to be told. `goOn`: it has read another text than this one, which was never
 * kept, and no piece of this one follows what it was told; or it was told otherwise whether the reply is abandoned. It goes on by itself from
 * its cursor, which knows what that was.
 */
export function compareReply(ahead: AheadReplies, event: ReplyEvent): LiveEvent | 'goOn' | null {
  const { replyId } = event;
  const standing = ahead.get(replyId);
  if (standing === undefined) return event;
  if (event.type === 'ReplyAborted') ahead.delete(replyId);
  if (standing === null) return null;
  if ('text' in event && event.text.mark !== standing.mark) return 'goOn';
  if (event.type === 'ReplyStarted' && isAbandoned(event) !== standing.abandoned) return 'goOn';
  switch (event.type) {
    case 'ReplyStarted':
    case 'ReplyProgress': {
      const end = endOf(event);
      if (end.offset >= standing.offset && end.blocks >= standing.blocks) ahead.delete(replyId);
      if (end.offset <= standing.offset && end.blocks <= standing.blocks) return null;
      return { ...event, ...cutEvent(event, standing) } as LiveEvent;
    }
    case 'ReplyRewound':
      // What the member has read already is the text after it.
      return null;
    default:
      return event;
  }
}
