import { createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { KillableServer } from './killable-server.js';

const FOLLOW = `subscription ($sessionId: ID!, $after: String) {
  sessionEvents(sessionId: $sessionId, after: $after) {
    __typename cursor
    ... on MessageAdded { agentId message { messageId position text } }
    ... on FeedbackAdded { feedback { comment } }
    ... on Resync { reason }
  }
}`;

export interface StoredMessage {
  messageId: number;
  position: number;
  text: string;
}

interface FeedEvent {
  __typename: string;
  cursor: string;
  agentId?: string;
  message?: StoredMessage;
  feedback?: { comment: string };
  reason?: string;
}

export interface Follower {
  events: FeedEvent[];
  ready: Promise<void>;
  /** Resolves once this many messages and feedbacks have come. */
  seen(messages: number, feedbacks: number): Promise<void>;
  stop(): Promise<void>;
}

/** A UI: graphql-ws' own client, which reconnects by itself and resumes with the last cursor it was given. */
export function followResuming(target: KillableServer, sessionId: string): Follower {
  const events: FeedEvent[] = [];
  const listeners = new Set<() => void>();
  const variables: { sessionId: string; after?: string } = { sessionId };
  const client = createClient({
    url: target.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: () => target.up(),
    shouldRetry: () => true,
  });
  let fail: (error: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    fail = reject;
  });
  failed.catch(() => {});
  client.subscribe<{ sessionEvents: FeedEvent }>(
    { query: FOLLOW, variables },
    {
      next({ data, errors }) {
        if (!data) return fail(new Error(JSON.stringify(errors)));
        variables.after = data.sessionEvents.cursor;
        events.push(data.sessionEvents);
        for (const listener of listeners) listener();
      },
      error: (error) => fail(new Error(`the feed of ${sessionId} ended: ${JSON.stringify(error)}`)),
      complete: () => fail(new Error(`the feed of ${sessionId} completed`)),
    },
  );
  const until = (condition: () => boolean) =>
    Promise.race([
      failed,
      new Promise<void>((resolve) => {
        const look = () => {
          if (!condition()) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
      }),
    ]);
  return {
    events,
    ready: until(() => events.length > 0),
    seen: (messages, feedbacks) =>
      until(
        () =>
          events.filter(({ message }) => message).length >= messages &&
          events.filter(({ feedback }) => feedback).length >= feedbacks,
      ),
    stop: async () => client.dispose(),
  };
}
