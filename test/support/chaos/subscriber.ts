import { setTimeout as wait } from 'node:timers/promises';
import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import type { Happened } from './observation.js';
import type { FeedEvent, Scope } from './records.js';
import { type Caller, shown } from './requests.js';

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
export interface SubscriberOptions extends Caller {
  name: string;
  scope: Scope;
  record: (happened: Happened) => void;
  /** A connection that it had ended with this code. */
  closed?: (code: number) => void;
}

/** A window that shows a session: graphql-ws' own client, which goes on from its last cursor. */
export interface Subscriber {
  readonly name: string;
  /**
   * Whether it has a connection that has said Ready. Only then may it go away or leave: graphql-ws leaves the failure of a
   * connection that nobody waits for any more to nobody.
   */
  readonly ready: boolean;
  /** Closes its socket, and keeps the cursor. */
  goAway(): void;
  comeBack(): void;
  /** Breaks its socket off; the client connects again by itself. */
  breakOff(): void;
  /** For good. */
  leave(): void;
}

export function startSubscriber(options: SubscriberOptions): Subscriber {
  const { name, scope, fleet, random, record } = options;
  const variables: Record<string, unknown> = { sessionId: scope.sessionId };
  if (scope.field === 'messageAdded') variables.agentId = scope.agentId;
  const query = scope.field === 'messageAdded' ? MESSAGES : EVENTS;
  let current: Client | null = null;
  let socket: WebSocket | null = null;
  let ready = false;
  let deleted = false;
  let over = false;

  const lost = () => {
    // A window whose session is gone does not come back for the end of its subscription.
    if (deleted) return leave();
    if (ready) record({ kind: 'lost', subscriber: name });
    ready = false;
  };
  const leave = () => {
    if (over) return;
    over = true;
    record({ kind: 'left', subscriber: name });
    disconnect();
  };
  const end = (code: string | null) => {
    over = true;
    record({ kind: 'ended', subscriber: name, code });
    disconnect();
  };
  const disconnect = () => {
    const client = current;
    current = null;
    ready = false;
    void client?.dispose();
  };

  function connect(): void {
    const client: Client = createClient({
      url: async () => (await fleet.url(random)).replace('http', 'ws'),
      webSocketImpl: WebSocket,
      retryAttempts: Number.POSITIVE_INFINITY,
      retryWait: () => wait(random.between(1, 100)),
      shouldRetry: () => true,
      on: {
        connected(opened) {
          socket = opened as WebSocket;
        },
        closed(event) {
          if (client !== current) return;
          if (ready) options.closed?.((event as { code: number }).code);
          lost();
        },
      },
    });
    current = client;
    subscribe(client);
  }

  function subscribe(client: Client): void {
    let refused: string | null = null;
    const again = async (code: string) => {
      lost();
      if (over) return;
      if (!AGAIN.has(code)) return end(code);
      await wait(random.between(20, 200));
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
          if (event.__typename === 'SessionDeleted') deleted = true;
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
    get ready() {
      return ready;
    },
    goAway() {
      lost();
      disconnect();
    },
    comeBack() {
      if (!over && !current) connect();
    },
    breakOff() {
      // Not the client's own `terminate`: it goes on taking what the old socket brings, beside the new one.
      socket?.terminate();
    },
    leave,
  };
}
