import type { GraphQLFormattedError } from 'graphql';
import type { TypedDocumentString } from '../generated/operations.js';
import { ApiError } from './ask.js';
import { access, askForCredential, credentialGiven } from './credential.js';
import { socket } from './socket.js';

/** Codes after which the same subscription is opened again, from its last cursor. */
const AGAIN = new Set([
  'SUBSCRIBER_TOO_SLOW',
  'STORE_UNAVAILABLE',
  'LIVE_UNAVAILABLE',
  'TIMEOUT',
  'RATE_LIMITED',
  'UNAUTHENTICATED',
]);
const AGAIN_AFTER_MS = 1_000;

/** What the one field of a subscription gives. */
type EventOf<Result> = Extract<Result[keyof Result], { cursor: string }>;

export interface Follower<Event> {
  event(event: Event): void;
  /** The feed has ended for good. */
  ended(error: ApiError | null): void;
}

/**
 * Follows one subscription over lost connections, restarted servers and slow moments: each new start passes the last cursor, so
 * that nothing is missed without a sign. Returns how to stop.
 */
export function follow<Result extends object, Variables extends { after?: string | null }>(
  document: TypedDocumentString<Result, Variables>,
  variables: Omit<Variables, 'after'>,
  follower: Follower<EventOf<Result>>,
): () => void {
  // The socket sends this very object again after each new connection: the cursor in it is the newest.
  const payload: { query: string; variables: Record<string, unknown> } = {
    query: document.toString(),
    variables: { ...variables },
  };
  let stop = () => {};
  let stopped = false;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function start(): void {
    const shown = access.get().credential;
    let refused: readonly GraphQLFormattedError[] | null = null;
    const end = async (errors: readonly GraphQLFormattedError[]) => {
      if (stopped) return;
      const [first] = errors;
      const code = String(first?.extensions?.code ?? 'INTERNAL_SERVER_ERROR');
      if (!AGAIN.has(code))
        return follower.ended(new ApiError(code, first?.message ?? 'The feed has ended.'));
      if (typeof first?.extensions?.cursor === 'string') payload.variables.after = first.extensions.cursor;
      if (code === 'UNAUTHENTICATED') {
        askForCredential(shown);
        await credentialGiven();
      }
      timer = setTimeout(() => stopped || start(), AGAIN_AFTER_MS);
    };
    stop = socket.subscribe<Result>(payload, {
      next(result) {
        const [event] = Object.values(result.data ?? {}) as [EventOf<Result>?];
        refused = event ? null : (result.errors ?? null);
        if (!event) return;
        payload.variables.after = event.cursor;
        follower.event(event);
      },
      error(error) {
        if (Array.isArray(error)) end(error);
        else if (!stopped) follower.ended(new ApiError('UNREACHABLE', 'The live feed cannot be reached.'));
      },
      complete() {
        if (refused) end(refused);
        else if (!stopped) follower.ended(null);
      },
    });
  }

  start();
  return () => {
    stopped = true;
    clearTimeout(timer);
    stop();
  };
}
