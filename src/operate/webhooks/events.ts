import { createHmac } from 'node:crypto';
import type { Change, Position } from '../../domain/sessions/session-store.js';
import type { WebhookEvent } from '../../domain/webhook-store.js';

/** Makes events of changes. An event has the same id whoever makes it, and however often. */
export interface WebhookEvents {
  /** Null where webhooks do not tell of it. */
  of(change: Change): WebhookEvent | null;
  /** In the place of an event and of others of its session after it. */
  instead(event: WebhookEvent, reason: string): WebhookEvent;
  /** Everything up to `position` may have been missed. */
  lost(position: Position, at: number, reason?: 'HISTORY_GONE' | 'QUEUE_FULL'): WebhookEvent;
}

const TYPES: Partial<Record<Change['kind'], WebhookEvent['type']>> = {
  'session-created': 'session.created',
  'session-deleted': 'session.deleted',
  'message-added': 'message.added',
  'message-updated': 'message.updated',
  'metadata-changed': 'metadata.changed',
  'feedback-added': 'feedback.added',
  'agent-rewritten': 'conversation.resync',
};

/** `secret`: of the database, so that an id tells nothing of how much is written there. */
export function createWebhookEvents(secret: Uint8Array): WebhookEvents {
  const withId = (event: Omit<WebhookEvent, 'id'>): WebhookEvent => {
    const { type, position, at, sessionId, agentId, index } = event;
    // The time is in it: a database that was put back to an older state gives its positions again.
    const identity = JSON.stringify([type, position, at, sessionId, agentId, index]);
    const digest = createHmac('sha256', secret).update(identity).digest('base64url');
    return { id: `msg_${digest.slice(0, 32)}`, ...event };
  };
  return {
    of(change) {
      const type = TYPES[change.kind];
      if (!type) return null;
      return withId({
        type,
        position: change.position,
        at: change.at,
        sessionId: change.sessionId,
        sessionCreatedAt: change.sessionCreatedAt,
        agentId: 'agentId' in change ? change.agentId : null,
        index: 'index' in change ? change.index : null,
        reason: change.kind === 'agent-rewritten' ? 'AGENT_REWRITTEN' : null,
      });
    },
    instead: ({ id: _, ...event }, reason) =>
      withId({ ...event, type: 'conversation.resync', agentId: null, index: null, reason }),
    lost: (position, at, reason = 'HISTORY_GONE') =>
      withId({
        type: 'conversation.resync',
        position,
        at,
        sessionId: null,
        sessionCreatedAt: null,
        agentId: null,
        index: null,
        reason,
      }),
  };
}
