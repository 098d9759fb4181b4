import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LOCATIONS, type TestLocation } from '../support/locations.js';
import { startParley } from '../support/parley-process.js';
import { type RunningServer, startServer } from '../support/server.js';
import { makeTempFolder } from '../support/temp-folder.js';

const SAID = 'what is not over';
const BECAME = 'what has become a message';

async function located(name: string): Promise<TestLocation> {
  const location = await (LOCATIONS[name] as () => Promise<TestLocation>)();
  onTestFinished(() => location.remove());
  return location;
}

const asking = (server: RunningServer) => async (name: string, input: object, selection: string) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input`;
  const { body } = await server.request(
    `mutation ($input: ${type}!) { ${name}(input: $input) { ${selection} } }`,
    { input },
  );
  expect(body.errors).toBeUndefined();
  return body.data[name];
};

/** A reply that is being written, and one that is over, of one agent; the first as its writer knows it. */
async function talk(server: RunningServer): Promise<{ replyId: string; epoch: number; offset: number }> {
  const ask = asking(server);
  // Of a batched reply a backup may lack the last 250 ms.
  const place = { sessionId: 'talk', agentId: 'a', createIfMissing: true, durability: 'EACH' };
  const begin = async (text: string) => {
    const { replyId, epoch } = await ask('startReply', place, 'replyId epoch');
    const parts = [{ block: 0, text }];
    const { offset } = await ask('continueReply', { replyId, epoch, offset: 0, parts }, 'offset');
    return { replyId, epoch, offset };
  };
  const { replyId, epoch } = await begin(BECAME);
  await ask('finishReply', { replyId, epoch }, '__typename');
  return begin(SAID);
}

describe.each([
  ['SQLite', 'MongoDB'],
  ['MongoDB', 'SQLite'],
])('a reply that is being written while its session moves from %s to %s', (from, to) => {
  it('stays where its writer is, and one that is over moves as its message; both sides compare equal', async () => {
    const [one, other, folder] = await Promise.all([located(from), located(to), makeTempFolder()]);
    onTestFinished(() => folder.remove());
    const server = await startServer(one.config);
    onTestFinished(() => server.stop());
    const writer = await talk(server);
    const file = join(folder.path, 'talk.ndjson');
    const run = async ({ env }: TestLocation, ...words: string[]) => {
      const { code, stderr } = await startParley(words, { env }).exited;
      expect([code, stderr]).toEqual([0, expect.any(String)]);
    };
    await run(one, 'export', file);
    await run(other, 'import', file);
    for (const each of [one, other]) await run(each, 'import', file, '--check');
    const moved = await other.contents();
    expect([moved.includes(BECAME), moved.includes(SAID)]).toEqual([true, false]);
    const parts = [{ block: 0, text: ', and goes on' }];
    const { offset } = await asking(server)('continueReply', { ...writer, parts }, 'offset');
    expect(offset).toBe(SAID.length + ', and goes on'.length);
  });
});

it('a backup holds the reply that is being written, which its writer goes on with there', async () => {
  const location = await located('SQLite');
  const folder = await makeTempFolder();
  onTestFinished(() => folder.remove());
  const server = await startServer(location.config);
  const writer = await talk(server);
  const copy = join(folder.path, 'copy.db');
  const { code } = await startParley(['backup', copy], { env: location.env }).exited;
  expect(code).toBe(0);
  await server.stop();
  const again = await startServer({ sqlitePath: copy });
  onTestFinished(() => again.stop());
  const ask = asking(again);
  const parts = [{ block: 0, text: '!' }];
  const { offset } = await ask('continueReply', { ...writer, parts }, 'offset');
  expect(offset).toBe(writer.offset + 1);
  const { message } = await ask('finishReply', { ...writer, offset }, 'message { text }');
  expect(message.text).toBe(`${SAID}!`);
});
