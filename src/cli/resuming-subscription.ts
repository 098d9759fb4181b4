import { type Client, CloseCode, createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** What each event of a Parley subscription has. */
export interface CursorEvent {
  __typename: string;
  cursor: string;
}

export interface ResumingSubscription<E extends CursorEvent> {
  url: string;
  /** Shown on every connection; null: none. */
  authorization: string | null;
  /** Its one root field gives `__typename` and `cursor`; its variable `after` takes the last cursor. */
  query: string;
  variables: Record<string, unknown>;
  onEvent(event: E): void;
  /** The connection was lost, or came back. */
  onState(state: 'connected' | 'lost'): void;
}

/** Codes after which the same subscription may be opened again: the cursor says from where. */
const RESUMABLE = new Set(['SUBSCRIBER_TOO_SLOW', 'STORE_UNAVAILABLE', 'LIVE_UNAVAILABLE', 'TIMEOUT']);
const RETRY_MS = 1_000;

/**
 * Follows a subscription over lost connections and restarted servers: each new connection resumes after the last event
 * that was received. Resolves when the feed completes, or `signal` aborts; rejects with what the server refuses.
 */
export async function followResuming<E extends CursorEvent>(
  subscription: ResumingSubscription<E>,
  signal: AbortSignal,
): Promise<void> {
  const { url, authorization, query, onEvent, onState } = subscription;
  // The client sends this object again on every connection, with the cursor that it has then.
  const variables = { ...subscription.variables };
  let state: 'connected' | 'lost' | null = null;
  const changeState = (next: 'connected' | 'lost') => {
    if (state !== next) onState(next);
    state = next;
  };
  const client = createClient({
    url,
    webSocketImpl: WebSocket,
    ...(authorization === null ? {} : { connectionParams: { authorization } }),
    lazy: false,
    keepAlive: 10_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    retryWait: (retries) =>
      wait(Math.min(RETRY_MS * 2 ** retries, 10_000) * (0.5 + Math.random() / 2), signal),
    // The same credential would be refused again.
    shouldRetry: (event) => !signal.aborted && (event as { code?: number }).code !== CloseCode.Forbidden,
    onNonLazyError: () => {},
    on: { connected: () => changeState('connected'), closed: () => changeState('lost') },
  });
  const stop = () => void client.dispose();
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      const refused = await once(client, { query, variables }, (event: E) => {
        variables.after = event.cursor;
        onEvent(event);
      });
      if (!refused || signal.aborted) return;
      const [error] = refused;
      if (!RESUMABLE.has(String(error?.extensions?.code))) throw new Error(error?.message ?? 'refused');
      if (typeof error?.extensions?.cursor === 'string') variables.after = error.extensions.cursor;
      await wait(RETRY_MS, signal);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    await client.dispose();
  }
}

type Refusal = { message: string; extensions?: Record<string, unknown> }[];

/** One run of the subscription: null when it completed, else the errors that ended it. */
function once<E>(
  client: Client,
  payload: { query: string; variables: Record<string, unknown> },
  onEvent: (event: E) => void,
): Promise<Refusal | null> {
  return new Promise((resolve, reject) => {
    let refused: Refusal | null = null;
    client.subscribe<Record<string, E>>(payload, {
      next: ({ data, errors }) => {
        if (errors) refused = errors as unknown as Refusal;
        for (const event of Object.values(data ?? {})) if (event) onEvent(event);
      },
      error: (error) => (Array.isArray(error) ? resolve(error as Refusal) : reject(asError(error))),
      complete: () => resolve(refused),
    });
  });
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  const { code, reason } = (error ?? {}) as { code?: number; reason?: string };
  return new Error(
    code ? `The server closed the connection: ${code} ${reason ?? ''}` : 'The connection failed.',
  );
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
