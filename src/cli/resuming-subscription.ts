import { type Client, CloseCode, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { pause } from '../domain/pause.js';
import { explainConnection } from './explain-connection.js';

/** What each event of a Parley subscription has. */
export interface CursorEvent {
  __typename: string;
  cursor: string;
}

export interface ResumingSubscription<E extends CursorEvent> {
  /** The GraphQL endpoint, http or https. */
  url: string;
  /** Shown on every connection; null: none. */
  authorization: string | null;
  /** Its one root field gives `__typename` and `cursor`; its variable `after` takes the last cursor. */
  query: string;
  variables: Record<string, unknown>;
  onEvent(event: E): void;
  /** The connection was lost, or came back. */
  onState(state: 'connected' | 'lost'): void;
  /** Why there is no connection, as often as the reason changes; it is tried again. */
  onUnreachable(reason: string): void;
}

/** Codes after which the same subscription may be opened again: the cursor says from where. */
const RESUMABLE = new Set([
  'SUBSCRIBER_TOO_SLOW',
  'STORE_UNAVAILABLE',
  'LIVE_UNAVAILABLE',
  'TIMEOUT',
  'RATE_LIMITED',
]);
const RETRY_MS = 1_000;

/**
 * Follows a subscription over lost connections and restarted servers: each new connection resumes after the last event
 * that was received. Resolves when the feed completes, or `signal` aborts; rejects with what the server refuses, and where the
 * first connection cannot be had by trying again.
 */
export async function followResuming<E extends CursorEvent>(
  subscription: ResumingSubscription<E>,
  signal: AbortSignal,
): Promise<void> {
  const { url, authorization, query, onEvent, onState, onUnreachable } = subscription;
  // The client sends this object again on every connection, with the cursor that it has then.
  const variables = { ...subscription.variables };
  let state: 'connected' | 'lost' | null = null;
  let unreachable: string | null = null;
  /** The connection is closed here: nothing is lost. */
  let over = false;
  const changeState = (next: 'connected' | 'lost') => {
    if (state === null && next === 'lost') return;
    if (state !== next) onState(next);
    state = next;
    if (next === 'connected') unreachable = null;
  };
  // graphql-ws passes on nothing that is thrown while it waits.
  let givenUp = false;
  let giveUp: (why: string) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    giveUp = (why) => {
      givenUp = true;
      reject(new Error(why));
    };
  });
  failed.catch(() => {});
  /** Before a connection is tried again: says why there is none, and gives up where there never was one, nor will be. */
  const explain = async (retries: number) => {
    // A server that has closed the connection may well be back.
    if (state !== null && retries === 0) return;
    const found = await explainConnection(url, authorization, signal);
    if (!found) return;
    if (found.final && state === null) return giveUp(`cannot connect to ${url}: ${found.reason}`);
    if (found.reason !== unreachable) onUnreachable(found.reason);
    unreachable = found.reason;
  };
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    ...(authorization === null ? {} : { connectionParams: { authorization } }),
    lazy: false,
    keepAlive: 10_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    async retryWait(retries) {
      await explain(retries);
      if (givenUp) return;
      await pause(Math.min(RETRY_MS * 2 ** retries, 10_000) * (0.5 + Math.random() / 2), signal);
    },
    // The same credential would be refused again.
    shouldRetry: (event) =>
      !signal.aborted && !givenUp && (event as { code?: number }).code !== CloseCode.Forbidden,
    onNonLazyError: () => {},
    on: {
      connected: () => changeState('connected'),
      closed: () => over || signal.aborted || changeState('lost'),
    },
  });
  // It rejects with the failure of a connection that it is waiting for.
  const stop = () => Promise.resolve(client.dispose()).catch(() => {});
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      const run = once(client, { query, variables }, (event: E) => {
        variables.after = event.cursor;
        onEvent(event);
      });
      const refused = await Promise.race([run, failed]);
      if (!refused || signal.aborted) return;
      const [error] = refused;
      if (!RESUMABLE.has(String(error?.extensions?.code))) throw new Error(error?.message ?? 'refused');
      if (typeof error?.extensions?.cursor === 'string') variables.after = error.extensions.cursor;
      await pause(RETRY_MS, signal);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    over = true;
    signal.removeEventListener('abort', stop);
    await stop();
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
