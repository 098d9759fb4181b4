import { connect, createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isWorthRetrying, toParleyError } from '../../src/stores/mongo/errors.js';

/** What a socket says to a write after its peer has closed the connection. */
async function errorOfClosedSocket(): Promise<unknown> {
  const server = createServer((socket) => socket.resume().end());
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const error = await new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.resume());
    socket.on('end', () => socket.write('too late'));
    socket.on('error', resolve);
  });
  await new Promise((resolve) => server.close(resolve));
  return error;
}

describe('an error of the socket that the driver lets through', () => {
  it('is a network error: tried again, and STORE_UNAVAILABLE where it goes on', async () => {
    const error = await errorOfClosedSocket();
    expect(error).toMatchObject({ code: 'EPIPE' });
    expect(isWorthRetrying(error)).toBe(true);
    expect(toParleyError(error)).toMatchObject({ code: 'STORE_UNAVAILABLE', cause: error });
  });

  it('is told from a defect', () => {
    const defect = new TypeError('x is not a function');
    expect(isWorthRetrying(defect)).toBe(false);
    expect(toParleyError(defect)).toMatchObject({ code: 'INTERNAL_SERVER_ERROR' });
  });
});
