import { createClient } from 'graphql-sse';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Config } from '../../src/config.js';
import { openStream } from '../support/event-stream.js';
import { freePort } from '../support/free-port.js';
import { startMongoStandIn } from '../support/mongo-stand-in/start.js';
import { type RunningServer, startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';

const FOLLOW = `subscription ($after: String) { messageAdded(sessionId: "s", after: $after) {
  __typename cursor ... on MessageAdded { message { text } }
} }`;

const DATABASES: Record<string, () => Promise<Partial<Config>>> = {
  async SQLite() {
    const folder = await makeTempFolder();
    onTestFinished(() => folder.remove());
    return { sqlitePath: `${folder.path}/parley.db` };
  },
  async MongoDB() {
    const standIn = await startMongoStandIn();
    onTestFinished(() => standIn.close());
    return { mongodbUri: standIn.uri };
  },
};

async function say(server: RunningServer, text: string): Promise<void> {
  const input = { sessionId: 's', agentId: 'a', createIfMissing: true, messages: [{ role: 'USER', text }] };
  const append = 'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { __typename } }';
  expect((await server.request(append, { input })).body.errors).toBeUndefined();
}

describe.each(Object.keys(DATABASES))('on %s', (name) => {
  it('graphql-sse comes back by itself when the server stops, and its cursor misses and repeats nothing', async () => {
    const config = { ...(await DATABASES[name]?.()), port: await freePort() };
    let server = await startServer(config);
    onTestFinished(() => server.stop());
    await say(server, 'zero');

    let back = withResolver();
    const client = createClient({ url: server.url, retryAttempts: Infinity, retry: () => back.promise });
    onTestFinished(() => client.dispose());
    // graphql-sse sends what stands there when it comes back.
    const variables: { after?: string } = {};
    const told: string[] = [];
    let ready = () => {};
    const nextReady = () => {
      const { promise, resolve } = withResolver();
      ready = resolve;
      return promise;
    };
    let heard: (text: string) => void = () => {};
    const errors: unknown[] = [];
    const firstReady = nextReady();
    client.subscribe(
      { query: FOLLOW, variables },
      {
        next({ data }) {
          // biome-ignore lint/suspicious/noExplicitAny: an event of any type.
          const event = (data as any).messageAdded;
          variables.after = event.cursor;
          if (event.__typename === 'Ready') ready();
          if (event.message) {
            told.push(event.message.text);
            heard(event.message.text);
          }
        },
        error: (error) => errors.push(error),
        complete: () => errors.push('complete'),
      },
    );
    await firstReady;
    for (let round = 0; round < 3; round++) {
      const arrived = new Promise<void>((resolve) => {
        heard = (text) => text === `${round} live` && resolve();
      });
      await say(server, `${round} live`);
      await arrived;
      const again = nextReady();
      back = withResolver();
      await server.stop();
      server = await startServer({ ...config, port: 0 });
      await say(server, `${round} while it was away`);
      await server.stop();
      server = await startServer(config);
      back.resolve();
      await again;
    }
    const last = new Promise<void>((resolve) => {
      heard = (text) => text === 'last' && resolve();
    });
    await say(server, 'last');
    await last;
    const expected = [0, 1, 2].flatMap((round) => [`${round} live`, `${round} while it was away`]);
    expect(told).toEqual([...expected, 'last']);
    expect(errors).toEqual([]);
  });
});

function withResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve = () => {};
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

it('a stream is told that the database is away, and that it is back, and goes on', async () => {
  const standIn = await startMongoStandIn();
  onTestFinished(() => standIn.close());
  const server = await startServer({ mongodbUri: standIn.uri });
  onTestFinished(() => server.stop());
  const stream = await openStream(server.url, FOLLOW);
  onTestFinished(() => stream.leave());
  const told = async () => (await stream.next())?.data.data.messageAdded;
  expect((await told()).__typename).toBe('Ready');
  const member = await standIn.killPrimary();
  expect((await told()).__typename).toBe('Degraded');
  await standIn.startMember(member);
  expect((await told()).__typename).toBe('Restored');
  await say(server, 'after all');
  expect([await told(), await told()]).toMatchObject([
    { __typename: 'SessionCreated' },
    { message: { text: 'after all' } },
  ]);
});
