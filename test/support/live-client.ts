import { type Client, createClient } from 'graphql-ws';
import WebSocket from 'ws';

/** What a subscription gave, kept in order so that none is missed, and taken one by one. */
export interface Feed<T> {
  /** The next event; rejects when the subscription ends instead. */
  next(): Promise<T>;
  /** Resolves with the errors that ended it, or null where it completed. */
  readonly ended: Promise<readonly { message: string; extensions: Record<string, unknown> }[] | null>;
  stop(): void;
}

export type GraphQLErrors = readonly { message: string; extensions: Record<string, unknown> }[];

/** graphql-ws' own client on a socket of its own; it does not reconnect unless `retryAttempts` says so. */
export function connect(
  url: string,
  options: { retryAttempts?: number; onClosed?: (event: CloseEvent) => void } = {},
): Client {
  return createClient({
    url: url.replace(/^http/, 'ws'),
    webSocketImpl: WebSocket,
    lazy: true,
    retryAttempts: options.retryAttempts ?? 0,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    on: { closed: (event) => options.onClosed?.(event as CloseEvent) },
  });
}

export interface CloseEvent {
  code: number;
  reason: string;
}

// biome-ignore lint/suspicious/noExplicitAny: the shape of an event is what each test asks for.
export function follow<T = any>(
  client: Client,
  query: string,
  variables: Record<string, unknown> = {},
): Feed<T> {
  const queued: T[] = [];
  const waiting: { resolve: (event: T) => void; reject: (error: Error) => void }[] = [];
  let end: (errors: GraphQLErrors | null) => void = () => {};
  let over: Error | null = null;
  const ended = new Promise<GraphQLErrors | null>((resolve) => {
    end = resolve;
  });
  const finish = (errors: GraphQLErrors | null, why: string) => {
    over = new Error(why);
    for (const { reject } of waiting.splice(0)) reject(over);
    end(errors);
  };
  let refused: GraphQLErrors | null = null;
  const stop = client.subscribe<Record<string, T>>(
    { query, variables },
    {
      next({ data, errors }) {
        if (errors) refused = errors as unknown as GraphQLErrors;
        for (const event of Object.values(data ?? {})) {
          const taker = waiting.shift();
          if (taker) taker.resolve(event);
          else queued.push(event);
        }
      },
      error(error) {
        if (Array.isArray(error)) finish(error as unknown as GraphQLErrors, JSON.stringify(error));
        else
          finish(
            [{ message: String((error as CloseEvent).reason ?? error), extensions: {} }],
            'the socket closed',
          );
      },
      complete: () => finish(refused, refused ? JSON.stringify(refused) : 'the subscription completed'),
    },
  );
  return {
    next: () =>
      new Promise((resolve, reject) => {
        const event = queued.shift();
        if (event !== undefined) resolve(event);
        else if (over) reject(over);
        else waiting.push({ resolve, reject });
      }),
    ended,
    stop,
  };
}

/** The first `count` events of whoever comes with the cursor and goes again. */
export async function firstEvents(url: string, query: string, after: string | null, count = 1) {
  const client = connect(url);
  const feed = follow(client, query, { after });
  const events = [];
  while (events.length < count) events.push(await feed.next());
  await client.dispose();
  return events;
}
