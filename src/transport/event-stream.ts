import type { ServerResponse } from 'node:http';
import type { ErrorCode } from '../domain/errors.js';
import type { WaitingBytes } from './bounds/waiting-bytes.js';
import { COMMON_HEADERS, send } from './http-answer.js';
import type { Pace } from './paced-answer.js';
import { type PeerLimits, watchPeer } from './peer-watch.js';

export interface StreamLimits extends PeerLimits {
  /** A line that says nothing goes out this often, so that nothing on the way takes the connection for a dead one. */
  pingEveryMs: number;
}

/**
 * An answer of server-sent events, as graphql-sse names them (`next`, `complete`). Results are given as their JSON. Nothing is sent
 * after its end.
 */
export interface EventStream {
  /** Resolves when the events were handed to the network, or the client has gone: for whoever goes at its pace. */
  next(results: readonly Buffer[]): Promise<void>;
  /** The same for whoever does not wait. False where more waits to be taken than a reader may leave. */
  push(results: readonly Buffer[]): boolean;
  /** The end, which the client is told of. */
  complete(): void;
  /** The end of the connection too, without a word: on which clients come back by themselves. */
  cut(): void;
  waitingBytes(): number;
}

/** No store keeps it, and nothing on the way may collect it: nginx asks for a header of its own. */
const HEAD = {
  ...COMMON_HEADERS,
  'cache-control': 'no-store, no-transform',
  'content-type': 'text/event-stream; charset=utf-8',
  'x-accel-buffering': 'no',
} as const;
const NEXT = 'event: next\ndata: ';
const END_OF_EVENT = '\n\n';
/** Browsers' own reader of events passes by what has no data. */
const COMPLETE = 'event: complete\ndata:\n\n';
const COMMENT = ':\n\n';

/** The bytes of events, made once for all who are given the same results one after the other. */
export type EventsOf = (results: readonly Buffer[]) => Buffer;

export function createSharedEvents(): EventsOf {
  const [before, behind] = [Buffer.from(NEXT), Buffer.from(END_OF_EVENT)];
  let made: { results: readonly Buffer[]; events: Buffer } | null = null;
  return (results) => {
    if (made?.results !== results) {
      made = { results, events: Buffer.concat(results.flatMap((result) => [before, result, behind])) };
    }
    return made.events;
  };
}

/** Answers with one result: an object, or its JSON, in which no line ends. */
export function sendOneEvent(res: ServerResponse, result: object | string, pace?: Pace): void {
  const json = typeof result === 'string' ? result.trimEnd() : JSON.stringify(result);
  send(res, 200, HEAD, `${NEXT}${json}${END_OF_EVENT}${COMPLETE}`, pace);
}

/** Begins the answer, and watches over it: a client that takes nothing is dropped. Everything ends when the response closes. */
export function openEventStream(
  res: ServerResponse,
  limits: StreamLimits,
  eventsOf: EventsOf,
  { caller, waiting, cutOff }: { caller: () => string; waiting: WaitingBytes; cutOff(code: ErrorCode): void },
): EventStream {
  const cut = (code: ErrorCode) => {
    cutOff(code);
    res.destroy();
  };
  const watched = {
    caller,
    waitingBytes: () => res.writableLength,
    cut: () => cut('RATE_LIMITED'),
    stalled: () => cut('TIMEOUT'),
  };
  const peer = watchPeer(limits, watched, waiting);
  const gone = () => res.destroyed || res.writableEnded;

  /** At once, and not at the end of the turn: what the network takes does not wait. */
  function write(data: string | Buffer, taken?: () => void): void {
    const { socket } = res;
    socket?.cork();
    res.write(data, taken);
    socket?.uncork();
  }

  function end(last: string, ended?: () => void): void {
    if (gone()) return;
    clearInterval(comments);
    peer.watch();
    res.end(last, ended);
  }

  res.writeHead(200, HEAD);
  // Some browsers say only at the first byte that they are connected.
  write(COMMENT);
  const comments = setInterval(() => {
    if (res.writableLength === 0) write(COMMENT);
  }, limits.pingEveryMs);
  res.once('close', () => {
    clearInterval(comments);
    peer.end();
  });

  return {
    next(results) {
      if (gone()) return Promise.resolve();
      return new Promise((resolve) => {
        // Never called where the client goes before.
        res.once('close', resolve);
        const events = eventsOf(results);
        peer.counted(
          { thing: null, bytes: events.length },
          (taken) => write(events, taken),
          () => {
            res.off('close', resolve);
            resolve();
          },
        );
      });
    },
    push(results) {
      if (gone()) return true;
      const events = eventsOf(results);
      const handed = { thing: results, bytes: events.length };
      if (res.writableLength > 0) {
        peer.counted(handed, (taken) => write(events, taken));
        return !peer.isBehind();
      }
      peer.taking();
      write(events);
      if (res.writableLength === 0) return true;
      // Nothing, behind the events, tells when they are taken.
      peer.counted(handed, (taken) => write('', taken));
      return !peer.isBehind();
    },
    complete: () => end(COMPLETE),
    cut() {
      const { socket } = res;
      // Its head has promised that the connection stays.
      end('', () => socket?.end());
    },
    waitingBytes: () => res.writableLength,
  };
}
