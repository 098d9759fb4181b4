import { ParleyError } from '../errors.js';
import type { JsonValue } from '../json/json-value.js';
import { MAX_REPLIES_OF_SESSION } from '../replies/reply-inputs.js';
import {
  progressFromJson,
  progressText,
  type ReplyPlace,
  type SessionProgress,
} from '../sessions/session-cursor.js';
import { base64Url } from './base64-url.js';
import type { FollowDeps } from './follow.js';

/** The kind of cursor that a follower of a session seals. */
const SESSION_CURSOR = 'session-feed';
/** Between what is sealed and where the reader stands in replies, in an alphabet that has it not. */
const MARK = '.';
/** Ends the list of places. */
const END = base64Url(']');

/** The cursors of one feed of a session. */
export interface ProgressCursors {
  seal(progress: SessionProgress): string;
  /** The same where nothing but replies in progress has come since `seal`: what is sealed is not sealed anew for each piece. */
  sealPlaces(progress: SessionProgress): string;
  /** INVALID_CURSOR; null where it was given for another feed. */
  open(cursor: string): SessionProgress | null;
}

/**
 * A cursor is what is sealed, and behind it where the reader stands in replies in progress. That is only encoded: it holds nothing
 * but what the reader was told itself, and whoever changes it is told something else of the same replies.
 */
export function createProgressCursors(cursors: FollowDeps['cursors'], scope: JsonValue): ProgressCursors {
  const scopeText = JSON.stringify(scope);
  let sealed = '';
  let position: string | null = null;
  const encode = createEncoded();

  const withPlaces = ({ replies }: SessionProgress) =>
    replies.size === 0 ? sealed : `${sealed}${MARK}${encode(replies)}`;

  function seal(progress: SessionProgress): string {
    sealed = cursors.sealText(SESSION_CURSOR, progressText(scopeText, progress));
    position = progress.position;
    return withPlaces(progress);
  }

  return {
    seal,
    sealPlaces: (progress) => (position === progress.position ? withPlaces(progress) : seal(progress)),
    open(cursor) {
      const mark = cursor.indexOf(MARK);
      const whole = mark === -1 ? cursor : cursor.slice(0, mark);
      const progress = progressFromJson(scope, cursors.open(SESSION_CURSOR, whole));
      if (progress && mark !== -1) progress.replies = decoded(cursor.slice(mark + 1));
      return progress;
    },
  };
}

type Columns = [
  replyId: string,
  agentId: string,
  offset: number,
  blocks: number,
  durable: number,
  hash: number,
  abandoned: 0 | 1,
];

/** A list of `Columns` as JSON, which is written for each piece of a reply: of what comes first in it what stays is encoded once. */
function createEncoded(): (replies: SessionProgress['replies']) => string {
  let first: { replyId: string; agentId: string; text: string } | null = null;

  return (replies) => {
    let text = '';
    for (const [replyId, { agentId, offset, blocks, durable, hash, abandoned }] of replies) {
      if (text !== '') text += base64Url(`,[${JSON.stringify(replyId)},${JSON.stringify(agentId)},`);
      else {
        if (first?.replyId !== replyId || first.agentId !== agentId) {
          const names = `[[${JSON.stringify(replyId)},${JSON.stringify(agentId)},`;
          first = { replyId, agentId, text: base64Url(names) };
        }
        text = first.text;
      }
      text += base64Url(`${offset},${blocks},${durable},${hash},${abandoned ? 1 : 0}]`);
    }
    return text + END;
  };
}

function decoded(text: string): Map<string, ReplyPlace> {
  const places = new Map<string, ReplyPlace>();
  const list = parsed(text);
  if (!Array.isArray(list) || list.length > 2 * MAX_REPLIES_OF_SESSION) throw damaged();
  for (const columns of list as unknown[]) {
    if (!Array.isArray(columns) || columns.length !== 7) throw damaged();
    const [replyId, agentId, ...numbers] = columns as Columns;
    if (typeof replyId !== 'string' || typeof agentId !== 'string') throw damaged();
    if (!numbers.every((one) => Number.isSafeInteger(one) && one >= 0)) throw damaged();
    const [offset, blocks, durable, hash, abandoned] = numbers;
    places.set(replyId, { agentId, offset, blocks, durable, hash, abandoned: abandoned === 1 });
  }
  return places;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    throw damaged();
  }
}

const damaged = () =>
  new ParleyError(
    'INVALID_CURSOR',
    'The cursor is damaged: where it says how far replies in progress were told. Pass it as it was received.',
  );
