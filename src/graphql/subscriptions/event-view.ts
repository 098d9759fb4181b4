import { execute, type GraphQLSchema, parse } from 'graphql';
import type { LiveEventBody } from '../../domain/live/live-events.js';
import type { RequestContext } from '../context.js';

/** What the API shows of an event, for whoever is told of it in another way than by a subscription: its fields, by their names. */
export type EventView = (event: LiveEventBody) => Promise<Record<string, unknown>>;

const DOCUMENT = parse(`subscription {
  sessionEvents(sessionId: "") {
    ... on SessionCreated { session { id sessionId type applicationName createdAt updatedAt metadata } }
    ... on MessageAdded { message { ...Shown } }
    ... on MessageUpdated { message { ...Shown } }
    ... on MetadataChanged { session { metadata } }
    ... on FeedbackAdded { feedback { rating comment createdAt fields } }
  }
}
fragment Shown on Message {
  id messageId position role text blocks metadata clientId trackingId createdAt updatedAt redacted supersedes { from to }
  metrics {
    usage { inputTokens outputTokens totalTokens cacheReadInputTokens cacheWriteInputTokens }
    latencyMs timeToFirstByteMs
  }
  guardrailEvent { action timestamp stopReason policiesTriggered }
}`);

/** Rejects with the first error of the result, as it was thrown. */
export function createEventView(schema: GraphQLSchema, makeContext: () => RequestContext): EventView {
  return async (event) => {
    const contextValue = makeContext();
    try {
      const result = await execute({ schema, document: DOCUMENT, rootValue: event, contextValue });
      const [error] = result.errors ?? [];
      if (error) throw error.originalError ?? error;
      return result.data?.sessionEvents as Record<string, unknown>;
    } finally {
      contextValue.end();
    }
  };
}
