import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { tail } from '../../src/cli/tail.js';
import { credentialOf } from '../../src/client/credential.js';
import { type ClientOptions, createClient, ParleyError } from '../../src/client/index.js';
import { type RunningServer, startServer } from '../support/server.js';

const FOLLOW =
  'subscription ($after: String) { messageAdded(sessionId: "s", after: $after) { __typename cursor } }';
/** As where two lines of a file of keys were read for one. */
const TORN = 'Bearer parley_000000000000_hunter2\nparley_111111111111_hunter3';

let server: RunningServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

async function failureOf(work: Promise<unknown>): Promise<ParleyError> {
  const error = await work.then(
    () => expect.unreachable('it was not refused'),
    (failure: unknown) => failure,
  );
  expect(error).toBeInstanceOf(ParleyError);
  return error as ParleyError;
}

describe('what a client is made with', () => {
  // biome-ignore lint/suspicious/noExplicitAny: what a caller in plain JavaScript may pass.
  it.each<[string, any, RegExp]>([
    ['nothing', undefined, /^url must be an address/],
    [
      'an address of something else',
      { url: 'redis://me:hunter2@host/0' },
      /^url must be .* it is "redis:\/\/…@host\/0"/,
    ],
    ['a user in its address', { url: 'http://me:hunter2@127.0.0.1:4000/graphql' }, /^url takes no user name/],
    ['a negative time', { url: 'http://x/', timeout: -1 }, /^timeout must be a whole number/],
    ['a time without an end', { url: 'http://x/', timeout: Number.POSITIVE_INFINITY }, /^timeout must be/],
    ['a time in words', { url: 'http://x/', timeout: '5s' }, /^timeout must be/],
    ['less than no retries', { url: 'http://x/', retries: -1 }, /^retries must be/],
    ['a number of retries as text', { url: 'http://x/', retries: '1' }, /^retries must be/],
  ])('refuses %s, and shows no password', (_what, options, said) => {
    expect(() => createClient(options)).toThrow(said);
    expect(() => createClient(options)).not.toThrow(/hunter2/);
  });

  it('may be retries without an end', () => {
    expect(() => createClient({ url: 'http://x/', retries: Number.POSITIVE_INFINITY })).not.toThrow();
  });
});

describe('a credential that no header takes', () => {
  const clientOf = (more: Partial<ClientOptions>) => createClient({ url: server.url, retries: 0, ...more });

  it.each([
    ['in two lines', TORN],
    ['with a character that is no ASCII', 'Bearer hunter2’'],
    ['that is no text', 5 as unknown as string],
  ])('is refused %s without being told: by a request and a subscription', async (_how, authorization) => {
    for (const given of [authorization, () => authorization]) {
      const client = clientOf({ authorization: given });
      const failures = [
        await failureOf(client.query('{ __typename }', {})),
        await failureOf(client.subscribe(FOLLOW, {}).next()),
      ];
      await client.close();
      for (const failure of failures) {
        expect(failure).toMatchObject({ code: 'BAD_USER_INPUT' });
        expect(failure.message).toContain('authorization cannot be sent');
        expect(failure.message).not.toContain('hunter');
      }
    }
  });

  it('is not in what parley tail says', async () => {
    const said: string[] = [];
    const options = {
      sessionId: 's',
      url: server.url,
      token: TORN.slice('Bearer '.length),
      agentId: null,
      since: null,
    };
    const output = {
      json: false,
      color: false,
      write: () => {},
      say: (line: string) => void said.push(line),
    };
    const failure = await failureOf(tail({ ...options, ...output }, new AbortController().signal));
    expect([failure.message, ...said].join('\n')).not.toContain('hunter');
  });

  it('loses the line end that a file has at its end', async () => {
    expect(await credentialOf('Bearer x\n').current()).toBe('Bearer x');
  });
});

describe('what a client is asked', () => {
  // biome-ignore lint/suspicious/noExplicitAny: what a caller in plain JavaScript may pass.
  const client = () => createClient({ url: server.url, retries: 0 }) as any;

  it('is refused at once where it is no document, or its variables are no JSON', async () => {
    for (const document of [undefined, null, {}, 5])
      expect(await failureOf(client().query(document, {}))).toMatchObject({ code: 'BAD_USER_INPUT' });
    const variables = await failureOf(client().query('query ($n: Int) { __typename }', { n: 1n }));
    expect(variables).toMatchObject({ code: 'BAD_USER_INPUT', message: expect.stringContaining('BigInt') });
  });

  it('needs no variables where it declares none', async () => {
    expect(await client().query('{ __typename }')).toEqual({ __typename: 'Query' });
  });
});
