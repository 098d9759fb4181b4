import type { Later } from '../../domain/async/later.js';
import type { LiveEventBody } from '../../domain/live/live-events.js';
import { ifSmall } from '../../domain/load-batches.js';
import type { ReadBudget } from '../../domain/read-budget.js';
import type { SessionReads } from '../../domain/sessions/session-service.js';
import type { SessionPart, SessionStore } from '../../domain/sessions/session-store.js';
import type { WebhookEvent } from '../../domain/webhook-store.js';

export interface BodiesDeps {
  /** What may be shown, as hooks show it. */
  reads(budget: ReadBudget): Pick<SessionReads, 'loadSessions' | 'loadMessages'>;
  loadFeedback: SessionStore['loadFeedback'];
  /** What the API shows of an event. */
  view(event: LiveEventBody): Promise<Record<string, unknown>>;
  /** How much of a body may be content, in characters of JSON. */
  maxContent: number;
}

/** The body to send, with what it tells of as it is now; null where that is gone. */
export type BodyOf = (event: WebhookEvent) => Promise<string | null>;

/** What is larger than one read may be. */
const LARGE = Symbol('large');

export function createBodies({ reads, loadFeedback, view, maxContent }: BodiesDeps): BodyOf {
  /** What a list of one holds: null where it is not there, LARGE where it was not read. */
  const first = async <T>(load: (budget: ReadBudget) => Later<(T | null)[]>) => {
    const found = await ifSmall(load);
    return found ? (found[0] ?? null) : LARGE;
  };

  /** The session that the event tells of; null where it is gone, or is a later one of its id. */
  async function sessionOf({ sessionId, sessionCreatedAt }: WebhookEvent, parts: readonly SessionPart[]) {
    const found = await first((budget) => reads(budget).loadSessions([sessionId as string], parts));
    if (found === null || found === LARGE || sessionCreatedAt === null) return found;
    return (found.createdAt?.getTime() ?? sessionCreatedAt) <= sessionCreatedAt ? found : null;
  }

  /** The event as subscribers are told of it; null where nothing is there, LARGE where it was not read. */
  async function told(event: WebhookEvent): Promise<LiveEventBody | null | typeof LARGE> {
    const sessionId = event.sessionId as string;
    const agentId = event.agentId as string;
    const index = event.index as number;
    switch (event.type) {
      case 'message.added':
      case 'message.updated': {
        if ((await sessionOf(event, [])) === null) return null;
        const address = { sessionId, agentId, position: index };
        const message = await first((budget) => reads(budget).loadMessages([address]));
        if (message === null || message === LARGE) return message;
        return { type: event.type === 'message.added' ? 'MessageAdded' : 'MessageUpdated', agentId, message };
      }
      case 'feedback.added': {
        if ((await sessionOf(event, [])) === null) return null;
        const feedback = await first((budget) => loadFeedback([{ sessionId, index }], budget));
        return feedback === null || feedback === LARGE
          ? feedback
          : { type: 'FeedbackAdded', sessionId, feedback };
      }
      default: {
        const session = await sessionOf(event, ['metadata']);
        if (session === null || session === LARGE) return session;
        return { type: event.type === 'session.created' ? 'SessionCreated' : 'MetadataChanged', session };
      }
    }
  }

  /** What is shown, under its name in `data`. */
  async function contentOf(event: WebhookEvent): Promise<Record<string, unknown> | null> {
    const name = CONTENT[event.type];
    if (!name) return {};
    const found = await told(event);
    if (found === null) return null;
    const shown = found === LARGE ? null : await view(found);
    const content =
      shown && (name === 'metadata' ? (shown.session as { metadata: unknown }).metadata : shown[name]);
    const omitted = content === null || JSON.stringify(content).length > maxContent;
    return { [name]: omitted ? null : content, omitted };
  }

  return async (event) => {
    const content = await contentOf(event);
    if (content === null) return null;
    const { type, at, sessionId, agentId, index, reason } = event;
    const place = {
      sessionId,
      ...(type.startsWith('message') ? { agentId, position: index } : {}),
      ...(type === 'conversation.resync' ? { agentId, reason } : {}),
    };
    return JSON.stringify({ type, timestamp: new Date(at).toISOString(), data: { ...place, ...content } });
  };
}

/** What an event shows. One that is not here shows nothing. */
const CONTENT: Partial<Record<WebhookEvent['type'], string>> = {
  'session.created': 'session',
  'message.added': 'message',
  'message.updated': 'message',
  'metadata.changed': 'metadata',
  'feedback.added': 'feedback',
};
