import { join } from 'node:path';
import { compare } from './harness.mjs';
import { startParley } from './processes.mjs';
import { follow } from './requests.mjs';
import { openService, textOf } from './service.mjs';
import { makeFolder } from './workspace.mjs';

const MESSAGES = 10_000;
const PAGE = 100;
const ID = 'long';

const SUBSCRIPTION = `subscription ($id: ID!, $after: String) {
  messageAdded(sessionId: $id, after: $after) {
    __typename cursor ... on MessageAdded { agentId message { messageId role text createdAt } }
  }
}`;

/**
 * Messages per second that a client gets which was away for 10,000 of them, over its socket; against reading the same rows
 * through the service, page by page, in a process that does nothing else.
 */
export async function compareCatchUp() {
  const { folder, remove } = makeFolder();
  const path = join(folder, 'parley.db');
  const { service, close } = await openService(path, { synchronous: 'NORMAL' });
  await service.createSession({ sessionId: ID, sessionType: 'AGENT', metadata: {} });
  const parley = await startParley(path, { core: 0 });
  try {
    const cursor = await firstCursor(parley.url);
    for (let n = 0; n < MESSAGES; n += PAGE) {
      const messages = Array.from({ length: PAGE }, (_, m) => ({ role: 'user', text: textOf(n + m) }));
      await service.appendMessages({ sessionId: ID, agentId: 'support', createIfMissing: true, messages });
    }
    return await compare({
      rounds: 5,
      ours: () => catchUp(parley.url, cursor),
      async theirs() {
        const begin = performance.now();
        for (let after = -1; after < MESSAGES - 1; after += PAGE) {
          const windows = [{ first: PAGE, after }];
          await service.loadAgents([{ sessionId: ID, among: ['support'], windows }]);
        }
        return (MESSAGES * 1_000) / (performance.now() - begin);
      },
    });
  } finally {
    await parley.stop();
    await close();
    remove();
  }
}

function firstCursor(url) {
  return new Promise((resolve, reject) => {
    const socket = followFrom(url, null, reject, ({ cursor }) => {
      socket.terminate();
      resolve(cursor);
    });
  });
}

function catchUp(url, after) {
  return new Promise((resolve, reject) => {
    let begin = 0;
    let count = 0;
    const socket = followFrom(url, after, reject, ({ __typename }) => {
      if (__typename === 'Ready') begin = performance.now();
      else if (++count === MESSAGES) {
        socket.terminate();
        resolve((MESSAGES * 1_000) / (performance.now() - begin));
      }
    });
  });
}

const followFrom = (url, after, onError, onEvent) =>
  follow(
    url,
    SUBSCRIPTION,
    { id: ID, after },
    {
      onData: ({ messageAdded }) => onEvent(messageAdded),
      onError,
    },
  );
