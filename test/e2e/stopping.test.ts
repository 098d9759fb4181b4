import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.js';

/*
 * What clients that keep their connections see of a stop.
 */

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

/** A connection that says what it is told, and all that came. */
async function open() {
  const { hostname, port } = new URL(server.url);
  const socket = connect({ host: hostname, port: Number(port) }).on('error', () => {});
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('utf8').on('data', (more) => {
    text += more;
  });
  const closed = once(socket, 'close');
  return {
    ask(query: string) {
      const body = JSON.stringify({ query });
      socket.write(
        `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
      );
    },
    answered: () => once(socket, 'data'),
    async untilClosed() {
      await closed;
      return text;
    },
  };
}

const create = (id: string) =>
  `mutation { createSession(input: {sessionId: "${id}"}) { session { sessionId } } }`;

describe('a stop', () => {
  it('answers what comes on a connection that is kept, as the last, and ends those that say nothing', async () => {
    const [kept, silent] = [await open(), await open()];
    kept.ask(create('before'));
    await kept.answered();

    const stopped = server.app.stop();
    kept.ask(create('while'));

    const [, last] = (await kept.untilClosed()).split(/(?=HTTP\/1\.1 )/);
    expect(last).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(last).toMatch(/^connection: close\r$/im);
    expect(last).toContain('{"data":{"createSession":{"session":{"sessionId":"while"}}}}');
    expect(await silent.untilClosed()).toBe('');
    await stopped;
  });
});
