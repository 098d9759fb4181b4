import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.js';
import { connect, type Feed, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';
import { introduced } from '../support/talk.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const EVENTS = `subscription ($id: ID!, $after: String, $replies: Boolean!) {
  sessionEvents(sessionId: $id, after: $after, replies: $replies) {
    __typename cursor
    ... on Ready { sessionExists resumed }
    ... on MessageAdded { agentId message { messageId text } }
    ... on ReplyStarted { agentId replyId reply { state offset text blocks { block kind text } } }
    ... on ReplyProgress { agentId replyId offset parts { block kind text toolUseId name status } }
    ... on ReplyRewound { replyId offset }
    ... on ReplyAbandoned { replyId offset }
    ... on ReplyResumed { replyId offset }
    ... on ReplyFinished { agentId replyId message { messageId role text blocks } }
    ... on ReplyAborted { replyId abortReason kept { text } }
  } }`;

const MUTATIONS = {
  startReply: 'StartReplyInput',
  continueReply: 'ContinueReplyInput',
  finishReply: 'FinishReplyInput',
  abortReply: 'AbortReplyInput',
  appendMessages: 'AppendMessagesInput',
  redactMessage: 'RedactMessageInput',
  deleteSession: 'DeleteSessionInput',
};

async function send(name: keyof typeof MUTATIONS, input: object, selection: string) {
  const { body } = await server.request(
    `mutation ($input: ${MUTATIONS[name]}!) { ${name}(input: $input) { ${selection} } }`,
    { input },
  );
  return body;
}
async function mutate(name: keyof typeof MUTATIONS, input: object, selection = '__typename') {
  const body = await send(name, input, selection);
  expect(body.errors).toBeUndefined();
  return body.data[name];
}
const refusal = async (name: keyof typeof MUTATIONS, input: object) => {
  const { errors } = await send(name, input, '__typename');
  return errors?.[0]?.extensions;
};

const start = (sessionId: string, more: object = {}) =>
  mutate('startReply', { sessionId, agentId: 'a', createIfMissing: true, ...more }, 'replyId epoch offset');
const say = ({ replyId, epoch }: { replyId: string; epoch: number }, offset: number, ...texts: string[]) =>
  mutate(
    'continueReply',
    { replyId, epoch, offset, parts: texts.map((text) => ({ block: 0, text })) },
    'offset',
  );

const opened: (() => unknown)[] = [];
afterAll(() => Promise.all(opened.map((close) => close())));
function watch(sessionId: string, after: string | null = null, replies = true): Feed<Event> {
  const client = connect(server.url);
  opened.push(() => client.dispose());
  return follow(client, EVENTS, { id: sessionId, after, replies });
}
// biome-ignore lint/suspicious/noExplicitAny: the shape of an event is what the query asks for.
type Event = any;

/** Reads on until the reply ends: what it has said then, as a reader shows it. */
async function readToEnd(
  feed: Feed<Event>,
  text = '',
): Promise<{ text: string; last: Event; seen: string[] }> {
  const seen: string[] = [];
  let shown = text;
  for (;;) {
    const event = await feed.next();
    seen.push(event.__typename);
    if (event.__typename === 'ReplyStarted') shown = event.reply.text;
    if (event.__typename === 'ReplyRewound') shown = shown.slice(0, event.offset);
    if (event.__typename === 'ReplyProgress') {
      expect(event.offset).toBe(shown.length);
      shown += event.parts.map((part: { text: string }) => part.text).join('');
    }
    if (['ReplyFinished', 'ReplyAborted', 'MessageAdded'].includes(event.__typename)) {
      return { text: shown, last: event, seen };
    }
  }
}

describe('a reply in progress', () => {
  it('keeps data beside what is said, of which no message is made, and is found by its id', async () => {
    const reply = await start('data');
    const parts = [
      { block: 0, kind: 'DATA', name: 'form', text: '{"a":1}' },
      { block: 1, text: 'Hello' },
    ];
    await mutate('continueReply', { ...reply, offset: 0, parts });
    const read = `query ($replyId: ID!) { session(sessionId: "data") { agent(agentId: "a") {
      reply(replyId: $replyId) { state text blocks { block kind name text } } } } }`;
    const found = async (replyId: string) =>
      (await server.request(read, { replyId })).body.data.session.agent.reply;
    expect(await found(reply.replyId)).toEqual({
      state: 'WRITING',
      text: 'Hello',
      blocks: [
        { block: 0, kind: 'DATA', name: 'form', text: '{"a":1}' },
        { block: 1, kind: 'TEXT', name: null, text: 'Hello' },
      ],
    });
    expect(await found('nobody')).toBeNull();
    const other = await start('another');
    expect(await found(other.replyId)).toBeNull();
    const { message } = await mutate(
      'finishReply',
      { replyId: reply.replyId, epoch: 1 },
      'message { blocks }',
    );
    expect(message).toEqual({ blocks: [{ text: 'Hello' }] });
    expect(await found(reply.replyId)).toMatchObject({ state: 'FINISHED', text: 'Hello' });
  });

  it('is told as it grows to those who ask for it, and to others once it is a message', async () => {
    const sessionId = 'grows';
    const [asking, plain] = [watch(sessionId), watch(sessionId, null, false)];
    expect(await asking.next()).toMatchObject({ __typename: 'Ready', sessionExists: false });
    expect(await plain.next()).toMatchObject({ __typename: 'Ready' });
    const reply = await start(sessionId);
    expect(reply).toMatchObject({ epoch: 1, offset: 0 });
    expect(await asking.next()).toMatchObject({ __typename: 'SessionCreated' });
    expect(await asking.next()).toMatchObject({
      __typename: 'ReplyStarted',
      replyId: reply.replyId,
      reply: { state: 'WRITING', offset: 0, text: '', blocks: [] },
    });
    expect(await say(reply, 0, 'Hel')).toEqual({ offset: 3 });
    const progress = async () => {
      const event = await asking.next();
      return event.__typename === 'AgentUpdated' ? asking.next() : event;
    };
    expect(await progress()).toMatchObject({
      __typename: 'ReplyProgress',
      agentId: 'a',
      offset: 0,
      parts: [{ block: 0, kind: 'TEXT', text: 'Hel', toolUseId: null }],
    });
    await mutate('continueReply', {
      ...reply,
      offset: 3,
      parts: [
        { block: 0, text: 'lo' },
        { block: 1, kind: 'TOOL_INPUT', toolUseId: 't', name: 'search', text: '{"q":1}' },
      ],
    });
    expect(await progress()).toMatchObject({
      offset: 3,
      parts: [
        { block: 0, text: 'lo' },
        { block: 1, kind: 'TOOL_INPUT', name: 'search', text: '{"q":1}' },
      ],
    });
    const finish = { replyId: reply.replyId, epoch: 1, metadata: { usage: { inputTokens: 1 } } };
    const finished = await mutate('finishReply', finish, 'message { messageId text } reply { state offset }');
    expect(finished).toEqual({
      message: { messageId: 0, text: 'Hello' },
      reply: { state: 'FINISHED', offset: 12 },
    });
    expect(await mutate('finishReply', finish, 'message { messageId text }')).toMatchObject({
      message: { messageId: 0, text: 'Hello' },
    });
    expect(await asking.next()).toMatchObject({
      __typename: 'ReplyFinished',
      message: {
        role: 'ASSISTANT',
        text: 'Hello',
        blocks: [{ text: 'Hello' }, { toolUse: { toolUseId: 't', name: 'search', input: { q: 1 } } }],
      },
    });
    const told = [await plain.next(), await plain.next(), await plain.next()].map(
      (event) => event.__typename,
    );
    expect(told).toEqual(['SessionCreated', 'AgentUpdated', 'MessageAdded']);
    await mutate('appendMessages', { sessionId, agentId: 'a', messages: [{ role: 'USER', text: 'Thanks' }] });
    for (const feed of [asking, plain]) {
      expect(await feed.next()).toMatchObject({ __typename: 'MessageAdded', message: { messageId: 1 } });
    }
  });

  it('is told with all so far to whoever comes late, and goes on at the very character', async () => {
    const reply = await start('late');
    await say(reply, 0, 'Hello ');
    const late = watch('late');
    expect((await late.next()).__typename).toBe('Ready');
    expect(await late.next()).toMatchObject({
      __typename: 'ReplyStarted',
      reply: { offset: 6, text: 'Hello ', blocks: [{ block: 0, kind: 'TEXT', text: 'Hello ' }] },
    });
    await say(reply, 6, 'wor');
    const { cursor } = await late.next();
    late.stop();
    await say(reply, 9, 'ld');
    const resumed = watch('late', cursor);
    expect(await resumed.next()).toMatchObject({ __typename: 'Ready', resumed: true });
    expect(await resumed.next()).toMatchObject({
      __typename: 'ReplyProgress',
      offset: 9,
      parts: [{ text: 'ld' }],
    });
    await say(reply, 11, '!');
    expect(await resumed.next()).toMatchObject({ __typename: 'ReplyProgress', offset: 11 });
  });

  it('is whole for readers who come, go and resume at any moment while it is written', async () => {
    const sessionId = 'many';
    const reply = await start(sessionId);
    const readers: Promise<{ text: string; last: Event }>[] = [];
    const there: Promise<unknown>[] = [];
    let text = '';
    for (let piece = 0; piece < 60; piece++) {
      const next = `${piece} \u{1F600} `;
      await say(reply, text.length, next);
      text += next;
      if (piece % 3 !== 0) continue;
      const feed = watch(sessionId);
      const started = feed.next().then(() => feed.next());
      there.push(started);
      readers.push(
        started.then(async (first) => {
          expect(first).toMatchObject({ __typename: 'ReplyStarted' });
          if (piece % 2 === 0) return readToEnd(feed, first.reply.text);
          feed.stop();
          const again = watch(sessionId, first.cursor);
          await again.next();
          return readToEnd(again, first.reply.text);
        }),
      );
    }
    await Promise.all(there);
    await mutate('finishReply', { replyId: reply.replyId, epoch: 1, offset: text.length });
    for (const read of await Promise.all(readers)) {
      expect(read.text).toBe(text);
      expect(read.last).toMatchObject({ __typename: 'ReplyFinished', message: { messageId: 0, text } });
    }
  });

  it('adds nothing by a repeated call, takes what is new of one that overlaps, and refuses gaps and other text', async () => {
    const reply = await start('offsets');
    const call = (offset: number, text: string) => ({ ...reply, offset, parts: [{ block: 0, text }] });
    await say(reply, 0, 'Hello');
    expect(await say(reply, 0, 'Hello')).toEqual({ offset: 5 });
    expect(await say(reply, 3, 'lo world')).toEqual({ offset: 11 });
    expect(await refusal('continueReply', call(12, '!'))).toMatchObject({ code: 'REPLY_GAP', expected: 11 });
    expect(await refusal('continueReply', call(0, 'Hullo'))).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await refusal('continueReply', call(11, '\ud83d'))).toMatchObject({ code: 'BAD_USER_INPUT' });
    const third = { ...reply, offset: 11, parts: [{ block: 2, text: '' }] };
    expect(await refusal('continueReply', third)).toMatchObject({ code: 'BAD_USER_INPUT' });
    const finish = { replyId: reply.replyId, epoch: 1 };
    expect(await refusal('finishReply', { ...finish, offset: 12 })).toMatchObject({
      code: 'REPLY_GAP',
      expected: 11,
    });
    expect(await refusal('finishReply', { ...finish, offset: 5 })).toMatchObject({
      code: 'REPLY_GAP',
      expected: 11,
    });
    expect(await mutate('finishReply', finish, 'message { text }')).toEqual({
      message: { text: 'Hello world' },
    });
    expect(await refusal('continueReply', call(11, '!'))).toMatchObject({ code: 'REPLY_OVER' });
    expect(
      await refusal('startReply', { sessionId: 'offsets', agentId: 'a', replyId: reply.replyId }),
    ).toMatchObject({
      code: 'REPLY_OVER',
    });
    const other = { ...finish, message: { role: 'ASSISTANT', text: 'another' } };
    expect(await refusal('finishReply', other)).toMatchObject({ code: 'IDEMPOTENCY_CONFLICT' });
    expect(await refusal('continueReply', { ...call(0, 'x'), replyId: 'none' })).toMatchObject({
      code: 'REPLY_NOT_FOUND',
    });
  });

  it('takes as many parts in a call as it says, and no more', async () => {
    const { replyId, epoch } = await start('many-parts');
    const words = (count: number) => Array.from({ length: count }, () => 'x');
    // First by Apollo Server, then by the plan.
    for (const offset of [0, 1_000]) {
      expect(await say({ replyId, epoch }, offset, ...words(1_000))).toEqual({ offset: offset + 1_000 });
    }
    const parts = words(1_001).map((text) => ({ block: 0, text }));
    expect(await refusal('continueReply', { replyId, epoch, offset: 2_000, parts })).toMatchObject({
      code: 'BAD_USER_INPUT',
    });
  });

  it('is taken over by a later writer, who goes on from where it is; the earlier one changes nothing', async () => {
    const first = await start('fenced');
    await say(first, 0, 'one');
    const second = await start('fenced', { replyId: first.replyId });
    expect(second).toEqual({ replyId: first.replyId, epoch: 2, offset: 3 });
    expect(
      await refusal('continueReply', { ...first, offset: 3, parts: [{ block: 0, text: '!' }] }),
    ).toMatchObject({
      code: 'REPLY_TAKEN_OVER',
      epoch: 2,
    });
    expect(await refusal('finishReply', { replyId: first.replyId, epoch: 1 })).toMatchObject({
      code: 'REPLY_TAKEN_OVER',
    });
    await say(second, 3, ' two');
    const { message } = await mutate('finishReply', { replyId: first.replyId, epoch: 2 }, 'message { text }');
    expect(message.text).toBe('one two');
  });

  it('is abandoned where nobody hears of its writer, and goes on where one comes back', async () => {
    const reply = await start('silent', { replyTimeout: 1 });
    await say(reply, 0, 'Hel');
    const feed = watch('silent');
    await feed.next();
    expect((await feed.next()).__typename).toBe('ReplyStarted');
    expect(await feed.next()).toMatchObject({ __typename: 'ReplyAbandoned', offset: 3 });
    const { body } = await server.request(
      `{ session(sessionId: "silent") { activeReplies { replyId state text } agent(agentId: "a") {
        abandoned: replies(state: ABANDONED) { replyId } writing: replies(state: WRITING) { replyId } } } }`,
    );
    expect(body.data.session).toEqual({
      activeReplies: [{ replyId: reply.replyId, state: 'ABANDONED', text: 'Hel' }],
      agent: { abandoned: [{ replyId: reply.replyId }], writing: [] },
    });
    await say(reply, 3, 'lo');
    expect(await feed.next()).toMatchObject({
      __typename: 'ReplyProgress',
      offset: 3,
      parts: [{ text: 'lo' }],
    });
    expect(await feed.next()).toMatchObject({ __typename: 'ReplyResumed', offset: 5 });
    await mutate('finishReply', { replyId: reply.replyId, epoch: 1 });
    expect((await feed.next()).__typename).toBe('ReplyFinished');
  });

  it('is aborted with nothing left, or as a message', async () => {
    for (const keep of ['DISCARD', 'MESSAGE']) {
      const reply = await start('aborted');
      const feed = watch('aborted');
      await feed.next();
      expect((await feed.next()).__typename).toBe('ReplyStarted');
      await say(reply, 0, 'Hel');
      const abort = { replyId: reply.replyId, reason: 'stopped', keep };
      const payload = await mutate(
        'abortReply',
        abort,
        'message { text } reply { state reason message { text } }',
      );
      const message = keep === 'MESSAGE' ? { text: 'Hel' } : null;
      expect(payload).toEqual({ message, reply: { state: 'ABORTED', reason: 'stopped', message } });
      expect(await mutate('abortReply', abort, 'message { text }')).toEqual({ message });
      const { last } = await readToEnd(feed);
      expect(last).toMatchObject({ __typename: 'ReplyAborted', abortReason: 'stopped', kept: message });
    }
  });

  it('keeps the order in which replies are finished', async () => {
    const [one, two] = [await start('order'), await start('order')];
    await say(one, 0, 'one');
    await say(two, 0, 'two');
    const feed = watch('order');
    await feed.next();
    expect((await feed.next()).__typename).toBe('ReplyStarted');
    expect((await feed.next()).__typename).toBe('ReplyStarted');
    await mutate('appendMessages', {
      sessionId: 'order',
      agentId: 'a',
      messages: [{ role: 'USER', text: 'between' }],
    });
    await mutate('finishReply', { replyId: two.replyId, epoch: 1 });
    await mutate('finishReply', { replyId: one.replyId, epoch: 1 });
    const told = [await feed.next(), await feed.next(), await feed.next()];
    expect(told.map((event) => [event.__typename, event.message.text])).toEqual([
      ['MessageAdded', 'between'],
      ['ReplyFinished', 'two'],
      ['ReplyFinished', 'one'],
    ]);
  });

  it('is whole for a reader that is slow', async () => {
    const reply = await start('slow');
    const slow = await introduced(server.url);
    const heard: Event[] = [];
    slow.socket.on('message', (data) => {
      const message = JSON.parse(String(data));
      if (message.type === 'next') heard.push(message);
    });
    slow.say({
      id: '1',
      type: 'subscribe',
      payload: { query: EVENTS, variables: { id: 'slow', replies: true } },
    });
    await eventually(() => expect(heard.length).toBe(2));
    slow.socket.pause();
    const piece = '€'.repeat(100_000);
    const quick = watch('slow');
    await quick.next();
    await quick.next();
    const PIECES = 16;
    for (let n = 0; n < PIECES; n++) {
      // Slow, and not dead.
      if (n % 4 === 3) slow.socket.resume();
      await say(reply, n * piece.length, piece);
      slow.socket.pause();
    }
    const text = piece.repeat(PIECES);
    await mutate('finishReply', { replyId: reply.replyId, epoch: 1, offset: text.length });
    expect((await readToEnd(quick)).text).toBe(text);
    slow.socket.resume();
    await eventually(() => {
      expect(heard.at(-1).payload.data.sessionEvents.__typename).toBe('ReplyFinished');
    });
    const told = heard.map(({ payload }) => payload.data.sessionEvents);
    const progress = told.filter(({ __typename }) => __typename === 'ReplyProgress');
    let shown = '';
    for (const event of progress) {
      expect(event.offset).toBe(shown.length);
      shown += event.parts.map((part: { text: string }) => part.text).join('');
    }
    expect(shown === text).toBe(true);
    expect(progress.length).toBeLessThanOrEqual(PIECES);
    expect(told.filter(({ __typename }) => __typename === 'Ready')).toHaveLength(1);
    slow.socket.terminate();
  });

  it('ends with its session', async () => {
    const reply = await start('deleted');
    const feed = watch('deleted');
    await feed.next();
    await feed.next();
    await mutate('deleteSession', { sessionId: 'deleted' });
    expect((await feed.next()).__typename).toBe('SessionDeleted');
    expect(await refusal('finishReply', { replyId: reply.replyId, epoch: 1, offset: 0 })).toMatchObject({
      code: expect.stringMatching('REPLY_NOT_FOUND|BAD_USER_INPUT'),
    });
  });
});
