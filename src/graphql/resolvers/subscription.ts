import type { LiveEvent } from '../../domain/live/live-events.js';
import type { EventResolvers, SubscriptionResolvers } from '../generated/types.js';
import { partsOfEvents } from '../loading/selected-parts.js';
import { toSessionFilter } from '../session-filter.js';

/** An event is the root of its own execution. */
const asItIs = (event: unknown) => event as LiveEvent;

export const subscription: SubscriptionResolvers = {
  messageAdded: {
    subscribe: (_root, { sessionId, agentId, after, replies }, context, info) =>
      context.audited('messageAdded', sessionId, () =>
        context.live.session({
          sessionId,
          agentId: agentId ?? null,
          only: 'messages',
          after: context.goOn ?? after ?? null,
          replies: replies ?? false,
          reader: context.reader,
          handOver: context.handOver,
          parts: partsOfEvents(info),
          share: context.share,
        }),
      ),
    resolve: asItIs,
  },
  sessionEvents: {
    subscribe: (_root, { sessionId, after, replies }, context, info) =>
      context.audited('sessionEvents', sessionId, () =>
        context.live.session({
          sessionId,
          agentId: null,
          only: 'everything',
          after: context.goOn ?? after ?? null,
          replies: replies ?? false,
          reader: context.reader,
          handOver: context.handOver,
          parts: partsOfEvents(info),
          share: context.share,
        }),
      ),
    resolve: asItIs,
  },
  sessionActivity: {
    subscribe: (_root, { filter, after }, context, info) =>
      context.audited('sessionActivity', null, () =>
        context.live.activity({
          filter: toSessionFilter(filter),
          after: after ?? null,
          reader: context.reader,
          handOver: context.handOver,
          parts: partsOfEvents(info),
          share: context.share,
        }),
      ),
    resolve: asItIs,
  },
};

/** The event types need no resolvers beyond this: events have the shape of the schema. */
export const event: EventResolvers = { __resolveType: ({ type }) => type };
