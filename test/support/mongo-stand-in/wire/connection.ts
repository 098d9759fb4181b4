import type { Socket } from 'node:net';
import type { Doc } from '../bson/values.js';
import { createSplitter, parseMessage, type Request, writeReply } from './messages.js';

/** What became of a request. */
export type Outcome =
  | { reply: Doc }
  /** The server hangs up, with or without having done what it was asked. */
  | { close: true }
  /** Nothing is ever answered. */
  | { silence: true };

export interface ConnectionHandlers {
  /** Answers one request. `signal` is aborted when the client goes away. */
  handle(request: Request, connectionId: number, signal: AbortSignal): Promise<Outcome>;
  /** The next reply of an exhaust stream; undefined where the request is answered once only. */
  next(request: Request, connectionId: number, signal: AbortSignal): Promise<Doc> | undefined;
  sent(request: Request, connectionId: number, bytes: number): void;
}

let lastConnectionId = 0;

/** Serves one client: one request after the other, each with one reply, or with many where it asked for a stream of them. */
export function serveConnection(socket: Socket, handlers: ConnectionHandlers): void {
  lastConnectionId += 1;
  const connectionId = lastConnectionId;
  const split = createSplitter();
  const gone = new AbortController();
  let queue = Promise.resolve();

  socket.setNoDelay(true);
  socket.on('error', () => {}); // 'close' follows and carries the news
  socket.on('close', () => gone.abort());
  socket.on('data', (chunk) => {
    for (const message of split(chunk))
      queue = queue.then(() => serve(message)).catch(() => void socket.destroy());
  });

  async function serve(message: Buffer): Promise<void> {
    if (gone.signal.aborted) return;
    const request = parseMessage(message);
    const outcome = await handlers.handle(request, connectionId, gone.signal);
    if (gone.signal.aborted || 'silence' in outcome) return;
    if ('close' in outcome) {
      socket.destroy();
      return;
    }
    if (!request.expectsReply) return;
    let answered = request.id;
    let reply: Doc | undefined = outcome.reply;
    while (reply && !gone.signal.aborted) {
      const following: Promise<Doc> | undefined = handlers.next(request, connectionId, gone.signal);
      const { id, bytes } = writeReply(reply, answered, request.legacy, following !== undefined);
      socket.write(bytes);
      handlers.sent(request, connectionId, bytes.length);
      answered = id;
      reply = await following;
    }
  }
}
