import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { credentialOf } from '../../src/client/credential.js';
import type { CursorEvent } from '../../src/client/index.js';
import { subscriptionEvents } from '../../src/client/subscription-events.js';
import { eventually } from '../support/eventually.js';
import { requestAt } from '../support/request.js';
import { type RunningServer, startServer } from '../support/server.js';
import { silentLine } from '../support/silent-line.js';

type Said = CursorEvent & { message?: { text: string } };

const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { added { messageId } } }`;
const FOLLOW = `subscription ($id: ID!, $after: String) {
  messageAdded(sessionId: $id, after: $after) { __typename cursor ... on MessageAdded { message { text } } }
}`;

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const say = (sessionId: string, text: string) =>
  requestAt(server.url)(APPEND, {
    input: { sessionId, agentId: 'a', createIfMissing: true, messages: [{ role: 'USER', text }] },
  });

/** Follows over this line, with a limit that a test can wait for: where the machine is busy it is only asked again. */
function follow(url: string, sessionId: string) {
  const over = new AbortController();
  const states: string[] = [];
  onTestFinished(() => over.abort());
  const events = subscriptionEvents<Said>(
    {
      url,
      credential: credentialOf(null),
      query: FOLLOW,
      variables: { id: sessionId },
      quietMs: 500,
      onState: (state) => states.push(state),
      onUnreachable: (reason) => states.push(reason),
    },
    over.signal,
  );
  const texts: string[] = [];
  const ready = new EventTarget();
  const done = (async () => {
    for await (const { __typename, message } of events) {
      if (__typename === 'Ready') ready.dispatchEvent(new Event('ready'));
      if (message) texts.push(message.text);
    }
  })();
  return { texts, states, over, done, isReady: once(ready, 'ready') };
}

describe('a subscription whose line falls silent, and is never said to be cut', () => {
  it('is opened again, and is told what was said meanwhile', async () => {
    const line = await silentLine(server.url);
    const { texts, states, isReady } = follow(line.url, 'silent');
    await isReady;
    await say('silent', 'one');
    await eventually(() => expect(texts).toEqual(['one']));
    line.fallSilent();
    await say('silent', 'two');
    await eventually(() => expect(texts).toEqual(['one', 'two']));
    expect(states.slice(0, 3)).toEqual(['connected', 'lost', 'connected']);
  });

  it('is opened again where nothing answers at all, and says so', async () => {
    // A connection of the subscription, and the question why there is none.
    const line = await silentLine(server.url, (index) => index < 2);
    const { states, isReady } = follow(line.url, 'unanswered');
    await isReady;
    expect(states[0]).toMatch(/^nothing answers at /);
  });

  it('ends where it is left before anything answers', async () => {
    const line = await silentLine(server.url, () => true);
    const { over, done } = follow(line.url, 'left');
    await eventually(() => expect(line.opened).toBe(1));
    over.abort();
    await done;
  });
});
