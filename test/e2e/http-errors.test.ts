import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningServer, startServer } from '../support/server.js';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer({ maxBodyBytes: 64 * 1024 });
  for (const sessionId of ['there', 'other']) {
    await server.request(APPEND, {
      input: {
        sessionId,
        agentId: 'a',
        createIfMissing: true,
        idempotencyKey: 'k',
        messages: [{ role: 'USER', text: 'Hello' }],
      },
    });
  }
});
afterAll(() => server.stop());

const APPEND =
  'mutation ($input: AppendMessagesInput!) { appendMessages(input: $input) { messages { id } } }';
const append = (input: object) => ({
  query: APPEND,
  variables: {
    input: { sessionId: 'there', agentId: 'a', messages: [{ role: 'USER', text: 'x' }], ...input },
  },
});
const update = (set: object, sessionId = 'there') => ({
  query: 'mutation ($input: UpdateMetadataInput!) { updateMetadata(input: $input) { session { metadata } } }',
  variables: { input: { sessionId, set } },
});
const redact = (input: object) => ({
  query: 'mutation ($input: RedactMessageInput!) { redactMessage(input: $input) { message { id } } }',
  variables: { input: { replacement: { role: 'USER', text: '' }, ...input } },
});
const create = (input: object) => ({
  query: 'mutation ($input: CreateSessionInput!) { createSession(input: $input) { session { sessionId } } }',
  variables: { input },
});
const GRAPHQL_JSON = 'application/graphql-response+json';
type Operation = { query: string; variables?: Record<string, unknown> };

type Refusal = { errors: { message: string; extensions: Record<string, unknown> }[] };

/** An answer in the shape that GraphQL clients read. */
async function post(body: string, headers: Record<string, string> = {}) {
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { accept: GRAPHQL_JSON, 'content-type': 'application/json', ...headers },
    body,
  });
  if (headers.accept === undefined) expect(response.headers.get('content-type')).toContain(GRAPHQL_JSON);
  return { status: response.status, body: (await response.json()) as Refusal };
}

function expectCoded(body: Refusal, code: string) {
  expect(body.errors.map(({ extensions }) => extensions.code)).toEqual([code]);
  expect(JSON.stringify(body)).not.toMatch(/\n\s+at |SQLITE|node:|stacktrace/);
  return body.errors[0]?.message as string;
}

describe('an operation that cannot be done says which value is wrong', () => {
  it.each<[string, Operation, string, RegExp]>([
    ['a session that is not there', append({ sessionId: 'nobody' }), 'SESSION_NOT_FOUND', /nobody/],
    [
      'a removal of nothing',
      { query: 'mutation { deleteSession(input: {sessionId: "nobody"}) { sessionId } }' },
      'SESSION_NOT_FOUND',
      /nobody/,
    ],
    ['an agent that is not there', append({ agentId: 'nobody' }), 'AGENT_NOT_FOUND', /nobody/],
    [
      'a message that is not there',
      redact({ sessionId: 'there', agentId: 'a', messageId: 99 }),
      'MESSAGE_NOT_FOUND',
      /99/,
    ],
    ['a session id that is taken', create({ sessionId: 'there' }), 'SESSION_EXISTS', /there/],
    [
      'a key that was used for something else',
      append({ idempotencyKey: 'k' }),
      'IDEMPOTENCY_CONFLICT',
      /idempotencyKey/,
    ],
    ['an empty name', append({ sessionId: '' }), 'INVALID_NAME', /sessionId/],
    ['a dot in a name', append({ agentId: 'a.b' }), 'INVALID_NAME', /a\.b/],
    ['a NUL in a name', create({ sessionId: 'a\0b' }), 'INVALID_NAME', /NUL/],
    ['a lone surrogate in a name', create({ sessionId: 'a\ud800' }), 'INVALID_NAME', /surrogate/],
    ['a name without end', create({ sessionId: 'x'.repeat(513) }), 'INVALID_NAME', /513/],
    ['an empty segment of a path', update({ 'a..b': 1 }), 'INVALID_METADATA_PATH', /segment 2/],
    ['a dollar in a path', update({ $set: 1 }), 'INVALID_METADATA_PATH', /\$set/],
    ['a dollar inside a value', update({ a: { $b: 1 } }), 'INVALID_METADATA_PATH', /\$b/],
    ['one bad path among good ones', update({ good: 1, 'bad.': 2 }), 'INVALID_METADATA_PATH', /bad/],
    [
      'text that is no text',
      append({ messages: [{ role: 'USER', text: '\ud800' }] }),
      'BAD_USER_INPUT',
      /surrogate/,
    ],
    ['neither text nor content', append({ messages: [{ role: 'USER' }] }), 'BAD_USER_INPUT', /exactly one/],
    [
      'bytes that are no base64',
      append({
        messages: [{ role: 'USER', content: [{ image: { format: 'png', source: { bytes: '%%%' } } }] }],
      }),
      'BAD_USER_INPUT',
      /base64/,
    ],
    ['no message at all', append({ messages: [] }), 'BAD_USER_INPUT', /1 to 100/],
    ['a key without end', append({ idempotencyKey: 'k'.repeat(201) }), 'BAD_USER_INPUT', /201/],
    ['half an address', redact({ sessionId: 'there' }), 'BAD_USER_INPUT', /sessionId, agentId and messageId/],
    [
      'two addresses',
      redact({ id: 'x', sessionId: 'there', agentId: 'a', messageId: 0 }),
      'BAD_USER_INPUT',
      /id alone/,
    ],
    ['an id of nothing', redact({ id: 'zzz' }), 'BAD_USER_INPUT', /zzz/],
    [
      'a model that is given and removed',
      {
        query:
          'mutation { upsertAgent(input: {sessionId: "there", agentId: "a", model: "m", remove: [MODEL]}) { agent { id } } }',
      },
      'BAD_USER_INPUT',
      /model/,
    ],
    [
      'a page without end',
      { query: '{ sessions(first: 201) { totalCount } }' },
      'BAD_USER_INPUT',
      /0 to 200/,
    ],
    [
      'a page from both ends',
      { query: '{ sessions(first: 1, last: 1) { totalCount } }' },
      'BAD_USER_INPUT',
      /first/,
    ],
    [
      'a cursor that is none',
      { query: '{ sessions(after: "zzz") { totalCount } }' },
      'INVALID_CURSOR',
      /zzz/,
    ],
    [
      'a metadata path that cannot be read',
      { query: '{ session(sessionId: "there") { metadata(paths: ["a..b"]) } }' },
      'INVALID_METADATA_PATH',
      /a\.\.b/,
    ],
  ])('%s', async (_name, { query, variables }, code, said) => {
    const { body } = await server.request(query, variables);
    expect(expectCoded(body, code)).toMatch(said);
  });

  it('and changes nothing, where one of several values is wrong', async () => {
    const { body } = await server.request('{ session(sessionId: "there") { metadata messageCount } }');
    expect(body.data.session).toEqual({ metadata: {}, messageCount: 1 });
  });

  it('an empty key, whatever the mutation', async () => {
    for (const query of [
      'mutation { upsertAgent(input: {sessionId: "there", agentId: "a", idempotencyKey: ""}) { agent { id } } }',
      'mutation { updateMetadata(input: {sessionId: "there", set: {a: 1}, idempotencyKey: ""}) { session { id } } }',
    ]) {
      expectCoded((await server.request(query)).body, 'BAD_USER_INPUT');
    }
  });
});

describe('an operation that is refused before it begins is a 400', () => {
  const complex = '{ sessions(first: 200) { nodes { agents { messages(first: 200) { nodes { text } } } } } }';
  it.each<[string, object, string]>([
    ['it is no GraphQL', { query: '{ a ' }, 'GRAPHQL_PARSE_FAILED'],
    ['it does not fit the schema', { query: '{ nothing }' }, 'GRAPHQL_VALIDATION_FAILED'],
    [
      'it is not in its document',
      { query: 'query A { __typename }', operationName: 'B' },
      'OPERATION_RESOLUTION_FAILURE',
    ],
    [
      'it is one of several',
      { query: 'query A { __typename } query B { __typename }' },
      'OPERATION_RESOLUTION_FAILURE',
    ],
    ['there is none', { variables: {} }, 'BAD_REQUEST'],
    ['it is empty', { query: '' }, 'BAD_REQUEST'],
    ['its query is no text', { query: 7 }, 'BAD_REQUEST'],
    ['its variables are no object', { query: '{ __typename }', variables: 'x' }, 'BAD_REQUEST'],
    ['a variable is missing', { query: 'query ($id: ID!) { node(id: $id) { id } }' }, 'BAD_USER_INPUT'],
    [
      'a variable has another type',
      { query: 'query ($n: Int) { sessions(first: $n) { totalCount } }', variables: { n: 'x' } },
      'BAD_USER_INPUT',
    ],
    [
      'a literal has another type',
      { query: '{ sessions(first: "x") { totalCount } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'it is a subscription under a condition that cannot be decided',
      { query: 'subscription { sessionActivity @include(if: 7) { cursor } }' },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'the same stands beside it',
      {
        query:
          'query A { __typename } subscription B($b: Boolean = true) { sessionActivity @skip(if: $b) { cursor } }',
        operationName: 'A',
      },
      'GRAPHQL_VALIDATION_FAILED',
    ],
    ['it is a subscription', { query: 'subscription { sessionActivity { cursor } }' }, 'BAD_REQUEST'],
    ['it has more words than anyone writes', { query: `{ ${'a '.repeat(6_000)} }` }, 'GRAPHQL_PARSE_FAILED'],
  ])('where %s', async (_name, body, code) => {
    const answer = await post(JSON.stringify(body));
    expect(answer.status).toBe(400);
    expectCoded(answer.body, code);
  });

  it('also where it asks for too much at once', async () => {
    const answer = await post(JSON.stringify({ query: complex }));
    expect(answer.status).toBe(400);
    expectCoded(answer.body, 'QUERY_TOO_COMPLEX');
    expect(answer.body.errors[0]?.extensions).toMatchObject({
      cost: expect.any(Number),
      limit: expect.any(Number),
    });
  });

  it('also where a persisted query is not what its hash says', async () => {
    const persistedQuery = { version: 1, sha256Hash: '0'.repeat(64) };
    const answer = await post(JSON.stringify({ query: '{ __typename }', extensions: { persistedQuery } }));
    expect(answer.status).toBe(400);
    expectCoded(answer.body, 'BAD_REQUEST');
  });

  it.each(['application/json', '*/*'])(
    'with 200 to who takes %s: there another status may be a gateway’s',
    async (accept) => {
      for (const query of [
        '{',
        '{ nothing }',
        'query ($n: Int!) { sessions(first: $n) { totalCount } }',
        complex,
      ]) {
        const answer = await post(JSON.stringify({ query }), { accept });
        expect(answer.status).toBe(200);
        expect(answer.body.errors[0]?.extensions.code).toEqual(expect.any(String));
      }
      // What is no request of GraphQL over HTTP is not one that could be answered so.
      expect((await post('{}', { accept })).status).toBe(400);
    },
  );
});

describe('a request that is none', () => {
  it.each<[string, string, Record<string, string>, number, string]>([
    ['is not JSON', '{"query":', {}, 400, 'BAD_REQUEST'],
    ['is empty', '', {}, 400, 'BAD_REQUEST'],
    ['is a list', '[{"query": "{ __typename }"}]', {}, 400, 'BAD_REQUEST'],
    [
      'is a form',
      'query={__typename}',
      { 'content-type': 'application/x-www-form-urlencoded' },
      415,
      'BAD_REQUEST',
    ],
    [
      'is plain text, as any web page may send',
      '{"query":"{__typename}"}',
      { 'content-type': 'text/plain' },
      415,
      'BAD_REQUEST',
    ],
    ['is too large', JSON.stringify({ query: `# ${'x'.repeat(100_000)}` }), {}, 413, 'PAYLOAD_TOO_LARGE'],
  ])('because it %s is answered as GraphQL clients expect', async (_name, text, headers, status, code) => {
    const answer = await post(text, headers);
    expect(answer.status).toBe(status);
    expectCoded(answer.body, code);
  });

  it('leaves everyone else alone', async () => {
    expect((await server.request('{ __typename }')).body).toEqual({ data: { __typename: 'Query' } });
  });
});
