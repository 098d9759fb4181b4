import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions as SecureOptions } from 'node:https';
import type { AddressInfo } from 'node:net';
import { type ListenAddress, ListenError } from './listen-error.js';
import { boundHandshakes } from './transport/bounds/tls-handshakes.js';
import { onClientError } from './transport/http.js';

const HTTP_LIMITS = {
  /** How long a client may take to send its request, and to send anything at all. */
  requestTimeout: 30_000,
  headersTimeout: 10_000,
  /** How often it is looked for those that took longer. */
  connectionsCheckingInterval: 5_000,
};
/** How long nothing may move on a connection while a request is under way: a client that takes nothing of its answer does not hold it for ever. */
const HTTP_IDLE_MS = 60_000;

/** How long a client may take for the handshake of TLS. */
const HANDSHAKE_MS = 10_000;

function createTlsServer(
  options: SecureOptions,
  handler: (req: IncomingMessage, res: ServerResponse) => void,
) {
  const server = createSecureServer({ handshakeTimeout: HANDSHAKE_MS, ...options }, handler);
  boundHandshakes(server);
  return server;
}

/** HTTPS where there is a certificate. `keepAlive`: seconds that a connection stays open between two requests. */
export function createListener(
  tls: { cert: Buffer; key: Buffer } | null,
  keepAlive: number,
  handler: (req: IncomingMessage, res: ServerResponse) => void,
): Server {
  const server =
    tls === null ? createServer(HTTP_LIMITS, handler) : createTlsServer({ ...HTTP_LIMITS, ...tls }, handler);
  server.timeout = HTTP_IDLE_MS;
  // Between two requests this holds instead: a load balancer that keeps a connection longer than its server sends into a closed one.
  server.keepAliveTimeout = keepAlive * 1_000;
  server.on('clientError', onClientError);
  return server;
}

/** Rejects with a ListenError. */
export function listen(server: Server, at: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException) => reject(new ListenError(error, at));
    server.once('error', fail);
    server.listen(at.port, at.host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

/** As a client writes it. */
export function urlOf(server: Server, scheme: string, path: string): string {
  const { address, port, family } = server.address() as AddressInfo;
  return `${scheme}://${family === 'IPv6' ? `[${address}]` : address}:${port}${path}`;
}
