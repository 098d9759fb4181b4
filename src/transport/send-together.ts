/** Answers that wait for each other, at most, and for how long, in ms. */
const MOST = 16;
const LONGEST_MS = 1;

let waiting: (() => void)[] = [];
let since = 0;

function sendAll(): void {
  const sends = waiting;
  waiting = [];
  for (const send of sends) send();
}

/**
 * Sends answers that are ready in the same turn of the event loop behind each other, at its end at the latest: to wake who takes a short
 * one costs a good part of making it, and who takes several in a row is awake.
 */
export function sendTogether(send: () => void): void {
  if (waiting.push(send) === 1) {
    since = performance.now();
    setImmediate(sendAll);
  } else if (waiting.length >= MOST || performance.now() - since >= LONGEST_MS) sendAll();
}
