import { leftAtOnce } from '../domain/async/left-at-once.js';
import { ParleyError } from '../domain/errors.js';
import { type CursorEvent, followResuming, type ResumingSubscription } from './follow.js';

/** Events that may wait for whoever reads them. */
const MOST_WAITING = 1_000;

/**
 * The events of a subscription, in order, for whoever takes them one by one. A reader that falls behind holds no more than a bounded
 * number: the connection is closed then, and opened again after the last of them once they are taken. Leaving it ends
 * the connection at once, also while an event is waited for.
 */
export function subscriptionEvents<E extends CursorEvent>(
  subscription: Omit<ResumingSubscription<E>, 'onEvent'>,
  signal: AbortSignal,
  mostWaiting = MOST_WAITING,
): AsyncGenerator<E, void, undefined> {
  const left = new AbortController();
  const events = stretches(subscription, AbortSignal.any([signal, left.signal]), mostWaiting);
  return leftAtOnce({
    next: () => events.next(),
    async leave() {
      left.abort();
      await events.return();
    },
  });
}

async function* stretches<E extends CursorEvent>(
  subscription: Omit<ResumingSubscription<E>, 'onEvent'>,
  signal: AbortSignal,
  mostWaiting: number,
): AsyncGenerator<E, void, undefined> {
  let { after } = subscription.variables;
  for (;;) {
    const run = follow<E>(
      { ...subscription, variables: { ...subscription.variables, after } },
      signal,
      mostWaiting,
    );
    try {
      for await (const event of run.events()) {
        after = event.cursor;
        yield event;
      }
    } finally {
      run.stop();
    }
    if (!run.full) return;
  }
}

/** One stretch of the feed: until it ends, or until as many events wait as may. */
function follow<E extends CursorEvent>(
  subscription: Omit<ResumingSubscription<E>, 'onEvent'>,
  signal: AbortSignal,
  mostWaiting: number,
) {
  const stopped = new AbortController();
  const waiting: E[] = [];
  let wake = () => {};
  let over = false;
  let failure: unknown = null;
  const run = {
    /** The feed goes on: there was no room for more of it. */
    full: false,
    stop: () => stopped.abort(),
    async *events(): AsyncGenerator<E, void, undefined> {
      for (;;) {
        const event = waiting.shift();
        if (event) yield event;
        else if (failure !== null) throw failure;
        else if (over) return;
        else
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
      }
    },
  };
  const end = (why: unknown) => {
    over = true;
    failure = why;
    wake();
  };
  const onEvent = (event: E) => {
    if (stopped.signal.aborted) return;
    if (typeof event.cursor !== 'string') {
      end(noCursor());
      return stopped.abort();
    }
    // This event comes again, after those that wait.
    run.full = waiting.length === mostWaiting;
    if (run.full) return stopped.abort();
    waiting.push(event);
    wake();
  };
  followResuming<E>({ ...subscription, onEvent }, AbortSignal.any([signal, stopped.signal])).then(
    () => over || end(null),
    end,
  );
  return run;
}

const noCursor = () =>
  new ParleyError(
    'BAD_USER_INPUT',
    'The events come without their cursor. Select __typename and cursor on the event, under these names.',
  );
