import { once } from 'node:events';
import { connect } from 'node:net';
import { decode } from '../../support/mongo-stand-in/bson/decode.js';
import { encode } from '../../support/mongo-stand-in/bson/encode.js';
import type { Doc } from '../../support/mongo-stand-in/bson/values.js';
import { createSplitter } from '../../support/mongo-stand-in/wire/messages.js';

const OP_MSG = 2013;
const PREFIX_BYTES = 21; // header, flags, and the kind of the one section

/** One connection without a driver: commands and replies keep their key order and their number types. */
export interface RawClient {
  /** The reply, or undefined where the server hung up. */
  run(command: Doc): Promise<Doc | undefined>;
  close(): void;
}

export async function openRawClient(host: string): Promise<RawClient> {
  const [address, port] = host.split(':');
  const socket = connect(Number(port), address);
  await once(socket, 'connect');
  const waiting: ((reply: Doc | undefined) => void)[] = [];
  const split = createSplitter();
  socket.on('data', (chunk) => {
    for (const message of split(chunk)) waiting.shift()?.(decode(message, PREFIX_BYTES));
  });
  socket.on('error', () => {}); // 'close' follows and carries the news
  socket.on('close', () => {
    for (const resolve of waiting.splice(0)) resolve(undefined);
  });
  return {
    run(command) {
      const body = encode(command);
      const prefix = Buffer.alloc(PREFIX_BYTES);
      prefix.writeInt32LE(PREFIX_BYTES + body.length, 0);
      prefix.writeInt32LE(OP_MSG, 12);
      socket.write(prefix);
      socket.write(body);
      return new Promise((resolve) => waiting.push(resolve));
    },
    close: () => socket.destroy(),
  };
}
