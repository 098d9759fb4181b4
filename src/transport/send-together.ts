/** Answers that wait for each other, at most, and for how long, in ms. */
const MOST = 16;
const LONGEST_MS = 1;

interface Clock {
  /** In ms. */
  now(): number;
  /** Runs something at the end of the turn of the event loop. */
  atEnd(run: () => void): void;
}

export interface Together {
  /** In the order in which they were given. */
  send(send: () => void): void;
  /** Sends what waits now. */
  sendAll(): void;
}

/**
 * Sends answers and events that are ready in the same turn of the event loop behind each other, at its end at the latest: to wake who takes a
 * short one costs a good part of making it, and who takes several in a row is awake.
 */
export function createTogether({ now, atEnd }: Clock): Together {
  let waiting: (() => void)[] = [];
  let since = 0;

  function sendAll(): void {
    const sends = waiting;
    waiting = [];
    for (const send of sends) send();
  }

  return {
    send(send) {
      if (waiting.push(send) === 1) {
        since = now();
        atEnd(sendAll);
      } else if (waiting.length >= MOST || now() - since >= LONGEST_MS) sendAll();
    },
    sendAll,
  };
}

/** Those of all servers of the process. */
export const together = createTogether({ now: () => performance.now(), atEnd: setImmediate });
