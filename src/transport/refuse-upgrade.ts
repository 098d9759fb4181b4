import type { Duplex } from 'node:stream';

/** How long a peer may take to take the answer. */
const TAKE_WAIT_MS = 2_000;

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
