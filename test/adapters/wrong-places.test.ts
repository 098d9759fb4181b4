import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { openChat } from '../../src/adapters/ai-sdk/index.js';
import { openSessionStore } from '../../src/adapters/claude-agent-sdk/index.js';
import { openChatHistory } from '../../src/adapters/langchain/index.js';
import { openSession } from '../../src/adapters/openai-agents/index.js';
import { createStrandsStorage } from '../../src/adapters/strands/index.js';
import { openStreams } from '../../src/adapters/tanstack-ai/index.js';
import { createClient } from '../../src/client/index.js';
import { openStore, ParleyError } from '../../src/index.js';
import { makeTempFolder } from '../support/temp-folder.js';

// biome-ignore lint/suspicious/noExplicitAny: what a caller in plain JavaScript may pass.
type Any = any;

const IN_A_SESSION = { openChat, openChatHistory, openSession, openStreams };
const ALL = { ...IN_A_SESSION, openSessionStore, createStrandsStorage };

let path = '';
let remove = async () => {};
beforeAll(async () => {
  const folder = await makeTempFolder();
  path = `${folder.path}/parley.db`;
  remove = folder.remove;
});
afterAll(() => remove());

async function refused(work: () => unknown, code: string, said: RegExp) {
  const error = await (async () => work())().then(
    () => expect.unreachable('it was not refused'),
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(ParleyError);
  expect(error).toMatchObject({ code, message: expect.stringMatching(said) });
}

describe.each(Object.entries(ALL))('%s', (_name, open: (options: Any) => Promise<unknown>) => {
  it('says what is wrong with the place that it is given, as it is opened', async () => {
    const sessionId = 's';
    const server = createClient({ url: 'http://127.0.0.1:4000/graphql' });
    const store = openStore({ path });
    onTestFinished(async () => (await store).close());
    for (const none of [undefined, null, path, []])
      await refused(() => open(none), 'BAD_USER_INPUT', /must be an object/);
    await refused(() => open({ sessionId }), 'BAD_USER_INPUT', /exactly one of path/);
    for (const wrong of ['http://127.0.0.1:4000/graphql', undefined])
      await refused(() => open({ sessionId, server: wrong }), 'BAD_USER_INPUT', /^server must be a client/);
    await refused(() => open({ sessionId, server, path }), 'BAD_USER_INPUT', /server or path, not both/);
    await refused(() => open({ sessionId, store }), 'BAD_USER_INPUT', /^store must be .* awaited/);
    for (const client of [undefined, Promise.resolve({})])
      await refused(() => open({ sessionId, client }), 'BAD_USER_INPUT', /^client must be a MongoClient/);
  });
});

describe.each(Object.entries(IN_A_SESSION))('%s', (_name, open: (options: Any) => Promise<unknown>) => {
  it('does not take a session that is misspelled for one that is empty', async () => {
    await refused(() => open({ path, sesionId: 's' }), 'INVALID_NAME', /sessionId/);
    await refused(() => open({ path, sessionId: 5 }), 'INVALID_NAME', /sessionId/);
    await refused(() => open({ path, sessionId: 's', agentId: 'a.b' }), 'INVALID_NAME', /dot/);
  });
});

it('what frameworks hand over is refused by a code where it is something else', async () => {
  const session = await openSession({ path, sessionId: 's' });
  const transcripts = await openSessionStore({ path });
  const storage = await createStrandsStorage({ path, mirror: true });
  onTestFinished(
    async () => void (await Promise.all([session.close(), transcripts.close(), storage.close()])),
  );
  const calls: [() => unknown, string][] = [
    [() => session.addItems(undefined as Any), 'BAD_USER_INPUT'],
    [() => session.addItems('x' as Any), 'BAD_USER_INPUT'],
    [() => session.replaceHistoryWithCompaction(undefined as Any), 'BAD_USER_INPUT'],
    [() => session.applyHistoryMutations({} as Any), 'BAD_USER_INPUT'],
    [() => transcripts.load(undefined as Any), 'BAD_USER_INPUT'],
    [() => transcripts.listSessions(undefined as Any), 'BAD_USER_INPUT'],
    [() => storage.write('k', '{}' as Any), 'BAD_USER_INPUT'],
    [() => storage.write(undefined as Any, new Uint8Array()), 'INVALID_NAME'],
    [() => storage.list(undefined as Any), 'INVALID_NAME'],
  ];
  for (const [call, code] of calls) await refused(call, code, /./);
});
