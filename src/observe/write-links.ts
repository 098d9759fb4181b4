import type { Link, SpanContext } from '@opentelemetry/api';
import type { LiveEvent } from '../domain/live/live-events.js';
import { createLru } from '../domain/lru.js';
import { WRITES } from '../domain/sessions/write-health.js';

/** Which write an event tells of, by the sessions, messages and replies of both. */
export interface WriteLinks {
  /** Whether an event may tell of it. */
  tell(command: string): boolean;
  /** Null for a command that no event tells of. Its events may be told before it has its answer. */
  begun(command: string, input: unknown, context: SpanContext): Write | null;
  done(write: Write, result: unknown): void;
  /** To the write that the event tells of, where it is known. */
  of(event: LiveEvent): Link[];
}

/** `order` rises with each that begins. */
interface Write {
  command: string;
  context: SpanContext;
  order: number;
}

/** Writes whose events may still be told; beyond them an event has no link. */
const REMEMBERED_WRITES = 1_000;
/** The writes that each event may tell of, of replies too. What a reply says is told before it is written, and has none. */
const CAUSES: { readonly [T in LiveEvent['type']]?: readonly string[] } = {
  SessionCreated: ['createSession', 'appendMessages', 'replies.start'],
  MessageAdded: ['appendMessages', 'replies.end'],
  MessageUpdated: ['redactMessage', 'recordMetrics', 'recordGuardrailEvent'],
  AgentUpdated: ['upsertAgent', 'appendMessages', 'replies.start'],
  MetadataChanged: ['changeMetadata'],
  FeedbackAdded: ['addFeedback'],
  SessionChanged: [...WRITES, 'replies.start', 'replies.end'],
  SessionLeft: WRITES,
  SessionDeleted: ['deleteSession', 'expireSession'],
  ReplyStarted: ['replies.start'],
  ReplyRewound: ['replies.start'],
  ReplyFinished: ['replies.end'],
  ReplyAborted: ['replies.end'],
};
const NAMED = new Set(Object.values(CAUSES).flat());

export function createWriteLinks(): WriteLinks {
  const writes = createLru<string, Write>(REMEMBERED_WRITES);
  /** By its reply: what ends one names the reply alone. */
  const sessions = createLru<string, string>(REMEMBERED_WRITES);
  let count = 0;

  return {
    tell: (command) => NAMED.has(command),
    begun(command, input, context) {
      if (!NAMED.has(command)) return null;
      const write = { command, context, order: count++ };
      const about: About = typeof input === 'string' ? { sessionId: input } : (input as About);
      const { replyId } = about;
      const sessionId = about.sessionId ?? (replyId === undefined ? undefined : sessions.get(replyId));
      if (sessionId !== undefined) writes.set(keyOf(command, sessionId), write);
      if (replyId !== undefined) {
        writes.set(keyOf(command, '', replyId), write);
        if (sessionId !== undefined) sessions.set(replyId, sessionId);
      }
      return write;
    },
    done(write, result) {
      for (const one of Array.isArray(result) ? result : [result]) {
        const { sessionId, agentId, position } = messageIn(one);
        if (typeof position === 'number') {
          writes.set(keyOf(write.command, `${sessionId}`, `${agentId}`, position), write);
        }
      }
    },
    of(event) {
      const place = placeOf(event);
      if (!place) return [];
      const [first = '', ...rest] = place;
      const found = (...of: readonly (string | number)[]) =>
        (CAUSES[event.type] ?? []).flatMap((command) => writes.get(keyOf(command, ...of)) ?? []);
      const exact = found(first, ...rest);
      const all = exact.length > 0 ? exact : found(first);
      const [one, ...others] = all;
      if (!one) return [];
      const { context } = others.reduce((last, next) => (next.order > last.order ? next : last), one);
      return [{ context }];
    },
  };
}

/** What of a command's input says which conversation it changes. */
type About = { sessionId?: string; replyId?: string };

const keyOf = (...parts: readonly (string | number)[]) => JSON.stringify(parts);

/** A message, or what came of a reply with the message that it has become. */
function messageIn(result: unknown): { sessionId?: unknown; agentId?: unknown; position?: unknown } {
  const { message } = (result ?? {}) as { message?: object | null };
  return message ?? (result as object) ?? {};
}

/** Of a reply it begins with an empty name, which no session has. */
function placeOf(event: LiveEvent): (string | number)[] | null {
  switch (event.type) {
    case 'MessageAdded':
    case 'MessageUpdated':
      return [event.message.sessionId, event.message.agentId, event.message.position];
    case 'AgentUpdated':
      return [event.agent.agent.sessionId];
    case 'SessionCreated':
    case 'SessionChanged':
    case 'MetadataChanged':
      return [event.session.sessionId];
    case 'FeedbackAdded':
    case 'SessionLeft':
    case 'SessionDeleted':
      return [event.sessionId];
    case 'ReplyStarted':
    case 'ReplyRewound':
    case 'ReplyFinished':
    case 'ReplyAborted':
      return ['', event.replyId];
    default:
      return null;
  }
}
