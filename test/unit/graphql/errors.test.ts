import { GraphQLError } from 'graphql';
import { pino } from 'pino';
import { beforeEach, describe, expect, it } from 'vitest';
import { ERROR_CODES, ParleyError } from '../../../src/domain/errors.js';
import { createMask } from '../../../src/graphql/errors.js';
import { createStage, type Lines } from './stage.js';

const SECRET = 'mongodb://admin:hunter2@db7';

let lines: Lines;
let mask: ReturnType<typeof createMask>;
beforeEach(() => {
  lines = [];
  mask = createMask(pino({ level: 'trace' }, { write: (line) => void lines.push(JSON.parse(line)) }));
});

describe('what leaves the server of an error', () => {
  it.each(ERROR_CODES.filter((code) => code !== 'INTERNAL_SERVER_ERROR'))(
    'is code, message, place and details where it is %s',
    (code) => {
      const originalError = new ParleyError(code, 'Said for the caller.', { details: { cursor: 'c' } });
      const error = new GraphQLError('never shown', { originalError, path: ['a', 1] });
      expect(mask(error)).toEqual({
        message: 'Said for the caller.',
        path: ['a', 1],
        extensions: { code, cursor: 'c' },
      });
      expect(mask(originalError)).toEqual({
        message: 'Said for the caller.',
        extensions: { code, cursor: 'c' },
      });
      expect(lines).toEqual([]);
    },
  );

  it('is never a whole body, however much of it a message repeats', () => {
    for (const error of [
      new ParleyError('BAD_USER_INPUT', 'x'.repeat(1_000_000)),
      new GraphQLError('x'.repeat(1_000_000), { extensions: { code: 'BAD_USER_INPUT' } }),
    ]) {
      expect(mask(error).message).toBe(`${'x'.repeat(1_000)}…`);
    }
  });

  it('is never the cause, which is logged', () => {
    const error = new ParleyError('STORE_UNAVAILABLE', 'The database cannot be reached.', {
      cause: new Error(SECRET),
    });
    expect(JSON.stringify(mask(error))).not.toContain('hunter2');
    expect(JSON.stringify(lines)).toContain('hunter2');
  });

  it.each<[string, unknown]>([
    ['an error of a driver', new Error(SECRET)],
    [
      'the same in a resolver',
      new GraphQLError(SECRET, { originalError: new Error(SECRET), path: ['sessions'] }),
    ],
    ['an error of our own that is a defect', new ParleyError('INTERNAL_SERVER_ERROR', SECRET)],
    [
      'an error with a code that is not ours',
      new GraphQLError(SECRET, { originalError: Object.assign(new Error(SECRET), { code: 'ECONNREFUSED' }) }),
    ],
    ['what is no error at all', SECRET],
    ['nothing', undefined],
  ])('is a correlation id where it is %s', (_name, error) => {
    const sent = mask(error);
    expect(sent).toMatchObject({
      message: 'Internal server error.',
      extensions: { code: 'INTERNAL_SERVER_ERROR', correlationId: expect.stringMatching(/^[0-9a-f-]{36}$/) },
    });
    expect(JSON.stringify(sent)).not.toContain('hunter2');
    expect(lines).toEqual([
      expect.objectContaining({ level: 50, correlationId: sent.extensions?.correlationId }),
    ]);
  });

  it('is no stack', async () => {
    const stage = createStage();
    stage.service.loadSessions = () => Promise.reject(new TypeError(SECRET));
    const answer = await stage.run('{ session(sessionId: "s") { sessionId } }');
    expect(answer).toMatchObject({
      data: { session: null },
      errors: [{ path: ['session'], extensions: { code: 'INTERNAL_SERVER_ERROR' } }],
    });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|TypeError|at /);
    expect(JSON.stringify(stage.lines)).toContain('hunter2');
  });
});

describe('an error of the request', () => {
  it('tells a null that an argument cannot take', async () => {
    const stage = createStage();
    const { errors } = await stage.run('query ($id: ID = "x") { session(sessionId: $id) { sessionId } }', {
      id: null,
    });
    expect(errors).toEqual([expect.objectContaining({ extensions: { code: 'BAD_USER_INPUT' } })]);
    expect(stage.lines).toEqual([]);
  });

  it('is one of the document where a variable is not used', async () => {
    const { errors } = await createStage().run('query ($id: ID) { __typename }');
    expect(errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
  });

  it('stays one of the caller, however many values are wrong', async () => {
    const stage = createStage();
    const { errors } = await stage.run(
      'mutation ($i: AppendMessagesInput!) { appendMessages(input: $i) { agent { id } } }',
      { i: { sessionId: 's', agentId: 'a', messages: Array(60).fill({ role: 'NOBODY' }) } },
    );
    expect(new Set(errors?.map(({ extensions }) => extensions?.code))).toEqual(new Set(['BAD_USER_INPUT']));
    expect(stage.lines).toEqual([]);
  });

  it('repeats a wrong value in part, however long it is', async () => {
    const { errors } = await createStage().run(
      'query ($m: JSONObject) { __typename @include(if: true) sessions(filter: $m) { totalCount } }',
      {
        m: 'x',
      },
    );
    expect(errors?.[0]?.extensions?.code).toBe('GRAPHQL_VALIDATION_FAILED');
    const long = await createStage().run('query ($n: Int) { sessions(first: $n) { totalCount } }', {
      n: 'x'.repeat(1_000_000),
    });
    expect(long.errors?.[0]).toMatchObject({ extensions: { code: 'BAD_USER_INPUT' } });
    expect(JSON.stringify(long.errors).length).toBeLessThan(2_000);
  });
});
