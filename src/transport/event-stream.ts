import type { ServerResponse } from 'node:http';
import { COMMON_HEADERS, send } from './http-answer.js';
import { type PeerLimits, watchPeer } from './peer-watch.js';
import type { WaitingBytes } from './waiting-bytes.js';

export interface StreamLimits extends PeerLimits {
  /** A line that says nothing goes out this often, so that nothing on the way takes the connection for a dead one. */
  pingEveryMs: number;
}

/** An answer of server-sent events, as graphql-sse names them (`next`, `complete`). Nothing is sent after its end. */
export interface EventStream {
  /** Resolves when the event was handed to the network, or the client has gone: for whoever goes at its pace. */
  next(result: object): Promise<void>;
  /** The JSON of a result, for whoever does not wait. False where more waits to be taken than a reader may leave. */
  push(payload: Buffer): boolean;
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

/** The bytes of an event, made once for all who are given the same payload one after the other. */
export type EventOf = (payload: Buffer) => Buffer;

export function createSharedEvents(): EventOf {
  let made: { payload: Buffer; event: Buffer } | null = null;
  return (payload) => {
    if (made?.payload !== payload) {
      made = { payload, event: Buffer.concat([Buffer.from(NEXT), payload, Buffer.from(END_OF_EVENT)]) };
    }
    return made.event;
  };
}

/** Answers with one result: an object, or its JSON, in which no line ends. */
export function sendOneEvent(res: ServerResponse, result: object | string): void {
  const json = typeof result === 'string' ? result.trimEnd() : JSON.stringify(result);
  send(res, 200, HEAD, `${NEXT}${json}${END_OF_EVENT}${COMPLETE}`);
}

/** Begins the answer, and watches over it: a client that takes nothing is dropped. Everything ends when the response closes. */
export function openEventStream(
  res: ServerResponse,
  limits: StreamLimits,
  eventOf: EventOf,
  { caller, waiting }: { caller: () => string; waiting: WaitingBytes },
): EventStream {
  const cut = () => void res.destroy();
  const peer = watchPeer(limits, () => res.writableLength, cut, waiting.peer({ caller, cut }));
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
    next(result) {
      if (gone()) return Promise.resolve();
      return new Promise((resolve) => {
        // Never called where the client goes before.
        res.once('close', resolve);
        const event = `${NEXT}${JSON.stringify(result)}${END_OF_EVENT}`;
        peer.counted(
          { thing: {}, bytes: Buffer.byteLength(event) },
          (taken) => write(event, taken),
          () => {
            res.off('close', resolve);
            resolve();
          },
        );
      });
    },
    push(payload) {
      if (gone()) return true;
      const event = eventOf(payload);
      const handed = { thing: payload, bytes: payload.length };
      if (res.writableLength > 0) {
        peer.counted(handed, (taken) => write(event, taken));
        return !peer.isBehind();
      }
      peer.taking();
      write(event);
      if (res.writableLength === 0) return true;
      // Nothing, behind the event, tells when that is taken.
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
