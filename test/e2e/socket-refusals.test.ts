import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../support/live-client.js';
import type { RunningServer } from '../support/server.js';
import { SERVERS } from '../support/server-on-mongo.js';
import { introduced } from '../support/talk.js';

const REFUSED = [
  ['a syntax error', 'GRAPHQL_PARSE_FAILED', { query: '{ sessions ' }],
  ['an unknown field', 'GRAPHQL_VALIDATION_FAILED', { query: '{ nothing }' }],
  [
    'an operation that is not there',
    'OPERATION_RESOLUTION_FAILURE',
    { query: '{ __typename }', operationName: 'x' },
  ],
  [
    'a variable of the wrong kind',
    'BAD_USER_INPUT',
    { query: 'query ($n: Int) { sessions(first: $n) { totalCount } }', variables: { n: 'many' } },
  ],
  [
    'a variable that is missing',
    'BAD_USER_INPUT',
    { query: 'subscription ($id: ID!) { sessionEvents(sessionId: $id) { cursor } }' },
  ],
  [
    'a number that would lose digits',
    'BAD_USER_INPUT',
    '{"query":"query ($f: SessionFilter) { sessions(filter: $f) { totalCount } }","variables":{"f":{"metadata":[{"path":"n","gt":1234567890123456789}]}}}',
  ],
  [
    'more objects than one operation may ask for',
    'QUERY_TOO_COMPLEX',
    { query: '{ sessions(first: 200) { nodes { agents { messages(first: 200) { nodes { id } } } } } }' },
  ],
  [
    'an argument of a subscription that is wrong',
    'INVALID_CURSOR',
    { query: 'subscription { sessionEvents(sessionId: "s", after: "nonsense") { cursor } }' },
  ],
] as const;

describe.each(SERVERS)(
  'an operation that is refused before it begins, on a socket, on %s',
  (_store, start) => {
    let server: RunningServer;
    beforeAll(async () => {
      server = await start();
    });
    afterAll(() => server.stop());

    it.each(REFUSED)(
      'for %s ends with the error message and %s, and nothing after it',
      async (_what, code, payload) => {
        const { socket, say, hear } = await introduced(server.url);
        const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
        say(`{"id":"1","type":"subscribe","payload":${text}}`);
        expect(await hear()).toEqual({
          id: '1',
          type: 'error',
          payload: [
            expect.objectContaining({
              message: expect.any(String),
              extensions: expect.objectContaining({ code }),
            }),
          ],
        });
        // Its id is free again, and what comes next is not about it.
        say({ id: '1', type: 'subscribe', payload: { query: '{ __typename }' } });
        expect(await hear()).toEqual({ id: '1', type: 'next', payload: { data: { __typename: 'Query' } } });
        expect(await hear()).toEqual({ id: '1', type: 'complete' });
        socket.terminate();
      },
    );

    it('reaches the error handler of graphql-ws with its codes, and does not end its socket', async () => {
      const client = connect(server.url);
      const outcome = (query: string) =>
        new Promise((resolve) => {
          client.subscribe({ query }, { next: resolve, error: resolve, complete: () => resolve('complete') });
        });
      expect(await outcome('{ nothing }')).toMatchObject([
        { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
      ]);
      expect(await outcome('{ __typename }')).toEqual({ data: { __typename: 'Query' } });
      await client.dispose();
    });

    it('is not what fails while it is executed: that is a result', async () => {
      const { socket, say, hear } = await introduced(server.url);
      const query =
        'mutation { updateMetadata(input: {sessionId: "missing", set: {a: 1}}) { session { id } } }';
      say({ id: '1', type: 'subscribe', payload: { query } });
      expect(await hear()).toMatchObject({
        id: '1',
        type: 'next',
        payload: { data: null, errors: [{ extensions: { code: 'SESSION_NOT_FOUND' } }] },
      });
      expect(await hear()).toEqual({ id: '1', type: 'complete' });
      socket.terminate();
    });
  },
);
