import { type Client, CloseCode, createClient } from 'graphql-ws';
import WebSocket from 'ws';
import { pause } from '../domain/async/pause.js';
import { ParleyError } from '../domain/errors.js';
import { answerError, type SentError } from './answer-error.js';
import type { Credential } from './credential.js';
import { explainConnection } from './explain-connection.js';
import { createSilenceWatch } from './silence.js';

/** What each event of a Parley subscription has. */
export interface CursorEvent {
  __typename: string;
  cursor: string;
}

export interface ResumingSubscription<E extends CursorEvent> {
  /** The GraphQL endpoint, http or https. */
  url: string;
  credential: Credential;
  /** Its one root field gives `__typename` and `cursor`; its variable `after` takes the last cursor. */
  query: string;
  variables: Record<string, unknown>;
  onEvent(event: E): void;
  /** The connection was lost, or came back. */
  onState(state: 'connected' | 'lost'): void;
  /** Why there is no connection, as often as the reason changes; it is tried again. */
  onUnreachable(reason: string): void;
  /** How long nothing is sent until a ping is, which has to be answered in twice that time; 10,000 where absent. */
  quietMs?: number;
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
const QUIET_MS = 10_000;

/**
 * Follows a subscription over lost connections, restarted servers and credentials that end: each new connection resumes after the
 * last event that was received. Resolves when the feed completes, or `signal` aborts; rejects with what the server refuses, and
 * where the first connection cannot be had by trying again.
 */
export async function followResuming<E extends CursorEvent>(
  subscription: ResumingSubscription<E>,
  signal: AbortSignal,
): Promise<void> {
  const { url, credential, query, onEvent, onState, onUnreachable, quietMs = QUIET_MS } = subscription;
  const limitMs = quietMs * 2;
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
  let giveUp: (why: unknown) => void = () => {};
  const failed = new Promise<never>((_resolve, reject) => {
    giveUp = (why) => {
      givenUp = true;
      reject(why);
    };
  });
  failed.catch(() => {});
  /** What the connection shows, and whether it is a fresh one in place of one that was refused. */
  let shown: string | null = null;
  let renewed = false;
  let refused = false;
  const refuse = () => {
    // A fresh one that is refused, too, would be refused again.
    refused = renewed || !credential.refused(shown);
    renewed = true;
  };
  // A line that is cut without a word, or held by what stands between, is no lost connection to graphql-ws, however long nothing comes.
  const silence = createSilenceWatch(limitMs);
  let line: WebSocket | null = null;
  const endLine = () => line?.terminate();
  const introduce = async () => {
    try {
      shown = await credential.current();
    } catch (error) {
      giveUp(error);
    }
    silence.expect(endLine);
    return shown === null ? {} : { authorization: shown };
  };
  /** Before a connection is tried again: says why there is none, and gives up where there never was one, nor will be. */
  const explain = async (retries: number) => {
    // A server that has closed the connection may well be back; a fresh credential is tried first.
    if (renewed || (state !== null && retries === 0)) return;
    const found = await explainConnection(url, shown, signal);
    if (!found) return;
    if (found.final && state === null)
      return giveUp(new ParleyError(found.code, `Cannot connect to ${url}: ${found.reason}.`));
    if (found.reason !== unreachable) onUnreachable(found.reason);
    unreachable = found.reason;
  };
  const client = createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: openedWithin(limitMs, (socket) => {
      line = socket;
      // What waited to try again tries once more when it is over.
      if (over || signal.aborted) queueMicrotask(endLine);
    }),
    connectionParams: introduce,
    lazy: false,
    keepAlive: quietMs,
    retryAttempts: Number.POSITIVE_INFINITY,
    async retryWait(retries) {
      await explain(retries);
      if (givenUp) return;
      await pause(Math.min(RETRY_MS * 2 ** retries, 10_000) * (0.5 + Math.random() / 2), signal);
    },
    shouldRetry: () => !signal.aborted && !givenUp && !refused,
    onNonLazyError: () => {},
    on: {
      ping: (received) => received || silence.expect(endLine),
      message: ({ type }) => silence.heard(type === 'pong' || type === 'connection_ack'),
      connected: () => {
        renewed = false;
        changeState('connected');
      },
      closed: (event) => {
        silence.stop();
        if (over || signal.aborted) return;
        if ((event as { code?: number }).code === CloseCode.Forbidden) refuse();
        changeState('lost');
      },
    },
  });
  // It rejects with the failure of a connection that it is waiting for.
  const stop = () => {
    const closed = Promise.resolve(client.dispose()).catch(() => {});
    if (line?.readyState === WebSocket.CONNECTING) endLine();
    return closed;
  };
  signal.addEventListener('abort', stop);
  try {
    while (!signal.aborted) {
      const run = once(client, { query, variables }, (event: E) => {
        variables.after = event.cursor;
        onEvent(event);
      });
      run.catch(() => {});
      const errors = await Promise.race([run, failed]);
      if (!errors || signal.aborted) return;
      const error = answerError(errors);
      if (!RESUMABLE.has(error.code)) throw error;
      if (typeof error.details.cursor === 'string') variables.after = error.details.cursor;
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

/** A farewell that is not answered keeps nobody waiting, nor the process. */
const FAREWELL_MS = 1_000;

/** A WebSocket that fails where it is not open in that time. */
const openedWithin = (handshakeTimeout: number, onMade: (socket: WebSocket) => void) =>
  class extends WebSocket {
    constructor(address: string, protocol: string) {
      const options = { handshakeTimeout, closeTimeout: FAREWELL_MS };
      super(address, protocol, options);
      onMade(this);
    }
  };

/** One run of the subscription: null when it completed, else the errors that ended it. */
function once<E>(
  client: Client,
  payload: { query: string; variables: Record<string, unknown> },
  onEvent: (event: E) => void,
): Promise<readonly SentError[] | null> {
  return new Promise((resolve, reject) => {
    let refused: readonly SentError[] | null = null;
    client.subscribe<Record<string, E>>(payload, {
      next: ({ data, errors }) => {
        if (errors) refused = errors;
        for (const event of Object.values(data ?? {})) if (event) onEvent(event);
      },
      error: (error) => (Array.isArray(error) ? resolve(error as SentError[]) : reject(asError(error))),
      complete: () => resolve(refused),
    });
  });
}

/** What the client of the protocol ends with: an error, or how the socket was closed. */
function asError(error: unknown): Error {
  if (error instanceof Error) return error;
  const { code, reason } = (error ?? {}) as { code?: number; reason?: string };
  const said = code
    ? `The server closed the connection: ${code} ${reason ?? ''}`.trim()
    : 'The connection failed.';
  return new ParleyError(code === CloseCode.Forbidden ? 'UNAUTHENTICATED' : 'LIVE_UNAVAILABLE', said);
}
