import type { ReplyPart } from '../replies/model.js';
import type { OpenReply } from '../replies/open-replies.js';
import { cutParts, lengthOf, type ReplyText } from '../replies/reply-text.js';
import type { ReplyPlace } from '../sessions/session-cursor.js';
import type { ReplyEventBody } from './live-events.js';

/** What readers may see of it: all, or what is durable. */
export const shownOf = ({ reply, text, durable }: OpenReply) =>
  reply.durability === 'each' ? durable : { offset: text.length, blocks: text.blockCount };

/**
 * The parts before the first that goes back to an earlier block: each is a block. What they say is in the order in which it came, so that an
 * offset into it means the same to the reader, who may have to go back there.
 */
export function inOrder(parts: readonly ReplyPart[]): ReplyPart[] {
  const back = parts.findIndex(({ block }, index) => block < (parts[index - 1]?.block ?? 0));
  return back === -1 ? [...parts] : parts.slice(0, back);
}

/** How far a reader has come, whatever the reply is. */
type Told = Pick<ReplyPlace, 'offset' | 'blocks' | 'durable' | 'hash'>;

/** Field by field, as each piece of a reply moves its readers. */
export function moveTo(place: ReplyPlace, { offset, blocks, durable, hash }: Told): void {
  place.offset = offset;
  place.blocks = blocks;
  place.durable = durable;
  place.hash = hash;
}

/** Of a reader that was told so much. */
export function placeAt({ text, durable: { offset: kept } }: OpenReply, { offset, blocks }: ToldOf): Told {
  const durable = Math.min(kept, offset);
  const hash = durable === offset ? 0 : offset === text.length ? text.hash : text.hashAt(offset);
  return { offset, blocks, durable, hash };
}

/** Up to where a reader that stands at this place has been told what the text says. */
export function rewindTo(text: ReplyText, { offset, durable, hash }: ReplyPlace): number {
  if (text.length >= offset && (offset === durable || text.hashAt(offset) === hash)) return offset;
  return durable <= text.length ? durable : 0;
}

/** How much of a reply was told: characters, and blocks that have begun. */
export type ToldOf = Pick<ReplyPlace, 'offset' | 'blocks'>;

type Growing = ReplyEventBody & { type: 'ReplyStarted' | 'ReplyProgress' };

/** The piece of a reply that another event is cut to: what comes behind where a reader stands, up to the event's end. */
export function cutEvent(
  event: Growing,
  { offset, blocks }: ToldOf,
): ReplyEventBody & { type: 'ReplyProgress' } {
  const { replyId, agentId, text } = event;
  const end = endOf(event);
  const parts = cutParts(text.since(offset, blocks), end.offset - offset, end.blocks, blocks);
  return { type: 'ReplyProgress', replyId, agentId, offset, parts, blocks: end.blocks, text };
}

/** Where a reader stands who was told this. */
export const endOf = (event: Growing): ToldOf =>
  event.type === 'ReplyStarted'
    ? { offset: event.reply.offset, blocks: event.reply.blocks.length }
    : { offset: event.offset + lengthOf(event.parts), blocks: event.blocks };
