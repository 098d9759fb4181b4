import { context, propagation, type SpanContext, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { createClient } from 'graphql-ws';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import WebSocket from 'ws';
import { createTracing } from '../../src/observe/tracing.js';
import { eventually } from '../support/eventually.js';
import { connect, follow } from '../support/live-client.js';
import { type RunningServer, startServer } from '../support/server.js';

const exporter = new InMemorySpanExporter();
const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
let server: RunningServer;
beforeAll(async () => {
  provider.register();
  server = await startServer();
});
afterAll(async () => {
  await server.stop();
  await provider.shutdown();
  for (const api of [trace, context, propagation]) api.disable();
});
beforeEach(() => exporter.reset());

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const CALLER_SPAN = 'b7ad6b7169203331';
const SECRET = 'my card number is 4111';

async function ask(query: string, headers: Record<string, string> = {}) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query }),
  });
  return response.json();
}
const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const idOf = (span: ReadableSpan | undefined) => span?.spanContext().spanId;

it('shows a request, the commands of the store below it, and the event that tells of its write', async () => {
  const feed = follow(
    connect(server.url),
    'subscription { sessionEvents(sessionId: "s") { __typename ... on MessageAdded { message { text } } } }',
    {},
  );
  await feed.next();
  await ask(
    `mutation Say { appendMessages(input: {sessionId: "s", agentId: "a", createIfMissing: true, messages: [{role: USER, text: "${SECRET}"}]}) { messages { id } } }`,
    { traceparent: `00-${TRACE_ID}-${CALLER_SPAN}-01` },
  );
  await eventually(() => expect(named('event MessageAdded')).toHaveLength(1));
  feed.stop();

  const [request] = named('mutation Say');
  expect(request?.spanContext().traceId).toBe(TRACE_ID);
  expect(request?.parentSpanContext?.spanId).toBe(CALLER_SPAN);
  expect(request?.attributes).toEqual({
    'graphql.operation.type': 'mutation',
    'graphql.operation.name': 'Say',
  });
  const write = named('appendMessages').find((span) => span.parentSpanContext?.spanId === idOf(request));
  expect(write?.attributes).toEqual({ 'db.system.name': 'sqlite', 'db.operation.name': 'appendMessages' });
  const links = named('event MessageAdded')[0]?.links.map((link) => link.context as SpanContext);
  expect(links?.map(({ traceId, spanId }) => [traceId, spanId])).toEqual([[TRACE_ID, idOf(write)]]);
  const recorded = exporter.getFinishedSpans().map(({ name, attributes, events, status }) => ({
    name,
    attributes,
    events,
    status,
  }));
  expect(JSON.stringify(recorded)).not.toContain('4111');
});

it('shows what the server asks of its database by itself only where an event may tell of it', async () => {
  const tracing = createTracing('sqlite', '0');
  const run = async () => null;
  for (const command of ['replies.abandonOverdue', 'expireSession']) await tracing.command(command, 's', run);
  await tracing.request({}, () => tracing.command('replies.abandonOverdue', undefined, run));
  const mine = exporter.getFinishedSpans().filter((span) => span.instrumentationScope.version === '0');
  expect(mine.map(({ name }) => name)).toEqual(['expireSession', 'replies.abandonOverdue', 'graphql']);
});

it('links each event to the write that it tells of, whatever else was written to the session', async () => {
  const feed = follow(
    connect(server.url),
    'subscription { sessionEvents(sessionId: "w") { __typename } }',
    {},
  );
  const list = follow(connect(server.url), 'subscription { sessionActivity { __typename } }', {});
  await Promise.all([feed.next(), list.next()]);
  const write = async (field: string, input: string) => {
    const answer = await ask(`mutation { ${field}(input: {sessionId: "w"${input}}) { __typename } }`);
    expect(answer).toEqual({ data: { [field]: { __typename: expect.any(String) } } });
  };
  const said = ', createIfMissing: true, agentId: "a", messages: [{role: USER, text: "x"}]';
  const first = 'agentId: "a", messageId: 0';
  await write('createSession', '');
  await write('appendMessages', said);
  await write('upsertAgent', ', agentId: "a", model: "m"');
  await write('redactMessage', `, ${first}, replacement: {role: USER, text: "gone"}`);
  await write('updateMetadata', ', set: {topic: "x"}');
  await write('addFeedback', ', rating: UP');
  await write('appendMessages', said);
  await write('deleteSession', '');
  await eventually(() => expect(named('event SessionDeleted').length).toBeGreaterThanOrEqual(2));
  feed.stop();
  list.stop();

  const writeOf = (span: ReadableSpan) => {
    const id = span.links[0]?.context.spanId;
    return exporter.getFinishedSpans().find((one) => idOf(one) === id);
  };
  const causes = (event: string) => new Set(named(`event ${event}`).map((span) => writeOf(span)?.name));
  expect(causes('SessionCreated')).toEqual(new Set(['createSession']));
  expect(causes('MessageAdded')).toEqual(new Set(['appendMessages']));
  expect(causes('AgentUpdated')).toContain('upsertAgent');
  expect(causes('MessageUpdated')).toEqual(new Set(['redactMessage']));
  expect(causes('MetadataChanged')).toEqual(new Set(['changeMetadata']));
  expect(causes('FeedbackAdded')).toEqual(new Set(['addFeedback']));
  expect(causes('SessionDeleted')).toEqual(new Set(['deleteSession']));
  expect(named('event SessionChanged').every((span) => writeOf(span) !== undefined)).toBe(true);
  const appends = named('event MessageAdded').map(writeOf);
  expect(new Set(appends.map(idOf)).size).toBe(2);
});

it('links what is told of a reply, and its message, to the writes that began and ended it', async () => {
  // Who is told of the reply is told of its message by its end.
  const feeds = [true, false].map((replies) =>
    follow(
      connect(server.url),
      `subscription { sessionEvents(sessionId: "r", replies: ${replies}) { __typename } }`,
      {},
    ),
  );
  await Promise.all(feeds.map((feed) => feed.next()));
  const reply = 'replyId: "one", epoch: 1';
  await ask(
    'mutation { startReply(input: {sessionId: "r", agentId: "a", createIfMissing: true, replyId: "one"}) { __typename } }',
  );
  await ask(
    `mutation { continueReply(input: {${reply}, offset: 0, parts: [{block: 0, text: "x"}]}) { __typename } }`,
  );
  await ask(`mutation { finishReply(input: {${reply}}) { __typename } }`);
  await eventually(() => {
    for (const event of ['ReplyFinished', 'MessageAdded']) expect(named(`event ${event}`)).toHaveLength(1);
  });
  for (const feed of feeds) feed.stop();
  const causeOf = (event: string) => named(`event ${event}`)[0]?.links[0]?.context.spanId;
  const [begun, over] = [idOf(named('replies.start')[0]), idOf(named('replies.end')[0])];
  expect(['SessionCreated', 'ReplyStarted'].map(causeOf)).toEqual([begun, begun]);
  expect(['ReplyFinished', 'MessageAdded'].map(causeOf)).toEqual([over, over]);
});

it('takes up the trace of a socket, and names its operations', async () => {
  const client = createClient({
    url: server.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    connectionParams: { traceparent: `00-${TRACE_ID}-${CALLER_SPAN}-01` },
  });
  const { value } = await client.iterate({ query: 'query Look { sessions { nodes { sessionId } } }' }).next();
  expect(value?.errors).toBeUndefined();
  await client.dispose();
  const [request] = named('query Look');
  expect(request?.parentSpanContext?.spanId).toBe(CALLER_SPAN);
});

it('names what went wrong by its code alone', async () => {
  await ask('mutation Gone { deleteSession(input: {sessionId: "none"}) { sessionId } }');
  const [request] = named('mutation Gone');
  expect(request?.attributes['error.type']).toBe('SESSION_NOT_FOUND');
  expect(request?.status).toEqual({ code: 0 });
});
