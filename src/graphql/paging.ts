import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json/json-value.js';
import type { Message, Session } from '../domain/sessions/model.js';
import type { MessageWindow, SessionKey, SessionOrderField } from '../domain/sessions/session-store.js';
import { type CursorCodec, LONGEST_OF_PAGE } from './cursor.js';

export const DEFAULT_PAGE = 20;
export const MAX_PAGE = 200;

/** Relay's arguments, as a client gives them. */
export interface PageArguments {
  first?: number | null | undefined;
  after?: string | null | undefined;
  last?: number | null | undefined;
  before?: string | null | undefined;
}

export interface MessagePageArguments extends PageArguments {
  /** A position. */
  from?: number | null | undefined;
  superseded?: boolean | null | undefined;
}

/** How many, and from which end. BAD_USER_INPUT for `first` with `last`, and for sizes out of range. */
export function pageSize({ first, last }: PageArguments): { size: number; backward: boolean } {
  if (typeof first === 'number' && typeof last === 'number') {
    throw new ParleyError('BAD_USER_INPUT', 'Give first or last, not both.');
  }
  const name = typeof last === 'number' ? 'last' : 'first';
  const size = last ?? first ?? DEFAULT_PAGE;
  if (size < 0 || size > MAX_PAGE) {
    throw new ParleyError('BAD_USER_INPUT', `${name} is ${size}; it takes 0 to ${MAX_PAGE}.`);
  }
  return { size, backward: name === 'last' };
}

/** The window on one agent's messages. INVALID_CURSOR for a cursor of another agent, BAD_USER_INPUT for a position that there cannot be. */
export function messageWindow(
  cursors: CursorCodec,
  agent: { sessionId: string; agentId: string },
  page: MessagePageArguments,
): MessageWindow {
  const { size, backward } = pageSize(page);
  const open = (cursor: string): number => {
    const [sessionId, agentId, position] = cursors.open('messages', cursor, LONGEST_OF_PAGE) as [
      string,
      string,
      number,
    ];
    if (sessionId === agent.sessionId && agentId === agent.agentId) return position;
    throw new ParleyError(
      'INVALID_CURSOR',
      'The cursor is of the messages of another agent. Pass it where it came from, or none.',
    );
  };
  const from = typeof page.from === 'number' ? page.from : null;
  if (from !== null && from < 0) {
    throw new ParleyError('BAD_USER_INPUT', `from is ${from}; positions begin with 0.`);
  }
  if (from !== null && typeof page.after === 'string') {
    throw new ParleyError('BAD_USER_INPUT', 'Give from or after, not both.');
  }
  return {
    ...(backward ? { last: size } : { first: size }),
    ...(from ? { after: from - 1 } : {}),
    ...(typeof page.after === 'string' ? { after: open(page.after) } : {}),
    ...(typeof page.before === 'string' ? { before: open(page.before) } : {}),
    ...standingOf(page),
  };
}

/** A window without it is one on all messages. */
export const standingOf = ({ superseded }: MessagePageArguments) =>
  superseded === false ? { standing: true } : {};

/** Of what a page shows, the cursor that was sealed last: under each of a thousand names it is asked for again. */
const sealedLast = new WeakMap<object, { cursors: CursorCodec; order: string; cursor: string }>();

function sealedOnce(cursors: CursorCodec, item: object, order: string, seal: () => string): string {
  const last = sealedLast.get(item);
  if (last?.cursors === cursors && last.order === order) return last.cursor;
  const cursor = seal();
  sealedLast.set(item, { cursors, order, cursor });
  return cursor;
}

export function messageCursor(cursors: CursorCodec, message: Message): string {
  const { sessionId, agentId, position } = message;
  return sealedOnce(cursors, message, 'position', () =>
    cursors.seal('messages', [sessionId, agentId, position]),
  );
}

export function sessionCursor(cursors: CursorCodec, session: Session, field: SessionOrderField): string {
  return sealedOnce(cursors, session, field, () =>
    cursors.seal('sessions', [field, session[field]?.getTime() ?? null, session.sessionId]),
  );
}

/** INVALID_CURSOR for a cursor of a list in another order. */
export function sessionKey(
  cursors: CursorCodec,
  cursor: string | null | undefined,
  field: SessionOrderField,
): SessionKey | null {
  if (typeof cursor !== 'string') return null;
  const [sealedField, value, sessionId] = cursors.open('sessions', cursor, LONGEST_OF_PAGE) as [
    JsonValue,
    number | null,
    string,
  ];
  if (sealedField === field) return { value, sessionId };
  throw new ParleyError(
    'INVALID_CURSOR',
    'The cursor is of a list in another order. Pass it where it came from, or none.',
  );
}
