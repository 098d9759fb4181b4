import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SessionManager } from '../../src/index.js';
import { eventually } from '../support/eventually.js';
import { connect, follow } from '../support/live-client.js';
import { LOCATIONS, type TestLocation } from '../support/locations.js';
import { type RunningServer, startServer } from '../support/server.js';

const FOLLOW = `subscription ($id: ID!) { messageAdded(sessionId: $id, replies: true) {
  __typename
  ... on ReplyStarted { reply { text } }
  ... on ReplyProgress { offset parts { kind text } }
  ... on ReplyFinished { message { messageId text } }
  ... on ReplyAborted { abortReason kept { text } } } }`;

// biome-ignore lint/suspicious/noExplicitAny: the shape of an event is what the query asks for.
type Event = any;

describe.each(Object.entries(LOCATIONS))('a reply that an agent in Node writes, on %s', (_name, locate) => {
  let location: TestLocation;
  let server: RunningServer;
  let serial = 0;
  beforeAll(async () => {
    location = await locate();
    server = await startServer(location.config);
  });
  afterAll(async () => {
    await server.stop();
    await location.remove();
  });

  async function stage() {
    const sessionId = `reply-${++serial}`;
    const manager = await SessionManager.open({ sessionId, ...location.options });
    onTestFinished(() => manager.close());
    return { manager, sessionId };
  }

  /** A reader on the server: what it has been told so far, and the event with which the reply ends. */
  async function readAlong(sessionId: string) {
    const client = connect(server.url);
    onTestFinished(() => void client.dispose());
    const feed = follow<Event>(client, FOLLOW, { id: sessionId });
    expect(await feed.next()).toMatchObject({ __typename: 'Ready' });
    const reader = { text: null as string | null, last: null as Event };
    void (async () => {
      while (!reader.last) {
        const event = await feed.next();
        if (event.__typename === 'ReplyStarted') reader.text = event.reply.text;
        if (event.__typename === 'ReplyProgress')
          reader.text += event.parts.map((part: { text: string }) => part.text).join('');
        if (/Finished|Aborted/.test(event.__typename)) reader.last = event;
      }
    })().catch(() => {});
    return reader;
  }

  it('is read along by whoever follows the session, and becomes one message', async () => {
    const { manager, sessionId } = await stage();
    const reader = await readAlong(sessionId);
    await using reply = await manager.startReply({ agentId: 'a' });
    // One that is over before anybody hears of it is told as a message like any other.
    await eventually(() => expect(reader.text).toBe(''));
    for (const piece of ['Hel', 'lo', ', ', 'world']) await reply.write(piece);
    const message = await reply.finish({ metadata: { usage: { inputTokens: 1, outputTokens: 2 } } });
    expect(message).toMatchObject({ role: 'assistant', messageId: 0, content: [{ text: 'Hello, world' }] });
    await eventually(() =>
      expect(reader.last).toMatchObject({
        __typename: 'ReplyFinished',
        message: { messageId: 0, text: 'Hello, world' },
      }),
    );
    expect('Hello, world'.startsWith(reader.text as string)).toBe(true);
    expect(await manager.listMessages('a')).toEqual([message]);
  });

  it('is piped from the stream of a model, its tools included', async () => {
    const { manager } = await stage();
    await using reply = await manager.startReply({ agentId: 'a', durability: 'each' });
    async function* stream() {
      yield { type: 'reasoning-delta', id: 'r', text: 'hm' };
      yield { type: 'text-delta', id: 't', text: 'Let me look' };
      yield { type: 'tool-call', toolCallId: 'c', toolName: 'search', input: { q: 1 } };
      yield { type: 'tool-result', toolCallId: 'c', output: { found: 'it' } };
    }
    await reply.pipe(stream());
    const { content } = await reply.finish();
    expect(content).toEqual([
      { reasoningContent: { reasoningText: { text: 'hm' } } },
      { text: 'Let me look' },
      { toolUse: { toolUseId: 'c', name: 'search', input: { q: 1 } } },
      { toolResult: { toolUseId: 'c', status: 'success', content: [{ text: '{"found":"it"}' }] } },
    ]);
  });

  it('is taken over by another process, which goes on where the first stopped', async () => {
    const { manager, sessionId } = await stage();
    const reader = await readAlong(sessionId);
    const first = await manager.startReply({ agentId: 'a' });
    for (const piece of ['Hel', 'lo']) await first.write(piece);
    await eventually(() => expect(reader.text).toBe('Hello'));
    const other = await SessionManager.open({ sessionId, ...location.options });
    onTestFinished(() => other.close());
    const second = await other.startReply({ agentId: 'a', replyId: first.replyId });
    await expect(first.finish()).rejects.toMatchObject({ code: 'REPLY_TAKEN_OVER' });
    await second.write('!');
    const { content } = await second.finish();
    expect(content).toEqual([{ text: 'Hello!' }]);
    expect(await manager.messageCount('a')).toBe(1);
  });

  it('is kept where its writer leaves it unfinished, and discarded where that is asked for', async () => {
    const { manager } = await stage();
    {
      await using reply = await manager.startReply({ agentId: 'a' });
      await reply.write('Hel');
    }
    const discarded = await manager.startReply({ agentId: 'a' });
    await discarded.write('nothing of this');
    expect(await discarded.abort({ reason: 'stopped' })).toBeNull();
    expect((await manager.listMessages('a')).map(({ content }) => content)).toEqual([[{ text: 'Hel' }]]);
  });

  it('may become another message than it said, and refuses what no message can be', async () => {
    const { manager } = await stage();
    const reply = await manager.startReply({ agentId: 'a' });
    await reply.write('draft');
    await expect(reply.finish({ message: { role: 'assistant' } })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    });
    await expect(
      reply.finish({ message: { role: 'assistant', content: [{ json: { id: 2 ** 60 } }] } }),
    ).rejects.toMatchObject({ code: 'BAD_USER_INPUT' });
    const stored = await reply.finish({ message: { role: 'assistant', text: 'final' } });
    expect(stored.content).toEqual([{ text: 'final' }]);
    await expect(manager.startReply({ agentId: 'a', replyId: reply.replyId })).rejects.toMatchObject({
      code: 'REPLY_OVER',
    });
  });
});
