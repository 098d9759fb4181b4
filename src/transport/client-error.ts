import type { Duplex } from 'node:stream';

/** What node says of a request that it could not parse, and how it is answered. Everything else is a 400. */
const ANSWERS: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'The headers are too large.'],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: ['413 Payload Too Large', 'The chunk extensions are too large.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'The request did not arrive in time.'],
};
const BAD_REQUEST = ['400 Bad Request', 'This is not a valid HTTP request.'] as const;

/**
 * For the server's `clientError`: answers in plain text what never became a request, and closes the connection. One
 * that is gone, or in the middle of another answer, is only closed.
 */
export function onClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Without a listener a reset during the answer would end the process.
  socket.on('error', () => {});
  const { _httpMessage: answering } = socket as { _httpMessage?: { headersSent: boolean } | null };
  if (!socket.writable || error.code === 'ECONNRESET' || answering?.headersSent) {
    socket.destroy();
    return;
  }
  const [status, message] = ANSWERS[error.code ?? ''] ?? BAD_REQUEST;
  const head = `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain; charset=utf-8`;
  socket.end(`${head}\r\ncontent-length: ${message.length + 1}\r\n\r\n${message}\n`, () => socket.destroy());
}
