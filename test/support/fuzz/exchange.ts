import { connect } from 'node:net';
import { frame } from './frames.js';
import type { Input } from './inputs.js';
import { UPGRADE } from './socket-inputs.js';

export interface Exchanged {
  /** Everything that the server has sent. */
  received: Buffer;
  /** `refused`: nobody listens. `hanging`: neither an end nor, where it was due, an answer within the limit. */
  end: 'closed' | 'refused' | 'hanging';
}

/** A client that has said everything, and hears nothing more for so long, hangs up. */
const QUIET_MS = 150;
/** Within this the server has to end what the client has ended. */
const LIMIT_MS = 60_000;

/** Goes through the thread that writes, so that what was asked before it is answered. */
const LAST = frame(
  '{"id":"last","type":"subscribe","payload":{"query":"mutation { deleteSession(input: {sessionId: \\"never\\"}) { sessionId } }"}}',
);
const LAST_DONE = '{"id":"last","type":"complete"}';

function bytesOf(input: Input): Buffer {
  if (input.kind === 'http') return Buffer.concat(input.pieces);
  if (input.kind === 'socket') return Buffer.concat([...input.pieces, LAST]);
  const body = Buffer.from(JSON.stringify(input.operation));
  const head = `POST /graphql HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}

/** One input on one connection, until that is over. */
export function exchange(port: number, input: Input): Promise<Exchanged> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const chunks: Buffer[] = [];
    let connected = false;
    let opened = input.kind !== 'socket';
    let quiet: NodeJS.Timeout | undefined;
    const settle = (end: Exchanged['end']) => {
      clearTimeout(limit);
      clearTimeout(quiet);
      socket.destroy();
      resolve({ received: Buffer.concat(chunks), end });
    };
    const limit = setTimeout(() => settle('hanging'), LIMIT_MS);
    const say = () => {
      if (input.kind === 'http' && input.pieces.length > 1)
        for (const piece of input.pieces) socket.write(piece);
      else socket.write(bytesOf(input));
      if (input.kind === 'http' && input.cut) socket.end();
      else wait();
    };
    // An operation is answered, however long it takes; of other inputs it cannot be known.
    const wait = () => {
      clearTimeout(quiet);
      if (input.kind !== 'operation') quiet = setTimeout(() => socket.end(), QUIET_MS);
    };
    socket.on('connect', () => {
      connected = true;
      if (opened) say();
      else socket.write(UPGRADE);
    });
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      if (!opened) {
        opened = true;
        say();
      } else if (input.kind === 'socket' && chunk.includes(LAST_DONE)) socket.end();
      else wait();
    });
    // A reset ends it like any other end.
    socket.on('error', () => {});
    socket.on('close', () => settle(connected ? 'closed' : 'refused'));
  });
}
