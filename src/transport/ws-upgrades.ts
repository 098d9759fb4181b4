import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** How long a peer may take to take the answer. */
const TAKE_WAIT_MS = 2_000;
const HOP_BY_HOP = new Set(['upgrade', 'connection', 'http2-settings']);

/** Whether a WebSocket is asked for. Clients such as Java's and `curl --http2` offer h2c with plain requests. */
export const asksForWebSocket = ({ headers }: IncomingMessage): boolean =>
  headers.upgrade?.toLowerCase() === 'websocket';

/** Whether a request that came before is not answered yet: node answers none that is read anew behind it. */
export const isAnswering = (stream: Duplex): boolean =>
  ((stream as { _httpMessage?: object | null })._httpMessage ?? null) !== null;

/**
 * Has a request answered as if it had not offered to upgrade, as RFC 9110, 7.8 has it. Node 20 hands every such request over
 * once anything listens for upgrades, with its body unread: its head is put back without the offer, and the
 * connection given to the server anew.
 */
export function ignoreUpgrade(server: Server, request: IncomingMessage, stream: Duplex, head: Buffer): void {
  const { method, url, httpVersion, rawHeaders } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const [name = '', value = ''] = rawHeaders.slice(at, at + 2);
    if (!HOP_BY_HOP.has(name.toLowerCase())) lines.push(`${name}: ${value}`);
  }
  stream.unshift(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]));
  server.emit('connection', stream);
}

/** Answers in plain text what does not become a WebSocket, and ends its connection. */
export function refuseUpgrade(stream: Duplex, status: number, text: string, reason: string): void {
  const body = `${reason}\n`;
  // Nobody else ends it: a peer that stays would keep it open for ever, and the server from stopping.
  const timer = setTimeout(() => stream.destroy(), TAKE_WAIT_MS);
  stream.once('close', () => clearTimeout(timer));
  stream.end(
    `HTTP/1.1 ${status} ${text}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
    () => stream.destroy(),
  );
}
