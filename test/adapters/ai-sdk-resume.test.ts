import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { UIMessage } from 'ai';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openChat } from '../../src/adapters/ai-sdk/index.js';
import { createClient } from '../../src/client/index.js';
import { eventually } from '../support/eventually.js';
import { startKillable } from '../support/killable-server.js';
import { makeTempFolder } from '../support/temp-folder.js';
import { SDKS, streamOf, text, user } from './ai-sdk-agent.mjs';
import { message, stageOn } from './ai-sdk-stage.js';
import { BACKINGS } from './backings.js';

const REPLIES = `query ($id: ID!) { session(sessionId: $id) { activeReplies { replyId text blocks { kind text } }
  agent(agentId: "agent") { replies { state message { text } } messageCount messages { nodes { role text } } } } }`;

/** Lets the model go on, step by step. */
function createGate() {
  let left = 0;
  let wake = () => {};
  return {
    open(count: number) {
      left += count;
      wake();
    },
    async pass() {
      while (left === 0)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      left--;
    },
  };
}

/** A route handler: one turn of a chat, whose answer is the stream; without `asked` the answer to what was asked before. */
async function post(
  chat: Awaited<ReturnType<typeof openChat>>,
  asked: UIMessage | null,
  gate?: ReturnType<typeof createGate>,
) {
  const sdk = await SDKS.newest();
  const messages = await chat.save([...(await chat.load()), ...(asked ? [asked] : [])]);
  const stream = await streamOf(
    sdk,
    messages,
    [WORDS],
    {
      onFinish: async (event: { messages: UIMessage[] }) => {
        await chat.save(event.messages);
      },
    },
    gate ? { delay: () => gate.pass() } : {},
  );
  return sdk.ai.createUIMessageStreamResponse({ stream, consumeSseStream: chat.resumable });
}
const WORDS = [
  { type: 'reasoning-start', id: 'r' },
  { type: 'reasoning-delta', id: 'r', delta: 'Hm.' },
  { type: 'reasoning-end', id: 'r' },
  ...text('It grows, word by word.'),
];

const chunksOf = (sse: string) =>
  sse.split('\n\n').flatMap((event) => (event.startsWith('data: {') ? [JSON.parse(event.slice(6))] : []));

/** A stream that is given again may say a text in fewer pieces. */
function joined(chunks: { type: string; id?: string; delta?: string }[]) {
  const all: typeof chunks = [];
  for (const chunk of chunks) {
    const last = all.at(-1);
    if (chunk.delta !== undefined && last?.type === chunk.type && last.id === chunk.id)
      last.delta += chunk.delta;
    else all.push({ ...chunk });
  }
  return all;
}

/** What has come of an answer so far, and all of it. */
function reading(response: Response) {
  const state = { text: '', done: null as unknown as Promise<string> };
  state.done = (async () => {
    const body = response.body as ReadableStream<Uint8Array>;
    for await (const piece of body.pipeThrough(new TextDecoderStream()) as unknown as AsyncIterable<string>)
      state.text += piece;
    return state.text;
  })();
  return state;
}

describe.each(Object.entries(BACKINGS))('a stream of a chat on %s', (_name, openBacking) => {
  const { open, backing } = stageOn(openBacking);
  const seen = async (id: string) => (await backing().server.request(REPLIES, { id })).body.data.session;

  it('is given again from its start to a page that is loaded again, and becomes the message that was saved', async () => {
    const sessionId = 'resumed';
    const gate = createGate();
    expect((await (await open(sessionId)).resume()).status).toBe(204);
    const first = reading(await post(await open(sessionId), user('Hi'), gate));
    // Its start, the thought, and the first piece of the text.
    gate.open(6);
    await eventually(async () => expect((await seen(sessionId)).activeReplies[0]?.text).toBe('It '));
    const response = await (await open(sessionId)).resume();
    expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    const second = reading(response);
    await eventually(() => expect(second.text).toContain('"It "'));
    gate.open(100);
    expect(joined(chunksOf(await second.done))).toEqual(joined(chunksOf(await first.done)));
    expect(chunksOf(await first.done).at(-1)).toMatchObject({ type: 'finish' });
    await eventually(async () =>
      expect(await seen(sessionId)).toMatchObject({
        activeReplies: [],
        agent: {
          messageCount: 2,
          replies: [{ state: 'FINISHED', message: { text: 'It grows, word by word.' } }],
        },
      }),
    );
    expect((await (await open(sessionId)).resume()).status).toBe(204);
    const list = await (await open(sessionId)).load();
    expect(list.map(({ role, parts }) => [role, parts.at(-1)])).toEqual([
      ['user', { type: 'text', text: 'Hi' }],
      [
        'assistant',
        expect.objectContaining({ type: 'text', text: 'It grows, word by word.', state: 'done' }),
      ],
    ]);
  });

  it('becomes the answer also where a long conversation is saved with it, in several calls', async () => {
    const sessionId = 'moved-here';
    const chat = await open(sessionId);
    const sdk = await SDKS.newest();
    const earlier = Array.from({ length: 120 }, (_, index) =>
      message(`m-${index}`, `earlier ${index}`, index % 2 === 0 ? 'user' : 'assistant'),
    );
    const onFinish = async (event: { messages: UIMessage[] }) => void (await chat.save(event.messages));
    const stream = await streamOf(sdk, [...earlier, user('Hi')], [WORDS], { onFinish });
    const answer = sdk.ai.createUIMessageStreamResponse({ stream, consumeSseStream: chat.resumable });
    await reading(answer).done;
    await eventually(async () =>
      expect((await seen(sessionId))?.agent).toMatchObject({
        messageCount: 122,
        replies: [{ state: 'FINISHED', message: { text: 'It grows, word by word.' } }],
      }),
    );
    const list = await (await open(sessionId)).load();
    expect(list.slice(0, 121)).toEqual([...earlier, user('Hi')]);
    expect(list.at(-1)?.parts.at(-1)).toMatchObject({ text: 'It grows, word by word.' });
  });

  it('is read to its end where the page has left, and its answer is saved', async () => {
    const sessionId = 'left';
    const gate = createGate();
    const response = await post(await open(sessionId), user('Hi'), gate);
    gate.open(3);
    await response.body?.cancel();
    gate.open(100);
    await eventually(async () => expect((await seen(sessionId)).agent.messages.nodes).toHaveLength(2));
    const [, answer] = (await seen(sessionId)).agent.messages.nodes;
    expect(answer).toEqual({ role: 'ASSISTANT', text: 'It grows, word by word.' });
  });
});

describe.each(Object.entries(BACKINGS))(
  'a stream of a chat on %s whose writer is killed',
  (_name, openBacking) => {
    const { open, backing } = stageOn(openBacking);
    const seen = async (id: string) => (await backing().server.request(REPLIES, { id })).body.data.session;

    it('gives what there was, and the answer of the next process as it grows; nothing is lost, or there twice', async () => {
      const sessionId = 'died';
      const { elsewhere } = backing();
      const child = fork(fileURLToPath(new URL('./ai-sdk-agent.mjs', import.meta.url)), [], {
        execArgv: [],
        serialization: 'advanced',
        stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      });
      const died = once(child, 'close');
      onTestFinished(() => void child.kill('SIGKILL'));
      child.send({ elsewhere, sessionId, does: 'stream', messages: [user('Hi')], steps: [WORDS], chunks: 6 });
      await eventually(async () => expect((await seen(sessionId))?.activeReplies[0]?.text).toBe('It '));
      const page = reading(await (await open(sessionId)).resume());
      await eventually(() => expect(page.text).toContain('"It "'));
      child.kill('SIGKILL');
      await died;

      const again = await open(sessionId);
      expect(await again.load()).toEqual([user('Hi')]);
      const gate = createGate();
      const first = reading(await post(again, null, gate));
      gate.open(6);
      const texts = async () =>
        ((await seen(sessionId)).activeReplies as { text: string }[]).map(({ text }) => text);
      await eventually(async () => expect(await texts()).toEqual(['It ', 'It ']));
      const second = reading(await (await open(sessionId)).resume());
      await eventually(() => expect(second.text).toContain('"It "'));
      gate.open(100);
      expect(joined(chunksOf(await second.done))).toEqual(joined(chunksOf(await first.done)));
      await eventually(async () => expect((await seen(sessionId)).agent.messageCount).toBe(2));
      const list = await (await open(sessionId)).load();
      expect(list.map(({ parts }) => parts.at(-1))).toMatchObject([
        { text: 'Hi' },
        { text: 'It grows, word by word.', state: 'done' },
      ]);
      // Once nobody has heard of its writer for as long as a reply may be silent.
      const left = chunksOf(await page.done);
      expect(left.at(-1)).toMatchObject({ type: 'abort' });
      expect(left.filter(({ type }) => type === 'text-delta')).toMatchObject([{ delta: 'It ' }]);
    });
  },
);

describe('a stream of a chat over a server that is killed', () => {
  it('goes on in the middle of a sentence, for its writer and for a page that was loaded again', async () => {
    const folder = await makeTempFolder();
    const server = await startKillable({ SQLITE_PATH: `${folder.path}/parley.db` });
    const client = createClient({ url: server.url });
    onTestFinished(async () => {
      await client.close();
      await server.stop();
      await folder.remove();
    });
    const place = { server: client, sessionId: 'killed' };
    const gate = createGate();
    const errors: unknown[] = [];
    const chat = await openChat({ ...place, onStreamError: (error) => errors.push(error) });
    const first = reading(await post(chat, user('Hi'), gate));
    gate.open(6);
    const page = await openChat(place);
    let second: ReturnType<typeof reading> | null = null;
    await eventually(async () => {
      if (!second) {
        const response = await page.resume();
        expect(response.status).toBe(200);
        second = reading(response);
      }
      expect(second.text).toContain('"It "');
    });
    await server.killAndRestart();
    gate.open(100);
    const resumed = second as unknown as ReturnType<typeof reading>;
    expect(joined(chunksOf(await resumed.done))).toEqual(joined(chunksOf(await first.done)));
    expect((await page.load()).at(-1)?.parts.at(-1)).toMatchObject({ text: 'It grows, word by word.' });
    expect(errors).toEqual([]);
  });
});
