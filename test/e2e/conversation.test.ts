import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataOf } from '../support/data-of.js';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const data = (query: string, variables: Record<string, unknown> = {}) => dataOf(server, query, variables);
const errorOf = async (query: string, variables: Record<string, unknown> = {}) => {
  const { body } = await server.request(query, variables);
  return body.errors[0];
};

const CREATE = `mutation ($input: CreateSessionInput!) { createSession(input: $input) {
  session { id sessionId type applicationName createdAt updatedAt metadata } } }`;
const APPEND = `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) {
  messages { id messageId position role text content { __typename } createdAt }
  agent { agentId messageCount } session { sessionId } } }`;
const REDACT = `mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { messageId text redacted guardrailEvent { action policiesTriggered } } } }`;

describe('a conversation over HTTP', () => {
  it('shows every kind of content block as its own type, and any other as it is', async () => {
    const bytes = Buffer.from('hello').toString('base64');
    const content = [
      { text: 'a' },
      { toolUse: { toolUseId: 't', name: 'n', input: { $ref: 1, __proto__x: 2 } } },
      { toolResult: { toolUseId: 't', status: 'success', content: [{ json: { ok: true } }] } },
      { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
      { image: { format: 'png', source: { bytes } } },
      { document: { format: 'pdf', name: 'doc', source: { bytes } } },
      { video: { format: 'mp4', source: { s3Location: { uri: 's3://b/k' } } } },
      { citationsContent: { content: [{ text: 'cited' }], citations: [{ title: 'T' }] } },
      { guardContent: { text: { text: 'guarded' } } },
      { cachePoint: { type: 'default' } },
      { hologram: { deep: [1, { $x: null }] } },
      { text: 'b' },
    ];
    const result = await data(
      `mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { text content { __typename
        ... on TextBlock { text } ... on ToolUseBlock { toolUseId name input } ... on ToolResultBlock { toolUseId status parts: content }
        ... on ReasoningBlock { text signature redactedContent } ... on ImageBlock { format bytes source } ... on DocumentBlock { format name bytes }
        ... on VideoBlock { format bytes source } ... on CitationsBlock { text citations } ... on GuardBlock { text value }
        ... on CachePointBlock { cache: type } ... on UnknownBlock { value } } } } }`,
      {
        input: {
          sessionId: 'blocks',
          agentId: 'a',
          createIfMissing: true,
          messages: [{ role: 'ASSISTANT', content }],
        },
      },
    );
    expect(result.appendMessages.messages).toEqual([
      {
        text: 'a\ncited\nb',
        content: [
          { __typename: 'TextBlock', text: 'a' },
          { __typename: 'ToolUseBlock', toolUseId: 't', name: 'n', input: { $ref: 1, __proto__x: 2 } },
          {
            __typename: 'ToolResultBlock',
            toolUseId: 't',
            status: 'success',
            parts: [{ json: { ok: true } }],
          },
          { __typename: 'ReasoningBlock', text: 'hm', signature: 's', redactedContent: null },
          { __typename: 'ImageBlock', format: 'png', bytes, source: { bytes } },
          { __typename: 'DocumentBlock', format: 'pdf', name: 'doc', bytes },
          {
            __typename: 'VideoBlock',
            format: 'mp4',
            bytes: null,
            source: { s3Location: { uri: 's3://b/k' } },
          },
          { __typename: 'CitationsBlock', text: 'cited', citations: [{ title: 'T' }] },
          { __typename: 'GuardBlock', text: 'guarded', value: { text: { text: 'guarded' } } },
          { __typename: 'CachePointBlock', cache: 'default' },
          { __typename: 'UnknownBlock', value: { hologram: { deep: [1, { $x: null }] } } },
          { __typename: 'TextBlock', text: 'b' },
        ],
      },
    ]);
  });

  it('takes __proto__ and constructor as data, in agent ids and metadata, in variables and in literals', async () => {
    const metadata = JSON.parse('{"__proto__": {"polluted": true}, "constructor": 1}');
    await data(CREATE, { input: { sessionId: 'proto', metadata } });
    for (const agentId of ['10', '2', '__proto__', 'constructor', 'a$b']) {
      await data(APPEND, {
        input: {
          sessionId: 'proto',
          agentId,
          createIfMissing: true,
          messages: [{ role: 'USER', text: agentId }],
        },
      });
    }
    const { body } = await server.request(
      'mutation { updateMetadata(input: {sessionId: "proto", set: {__proto__: {x: 1}}}) { session { metadata agents { agentId } } } }',
    );
    expect(JSON.stringify(body.data.updateMetadata.session.metadata)).toBe(
      '{"__proto__":{"x":1},"constructor":1}',
    );
    expect(
      body.data.updateMetadata.session.agents.map(({ agentId }: { agentId: string }) => agentId),
    ).toEqual(['10', '2', '__proto__', 'constructor', 'a$b']);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('gives any object again by its global id', async () => {
    const { appendMessages } = await data(
      'mutation { appendMessages(input: {sessionId: "nodes", agentId: "a", createIfMissing: true, messages: [{role: USER, text: "x"}]}) { messages { id } agent { id } session { id } } }',
    );
    const NODE =
      'query ($id: ID!) { node(id: $id) { __typename id ... on Message { text } ... on Agent { agentId } ... on Session { sessionId } } }';
    const [message] = appendMessages.messages;
    expect((await data(NODE, { id: message.id })).node).toEqual({
      __typename: 'Message',
      id: message.id,
      text: 'x',
    });
    expect((await data(NODE, { id: appendMessages.agent.id })).node).toMatchObject({
      __typename: 'Agent',
      agentId: 'a',
    });
    expect((await data(NODE, { id: appendMessages.session.id })).node).toMatchObject({
      __typename: 'Session',
      sessionId: 'nodes',
    });
    for (const id of ['', 'x', 'bnVsbA', 'WyJTZXNzaW9uIl0'])
      expect((await data(NODE, { id })).node).toBeNull();
    const redacted = await data(REDACT, {
      input: { id: message.id, replacement: { role: 'USER', text: 'gone' } },
    });
    expect(redacted.redactMessage.message.text).toBe('gone');
  });
});

describe('bad input over HTTP', () => {
  it.each([
    [
      'an agent id with a dot',
      'INVALID_NAME',
      '"a.b"',
      APPEND,
      { input: { sessionId: 's', agentId: 'a.b', messages: [{ role: 'USER', text: 'x' }] } },
    ],
    ['a session id with NUL', 'INVALID_NAME', 'NUL', CREATE, { input: { sessionId: 'a\0b' } }],
    [
      'a lone surrogate',
      'BAD_USER_INPUT',
      'surrogate',
      APPEND,
      {
        input: {
          sessionId: 's',
          agentId: 'a',
          createIfMissing: true,
          messages: [{ role: 'USER', text: '\ud800' }],
        },
      },
    ],
    [
      'an unknown session',
      'SESSION_NOT_FOUND',
      '"nobody"',
      APPEND,
      { input: { sessionId: 'nobody', agentId: 'a', messages: [{ role: 'USER', text: 'x' }] } },
    ],
    [
      'text and content',
      'BAD_USER_INPUT',
      'exactly one',
      APPEND,
      {
        input: {
          sessionId: 's',
          agentId: 'a',
          createIfMissing: true,
          messages: [{ role: 'USER', text: 'x', content: [{ text: 'y' }] }],
        },
      },
    ],
    [
      'a role that is none',
      'BAD_USER_INPUT',
      'Role',
      APPEND,
      { input: { sessionId: 's', agentId: 'a', messages: [{ role: 'SYSTEM', text: 'x' }] } },
    ],
    ['no variables', 'BAD_USER_INPUT', '$input', APPEND, {}],
    [
      'a bad metadata path',
      'INVALID_METADATA_PATH',
      'segment 2',
      'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { sessionId } } }',
      { input: { sessionId: 's', set: { 'a..b': 1 } } },
    ],
    [
      'a message id that is none',
      'BAD_USER_INPUT',
      'id of a message',
      REDACT,
      { input: { id: 'zzz', replacement: { role: 'USER', text: 'x' } } },
    ],
    [
      'half an address',
      'BAD_USER_INPUT',
      'messageId',
      REDACT,
      { input: { sessionId: 's', replacement: { role: 'USER', text: 'x' } } },
    ],
    ['a page of a million', 'BAD_USER_INPUT', '200', '{ sessions(first: 1000000) { totalCount } }', {}],
    [
      'a page from both ends',
      'BAD_USER_INPUT',
      'not both',
      '{ sessions(first: 1, last: 1) { totalCount } }',
      {},
    ],
    ['a negative page', 'BAD_USER_INPUT', '-1', '{ sessions(first: -1) { totalCount } }', {}],
    ['a cursor that is none', 'INVALID_CURSOR', 'cursor', '{ sessions(after: "abc") { totalCount } }', {}],
    [
      'a date that is none',
      'BAD_USER_INPUT',
      'DateTime',
      'query ($d: DateTime) { sessions(filter: {createdAt: {gte: $d}}) { totalCount } }',
      { d: '2025-02-30T00:00:00Z' },
    ],
    ['a field that is not there', 'GRAPHQL_VALIDATION_FAILED', 'nothing', '{ nothing }', {}],
    ['a document that is none', 'GRAPHQL_PARSE_FAILED', 'Syntax', '{', {}],
    ['too many tokens', 'GRAPHQL_PARSE_FAILED', 'tokens', `{ ${'a '.repeat(4_000)} }`, {}],
    [
      'too many fields',
      'QUERY_TOO_COMPLEX',
      '1000',
      `{ ${Array.from({ length: 600 }, (_, i) => `a${i}: __typename`).join(' ')} ...F ...F } fragment F on Query { ${Array.from({ length: 300 }, (_, i) => `b${i}: __typename`).join(' ')} }`,
      {},
    ],
    [
      'exponential fragments',
      'QUERY_TOO_COMPLEX',
      '1000',
      `{ ...F0 } ${Array.from({ length: 20 }, (_, i) => `fragment F${i} on Query { ...F${i + 1} a${i}: __typename ...F${i + 1} }`).join(' ')} fragment F20 on Query { __typename }`,
      {},
    ],
    [
      'pages of pages',
      'QUERY_TOO_COMPLEX',
      '202200',
      '{ sessions(first: 200) { nodes { agents { messages(last: 200) { totalCount } } } } }',
      {},
    ],
    ['a subscription', 'BAD_REQUEST', 'WebSocket', 'subscription { sessionActivity { cursor } }', {}],
  ])('%s is %s and says why', async (_what, code, why, query, variables) => {
    const error = await errorOf(query, variables as Record<string, unknown>);
    expect(error.extensions.code).toBe(code);
    expect(error.message).toContain(why);
    expect(JSON.stringify(error)).not.toMatch(/node_modules|stack|at .*\.ts/);
  });

  it('leaves nothing behind', async () => {
    expect(
      (await data('{ sessions(filter: {sessionIds: ["s", "nobody"]}) { totalCount } }')).sessions.totalCount,
    ).toBe(0);
  });
});
