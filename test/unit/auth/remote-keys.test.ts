import { exportJWK, type FlattenedJWSInput, generateKeyPair, type JWK } from 'jose';
import { beforeAll, beforeEach, expect, it } from 'vitest';
import { remoteKeys } from '../../../src/auth/remote-keys.js';

/** The provider: what it answers, and how often it was asked. */
let answer: () => Promise<Response>;
let asked = 0;
let time = 0;
let failures: unknown[] = [];
let jwk: JWK;

beforeAll(async () => {
  jwk = await exportJWK((await generateKeyPair('ES256')).publicKey);
});
beforeEach(() => {
  [asked, time, failures] = [0, 0, []];
  answer = publishing('one');
});

const publishing =
  (...kids: string[]) =>
  async () =>
    Response.json({ keys: kids.map((kid) => ({ ...jwk, kid, alg: 'ES256' })) });
const away = async (): Promise<Response> => {
  throw new TypeError('fetch failed');
};

function start() {
  const keys = remoteKeys('https://id.example.org/keys', {
    elapsed: () => time,
    onFailure: (error) => void failures.push(error),
    fetch: () => {
      asked++;
      return answer();
    },
  });
  return (kid: string) => keys({ alg: 'ES256', kid }, {} as FlattenedJWSInput);
}

/** Everything that was begun beside a request is over. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

it('keys are read again beside the requests, so that a provider that is away for a while keeps nobody out', async () => {
  const keyOf = start();
  await keyOf('one');
  answer = away;
  for (time = 300_000; time < 600_000; time += 10_000) {
    await keyOf('one');
    await settled();
  }
  expect(failures.length).toBeGreaterThan(1);
  expect(asked).toBe(1 + failures.length);
  answer = publishing('one');
  time = 599_999;
  await keyOf('one');
  await settled();
  answer = away;
  time = 600_001;
  await keyOf('one');
});

it('a key that was withdrawn opens nothing after ten minutes, also while the provider is away', async () => {
  const keyOf = start();
  await keyOf('one');
  time = 600_000;
  answer = away;
  await expect(keyOf('one')).rejects.toThrow('fetch failed');
  answer = publishing('two');
  time += 1_000;
  await expect(keyOf('one')).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
});

it('a provider that is away is asked once a second, whatever is asked for', async () => {
  answer = away;
  const keyOf = start();
  const ask = (kid: string) => expect(keyOf(kid)).rejects.toThrow('fetch failed');
  await Promise.all([ask('one'), ask('two')]);
  for (time = 0; time < 1_000; time += 100) await ask(`${time}`);
  expect(asked).toBe(1);
  time = 1_000;
  await ask('one');
  expect(asked).toBe(2);
});

it('unknown keys have it asked every 30 seconds, and are called wrong by what it has answered alone', async () => {
  const keyOf = start();
  await keyOf('one');
  const unknown = (kid: string) =>
    expect(keyOf(kid)).rejects.toMatchObject({ code: 'ERR_JWKS_NO_MATCHING_KEY' });
  for (let n = 0; n < 5; n++) await unknown(`new ${n}`);
  expect(asked).toBe(1);
  time = 30_000;
  await unknown('new');
  expect(asked).toBe(2);
  time = 60_000;
  answer = away;
  await expect(keyOf('two')).rejects.toThrow('fetch failed');
  await keyOf('one');
  time += 1_000;
  answer = publishing('one', 'two');
  await keyOf('two');
});

it('of an answer without end no more than a megabyte is read', async () => {
  let read = 0;
  answer = async () =>
    new Response(
      new ReadableStream({
        pull(controller) {
          read += 65_536;
          controller.enqueue(new Uint8Array(65_536).fill(32));
        },
      }),
    );
  await expect(start()('one')).rejects.toThrow('more than 1048576 bytes');
  expect(read).toBeLessThan(2 * 1_048_576);
});
