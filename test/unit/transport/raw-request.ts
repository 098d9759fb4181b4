import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { onClientError } from '../../../src/transport/http.js';

export interface Listening {
  port: number;
  url: string;
  server: Server;
  close(): Promise<void>;
}

/** A server on a free port of loopback, as the application makes one. */
export async function listen(
  handler: (req: IncomingMessage, res: ServerResponse) => void,
): Promise<Listening> {
  const server = createServer({ requestTimeout: 20_000 }, handler).on('clientError', onClientError);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    server,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** A connection that says exactly what it is told. */
export function open(port: number): Socket {
  return connect({ port, host: '127.0.0.1', noDelay: true });
}

/** Everything that comes until the server ends the connection. A reset rejects. */
export function readAll(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('end', () => resolve(text));
    // It may have been paused, so that nothing came before.
    socket.resume();
    socket.on('error', reject);
  });
}

/** Reads until `marker` came. */
export function readUntil(socket: Socket, marker: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = '';
    socket.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes(marker)) resolve(text);
    });
    socket.on('close', () => reject(new Error(`closed after ${JSON.stringify(text)}`)));
  });
}

/** One request in its own words, and all that is answered. */
export async function say(port: number, text: string): Promise<string> {
  const socket = open(port);
  const answer = readAll(socket);
  socket.write(text);
  return answer;
}
