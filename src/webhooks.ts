import type { GraphQLSchema } from 'graphql';
import type { Logger } from 'pino';
import { guardedService } from './domain/access/guarded-service.js';
import type { Hooks } from './domain/access/hook-types.js';
import type { Caller } from './domain/access/policy.js';
import { pause } from './domain/async/pause.js';
import type { FollowDeps } from './domain/live/follow.js';
import { budgetedService } from './domain/sessions/budgeted-service.js';
import type { SessionService } from './domain/sessions/session-service.js';
import type { MakeContext } from './graphql/context.js';
import { createEventView } from './graphql/subscriptions/event-view.js';
import type { Metrics } from './observe/metrics.js';
import { createBodies } from './operate/webhooks/bodies.js';
import type { Webhooks } from './operate/webhooks/endpoints.js';
import { createWebhookEvents } from './operate/webhooks/events.js';
import { MAX_CONTENT } from './operate/webhooks/limits.js';
import { startWebhooks } from './operate/webhooks/webhooks.js';
import type { Writers } from './operate/webhooks/writers.js';
import type { OpenedStore } from './stores/open-store.js';

/** Receivers are told what a caller who may read everything is shown. */
const READER: Caller = {
  kind: 'anonymous',
  id: '',
  name: '',
  policy: { scopes: new Set(['read']), reach: {} },
  expiresAt: null,
};

export interface WebhookParts {
  opened: Pick<OpenedStore, 'secrets' | 'leases' | 'webhooks'>;
  service: SessionService;
  hooks: Hooks | null;
  follow: FollowDeps;
  schema: GraphQLSchema;
  makeContext: MakeContext;
  writers: Writers;
  metrics: Metrics;
  now: () => Date;
  log: Logger;
}

/** Sends webhooks from now on. */
export async function sendWebhooks(given: Webhooks, parts: WebhookParts): Promise<{ stop(): Promise<void> }> {
  const { opened, service, hooks, follow, schema, makeContext, writers, metrics, now, log } = parts;
  const bodyOf = createBodies({
    reads: (budget) => guardedService(budgetedService(service, budget), READER.policy, hooks),
    loadFeedback: follow.store.loadFeedback,
    view: createEventView(schema, () => makeContext(READER, '', { share: 'webhooks' })),
    maxContent: MAX_CONTENT,
  });
  return startWebhooks(given, {
    follow,
    leases: opened.leases,
    webhooks: opened.webhooks,
    events: createWebhookEvents(await opened.secrets.secret('webhook-ids')),
    bodyOf,
    writers,
    metrics: metrics.webhooks,
    now: () => now().getTime(),
    elapsed: () => performance.now(),
    pause,
    random: Math.random,
    log,
  });
}
