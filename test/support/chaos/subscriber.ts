import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { pause } from '../../../src/domain/pause.js';
import type { FeedEvent, Scope } from './records.js';
import { type Caller, shown } from './requests.js';
import type { Happened } from './writer.js';

const MESSAGES = `subscription ($sessionId: ID!, $agentId: ID, $after: String) {
  messageAdded(sessionId: $sessionId, agentId: $agentId, after: $after) {
    __typename cursor
    ... on Ready { sessionExists }
    ... on MessageAdded { agentId message { messageId position text } }
    ... on MessageUpdated { agentId message { messageId position text } }
    ... on Resync { reason agentId }
  }
}`;
const EVENTS = `subscription ($sessionId: ID!, $after: String) {
  sessionEvents(sessionId: $sessionId, after: $after) {
    __typename cursor
    ... on Ready { sessionExists }
    ... on MessageAdded { agentId message { messageId position text } }
    ... on MessageUpdated { agentId message { messageId position text } }
    ... on FeedbackAdded { feedback { comment } }
    ... on Resync { reason agentId }
  }
}`;

/** Codes at the start of a subscription after which it is opened again, and the one that ends a slow reader's. */
const AGAIN = new Set(['STORE_UNAVAILABLE', 'LIVE_UNAVAILABLE', 'TIMEOUT', 'SUBSCRIBER_TOO_SLOW']);
const forever = new AbortController().signal;

export interface SubscriberOptions extends Caller {
  name: string;
  scope: Scope;
  record: (happened: Happened) => void;
}

/** A window that shows a session: graphql-ws' own client, which goes on from its last cursor. */
export interface Subscriber {
  readonly name: string;
  /** Whether its subscription is over: it left, or the server ended it. */
  readonly over: boolean;
  /** Closes its socket, and keeps the cursor. */
  goAway(): void;
  comeBack(): void;
  /** Breaks its socket off; the client connects again by itself. */
  breakOff(): void;
  /** For good. */
  leave(): void;
}

export function startSubscriber({ name, scope, fleet, random, record }: SubscriberOptions): Subscriber {
  const variables: Record<string, unknown> = { sessionId: scope.sessionId };
  if (scope.field === 'messageAdded') variables.agentId = scope.agentId;
  const query = scope.field === 'messageAdded' ? MESSAGES : EVENTS;
  let current: Client | null = null;
  let ready = false;
  let over = false;

  const lost = () => {
    if (ready) record({ kind: 'lost', subscriber: name });
    ready = false;
  };
  const end = (code: string | null) => {
    over = true;
    record({ kind: 'ended', subscriber: name, code });
    disconnect();
  };
  const disconnect = () => {
    const client = current;
    current = null;
    void client?.dispose();
  };

  function connect(): void {
    const client: Client = createClient({
      url: async () => (await fleet.url(random)).replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: Number.POSITIVE_INFINITY,
      retryWait: () => pause(random.between(1, 100), forever),
      shouldRetry: () => true,
      on: { closed: () => client === current && lost() },
    });
    current = client;
    subscribe(client);
  }

  function subscribe(client: Client): void {
    let refused: string | null = null;
    const again = async (code: string) => {
      lost();
      if (!AGAIN.has(code)) return end(code);
      await pause(random.between(20, 200), forever);
      if (client === current) subscribe(client);
    };
    client.subscribe<Record<string, FeedEvent & { cursor: string }>>(
      { query, variables },
      {
        next({ data, errors }) {
          if (client !== current) return;
          if (errors) refused = String(errors[0]?.extensions?.code);
          const event = data?.[scope.field];
          if (!event) return;
          variables.after = event.cursor;
          if (event.__typename === 'Ready') ready = true;
          const told = { ...event, ...(event.message ? { message: shown(event.message) } : {}) };
          record({ kind: 'event', subscriber: name, event: told });
        },
        error(error) {
          if (client !== current) return;
          if (!Array.isArray(error)) return end(String((error as { code?: number }).code ?? error));
          const { code, cursor } = error[0]?.extensions ?? {};
          if (typeof cursor === 'string') variables.after = cursor;
          void again(String(code));
        },
        complete() {
          if (client !== current) return;
          if (refused === null) end(null);
          else void again(refused);
        },
      },
    );
  }

  record({ kind: 'subscribed', subscriber: name, scope });
  connect();
  return {
    name,
    get over() {
      return over;
    },
    goAway() {
      if (over || !current) return;
      lost();
      disconnect();
    },
    comeBack() {
      if (!over && !current) connect();
    },
    breakOff() {
      // One that is still connecting is not broken off: ws would report that to nobody.
      if (ready) current?.terminate();
    },
    leave() {
      if (over) return;
      over = true;
      record({ kind: 'left', subscriber: name });
      disconnect();
    },
  };
}
