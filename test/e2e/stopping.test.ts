import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect as connectSocket, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';

/** Feedback waits until it is let on. */
const HOOKS = 'export const feedbackHook = (next) => globalThis.feedbackOfTest().then(() => next());';

/*
 * What clients that keep their connections see of a stop.
 */

let folder: Awaited<ReturnType<typeof makeTempFolder>>;
let server: RunningServer;
let begun: Promise<void>;
let goOn = () => {};
beforeAll(async () => {
  folder = await makeTempFolder();
  const hooks = join(folder.path, 'hooks.mjs');
  await writeFile(hooks, HOOKS);
  begun = new Promise((resolve) => {
    const gate = new Promise<void>((open) => {
      goOn = open;
    });
    Object.assign(globalThis, {
      feedbackOfTest() {
        resolve();
        return gate;
      },
    });
  });
  server = await startServer({ hooks });
});
afterAll(async () => {
  await server.stop();
  await folder.remove();
});

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
  it('answers what comes on a connection that is kept, as the last, and what has begun on a socket, and ends those that say nothing', async ({
    skip,
  }) => {
    skip(
      process.env.EXECUTION === 'interpreted',
      'what graphql-js executes for a socket, in tests alone, is not waited for',
    );
    const [kept, silent] = [await open(), await open()];
    kept.ask(create('before'));
    await kept.answered();

    const closes: number[] = [];
    const client = connectSocket(server.url, { onClosed: ({ code }) => closes.push(code) });
    const feed = follow(client, 'subscription { sessionEvents(sessionId: "before") { __typename } }');
    await feed.next();
    const add =
      'mutation { addFeedback(input: {sessionId: "before", rating: UP}) { session { sessionId } } }';
    const rated = client.iterate({ query: add }).next();
    await begun;

    const stopped = server.app.stop();
    kept.ask(create('while'));

    const [, last] = (await kept.untilClosed()).split(/(?=HTTP\/1\.1 )/);
    expect(last).toMatch(/^HTTP\/1\.1 200 OK/);
    expect(last).toMatch(/^connection: close\r$/im);
    expect(last).toContain('{"data":{"createSession":{"session":{"sessionId":"while"}}}}');
    expect(await silent.untilClosed()).toBe('');

    expect(closes).toEqual([]);
    goOn();
    expect((await rated).value).toEqual({ data: { addFeedback: { session: { sessionId: 'before' } } } });
    await stopped;
    expect(closes).toEqual([1012]);
  });
});
