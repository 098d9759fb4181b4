import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { decode } from '../../support/mongo-stand-in/bson/decode.js';
import { createSplitter } from '../../support/mongo-stand-in/wire/messages.js';
import type { Node, NodeMap } from './tree.js';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const HEADER_BYTES = 16;
const FLAGS: [number, string][] = [
  [1 << 1, 'moreToCome'],
  [1 << 16, 'exhaustAllowed'],
];

export interface Exchange {
  request: NodeMap;
  replies: NodeMap[];
}

/** Stands between a driver and a server, and keeps what they say: one list of exchanges for every connection. */
export interface TappingProxy {
  address: string;
  connections: Exchange[][];
  close(): void;
}

/** The server's own address becomes the proxy's in every reply, so that the driver finds no way around it. */
export async function startTappingProxy(target: string): Promise<TappingProxy> {
  const [host, port] = target.split(':') as [string, string];
  const connections: Exchange[][] = [];
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(Number(port), host);
    const exchanges: Exchange[] = [];
    const byId = new Map<number, Exchange>();
    const requests = createSplitter();
    const replies = createSplitter();
    connections.push(exchanges);
    for (const socket of [client, upstream]) sockets.add(socket.on('error', () => {}));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    client.on('data', (chunk) => {
      for (const message of requests(chunk)) {
        const exchange = { request: decoded(message), replies: [] };
        exchanges.push(exchange);
        byId.set(message.readInt32LE(4), exchange);
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      for (const original of replies(chunk)) {
        const message = readdressed(original);
        // An exhaust stream answers its own last reply.
        const exchange = byId.get(message.readInt32LE(8)) as Exchange;
        byId.set(message.readInt32LE(4), exchange);
        exchange.replies.push(decoded(message));
        client.write(message);
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const own = server.address();
  const address = `127.0.0.1:${own !== null && typeof own === 'object' ? own.port : ''}`;
  if (address.length !== target.length) throw new Error('the two addresses must be equally long');
  const readdressed = (message: Buffer): Buffer =>
    Buffer.from(message.toString('latin1').replaceAll(target, address), 'latin1');

  return {
    address,
    connections,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

function decoded(message: Buffer): NodeMap {
  const opCode = message.readInt32LE(12);
  const found: NodeMap = new Map<string, Node>();
  if (opCode === OP_QUERY) {
    const end = message.indexOf(0, HEADER_BYTES + 4);
    found.set('opCode', 'OP_QUERY').set('namespace', message.toString('utf8', HEADER_BYTES + 4, end));
    return found.set('command', decode(message, end + 1 + 8));
  }
  if (opCode === OP_REPLY)
    return found.set('opCode', 'OP_REPLY').set('document', decode(message, HEADER_BYTES + 20));
  if (opCode !== OP_MSG) throw new Error(`op code ${opCode} was not expected`);
  found.set('opCode', 'OP_MSG');
  const flags = message.readInt32LE(HEADER_BYTES);
  const names = FLAGS.filter(([bit]) => flags & bit).map(([, name]) => name);
  if (names.length) found.set('flags', names);
  for (let offset = HEADER_BYTES + 4; offset < message.length; ) {
    const end = offset + 1 + message.readInt32LE(offset + 1);
    if (message[offset] === 0) found.set('document', decode(message, offset + 1));
    else found.set('sequence', sequence(message, offset + 5, end));
    offset = end;
  }
  return found;
}

function sequence(message: Buffer, start: number, end: number): NodeMap {
  const nameEnd = message.indexOf(0, start);
  const documents: Node[] = [];
  for (let at = nameEnd + 1; at < end; at += message.readInt32LE(at)) documents.push(decode(message, at));
  return new Map<string, Node>([
    ['identifier', message.toString('utf8', start, nameEnd)],
    ['documents', documents],
  ]);
}
