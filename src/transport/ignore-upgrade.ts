import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';

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
