import { CloseCode, MessageType } from 'graphql-ws';
import { type Later, lastly } from '../domain/async/later.js';
import { isDeeperThan, MAX_VARIABLE_DEPTH } from '../graphql/checks/limits.js';
import type { Begin } from './ws-begin.js';
import type { SocketExtra } from './ws-callers.js';
import { MAX_ID_LENGTH, type Prepared } from './ws-operation-ids.js';
import type { SentMessage } from './ws-read-message.js';

export const MESSAGE_TOO_BIG = 1009;
/** The largest introduction: credentials, which HTTP would take in headers of this size. */
export const MAX_INTRODUCTION_BYTES = 16 * 1024;
/** The largest of the messages that ask for nothing: a ping's is sent back. */
const MAX_WORD_BYTES = 16 * 1024;

/**
 * Takes a client's message. An operation goes to `begin`: what has a plan is answered there, anything else goes on to graphql-ws
 * (`handle`), under a number of its own and without what it asks for, which `operations` keeps until it is taken, because graphql-ws
 * would hold it for as long as a subscription lasts. Pings are answered here, and all other messages go to graphql-ws. A message
 * against the protocol closes the socket. There when all that it asks for is over.
 */
export function handleMessage(
  { message, lossy, bytes, weight }: SentMessage,
  extra: SocketExtra,
  begin: Begin,
  handle: (message: string) => Promise<void>,
): Later<void> {
  // Nothing here waits, and so the message is kept by nothing.
  const { operations, socket } = extra;
  const refuse = (code: number, reason: string): void => extra.end(code, reason);
  if (lossy && message?.type !== MessageType.Subscribe) {
    return refuse(CloseCode.BadRequest, 'A number would lose digits: send it as a string');
  }
  if (bytes > MAX_WORD_BYTES && message && message.type !== MessageType.Subscribe) {
    return refuse(CloseCode.BadRequest, `A ${message.type} has at most ${MAX_WORD_BYTES} bytes`);
  }
  switch (message?.type) {
    case MessageType.ConnectionInit:
      if (!extra.introduced) extra.introduction = message.payload ?? {};
      // graphql-ws would keep what is in it for as long as the socket is open.
      return handle(JSON.stringify({ type: MessageType.ConnectionInit }));
    case MessageType.Ping: {
      const { payload } = message;
      if (isDeeperThan(payload, MAX_VARIABLE_DEPTH)) {
        return refuse(CloseCode.BadRequest, 'The ping is nested too deeply');
      }
      return socket.send(JSON.stringify({ type: MessageType.Pong, ...(payload ? { payload } : {}) }));
    }
    case MessageType.Pong:
      return;
    case MessageType.Subscribe: {
      const { id, payload } = message;
      if (id.length > MAX_ID_LENGTH) {
        return refuse(CloseCode.BadRequest, `The id of an operation has at most ${MAX_ID_LENGTH} characters`);
      }
      if (operations.has(id)) {
        return refuse(CloseCode.SubscriberAlreadyExists, `Subscriber for ${id} already exists`);
      }
      // graphql-ws closes who has not introduced itself.
      if (!extra.share) return handle(subscribing(id));
      const operation = operations.open(id, bytes);
      const open = (prepared: Prepared) => {
        const own = operations.hand(operation, prepared);
        return handle(subscribing(own));
      };
      return lastly(
        () => begin({ payload, lossy, bytes, weight }, operation, extra, open),
        () => operations.end(operation),
      );
    }
    case MessageType.Complete: {
      const own = operations.complete(message.id);
      return own === null ? undefined : handle(JSON.stringify({ id: own, type: MessageType.Complete }));
    }
    default:
      return refuse(CloseCode.BadRequest, 'Invalid message received');
  }
}

/** As graphql-ws is told of an operation: what it asks for is handed to it apart. */
const subscribing = (id: string) =>
  JSON.stringify({ id, type: MessageType.Subscribe, payload: { query: '' } });
