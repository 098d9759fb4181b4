import { randomBytes } from 'node:crypto';
import { SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { createApiKeys, makeApiKey, parseApiKey } from '../../../src/auth/api-key.js';
import { createAuthenticator } from '../../../src/auth/authenticate.js';
import { makeSessionToken, verifySessionToken } from '../../../src/auth/session-token.js';
import { parseViewerPassword } from '../../../src/auth/viewer-password.js';
import type { Caller } from '../../../src/domain/access/policy.js';
import type { Later } from '../../../src/domain/async/later.js';
import { emptyDatabase } from '../../stores/memory/database.js';
import { openMemoryStore } from '../../stores/memory/open-memory-store.js';

const pepper = Buffer.alloc(32, 1);
const tokenSecret = Buffer.alloc(32, 2);

function stage() {
  const database = emptyDatabase();
  const { keys, viewerPasswords } = openMemoryStore(database);
  let clock = new Date('2026-05-01T12:00:00Z').getTime();
  let time = 0;
  const now = () => new Date(clock);
  const elapsed = () => time;
  const apiKeys = createApiKeys({ keys, pepper, now, elapsed });
  const authenticator = createAuthenticator({
    keys,
    apiKeys,
    verifyJwt: null,
    viewerPasswords,
    tokenSecret,
    now,
    elapsed,
  });
  return {
    database,
    keys,
    apiKeys,
    authenticator,
    now,
    pass: (ms: number) => {
      clock += ms;
      time += ms;
    },
    /** What an operator, or a time server, does to the clock. */
    setBack: (ms: number) => {
      clock -= ms;
    },
    async make(fields: { expiresAt?: Date } = {}) {
      const wanted = { name: 'ci', scopes: ['read'] as const, reach: {}, expiresAt: null, ...fields };
      const { key, text } = makeApiKey(wanted, { pepper, randomBytes, now: now() });
      await keys.create(key);
      return { id: key.id, text };
    },
  };
}

const refusal = (shown: Later<unknown>) =>
  Promise.resolve(shown).then(
    () => null,
    (error: { code: string; message: string }) => error,
  );

describe('an API key', () => {
  it('is stored as a hash alone, and known by its secret', async () => {
    const { make, authenticator, database } = stage();
    const { id, text } = await make();
    const secret = parseApiKey(text)?.secret as string;
    expect(JSON.stringify([...database.keys.values()])).not.toContain(secret);
    const { caller } = await authenticator.authenticate(`Bearer ${text}`, 'here');
    expect(caller).toMatchObject({ kind: 'key', id, name: 'ci', policy: { scopes: new Set(['read']) } });
    expect(JSON.stringify(caller)).not.toContain(secret);
  });

  it('that is wrong, unknown, ended or revoked is one and the same refusal', async () => {
    const { make, authenticator, keys, now, pass } = stage();
    const [wrong, ended, revoked] = [
      await make(),
      await make({ expiresAt: new Date(now().getTime() + 1) }),
      await make(),
    ];
    await keys.revoke(revoked.id, now());
    pass(10);
    const texts = [
      `${wrong.text.slice(0, -4)}AAAA`,
      `parley_${'0'.repeat(12)}_${'A'.repeat(43)}`,
      ended.text,
      revoked.text,
    ];
    const refusals = [];
    for (const [n, text] of texts.entries())
      refusals.push(await refusal(authenticator.authenticate(`Bearer ${text}`, `from ${n}`)));
    expect(new Set(refusals.map((error) => `${error?.code}: ${error?.message}`)).size).toBe(1);
    expect(refusals[0]).toMatchObject({ code: 'UNAUTHENTICATED' });
    for (const [n, text] of texts.entries()) expect(refusals[n]?.message).not.toContain(text);
  });

  it('that is revoked ends within five seconds, and is looked up once in that time', async () => {
    const { make, authenticator, keys, now, pass } = stage();
    const { id, text } = await make();
    let looked = 0;
    const { find } = keys;
    keys.find = (key) => {
      looked++;
      return find(key);
    };
    const { holds } = await authenticator.authenticate(`Bearer ${text}`, 'here');
    for (let n = 0; n < 100; n++) expect(await holds()).toBe(true);
    expect(looked).toBe(1);
    await keys.revoke(id, now());
    pass(5_001);
    expect(await holds()).toBe(false);
    expect(await refusal(authenticator.authenticate(`Bearer ${text}`, 'here'))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('ends with its revocation within seconds, also where the clock is set back', async () => {
    const { make, authenticator, keys, now, pass, setBack } = stage();
    const { id, text } = await make();
    const { holds } = await authenticator.authenticate(`Bearer ${text}`, 'here');
    setBack(3_600_000);
    await keys.revoke(id, now());
    pass(5_001);
    expect(await holds()).toBe(false);
    expect(await refusal(authenticator.authenticate(`Bearer ${text}`, 'here'))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('is asked for within seconds of the first one, also where the clock is set back', async () => {
    const { make, authenticator, pass, setBack } = stage();
    const { holds } = await authenticator.authenticate(undefined, 'here');
    setBack(3_600_000);
    await make();
    pass(2_001);
    expect(await holds()).toBe(false);
  });

  it('is looked up once for all who show it at once, and again after a look-up that failed', async () => {
    const { make, authenticator, keys } = stage();
    const { text } = await make();
    let looked = 0;
    const { find } = keys;
    keys.find = async (key) => {
      if (++looked === 1) throw new Error('away');
      return find(key);
    };
    const ask = () => authenticator.authenticate(`Bearer ${text}`, 'here');
    await expect(Promise.all([ask(), ask()])).rejects.toThrow('away');
    await Promise.all(Array.from({ length: 50 }, ask));
    expect(looked).toBe(2);
  });

  it('that is guessed from many addresses of one IPv6 network is guessed by one', async () => {
    const { make, authenticator } = stage();
    const { id } = await make();
    const guess = (from: string) =>
      refusal(authenticator.authenticate(`Bearer parley_${id}_${'x'.repeat(43)}`, from));
    for (let n = 0; n < 10; n++)
      expect(await guess(`2001:db8:0:1::${n}`)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await guess('2001:db8:0:1:ffff::1')).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await guess('2001:db8:0:2::1')).toMatchObject({ code: 'UNAUTHENTICATED' });
  });

  it('is taken from its holder, however often others guess at it from the same address', async () => {
    const { make, authenticator } = stage();
    const { text } = await make();
    await authenticator.authenticate(`Bearer ${text}`, 'proxy');
    const guess = `Bearer ${text.slice(0, -4)}AAAA`;
    for (let n = 0; n < 10; n++) await refusal(authenticator.authenticate(guess, 'proxy'));
    expect(await refusal(authenticator.authenticate(guess, 'proxy'))).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await refusal(authenticator.authenticate(`Bearer ${text}`, 'proxy'))).toBeNull();
  });

  it('is written down as used, once a minute at most', async () => {
    const { make, authenticator, database, pass, now } = stage();
    const { id, text } = await make();
    const lastUsed = () => database.keys.get(id)?.lastUsedAt?.getTime();
    await authenticator.authenticate(`Bearer ${text}`, 'here');
    const first = now().getTime();
    expect(lastUsed()).toBe(first);
    pass(59_000);
    await authenticator.authenticate(`Bearer ${text}`, 'here');
    expect(lastUsed()).toBe(first);
    pass(1_000);
    await authenticator.authenticate(`Bearer ${text}`, 'here');
    expect(lastUsed()).toBe(first + 60_000);
  });
});

describe('a server', () => {
  it('asks nobody until there is a key, and everyone from then on', async () => {
    const { make, authenticator, pass } = stage();
    expect(await authenticator.required()).toBe(false);
    const { caller, holds } = await authenticator.authenticate(undefined, 'here');
    expect(caller.kind).toBe('anonymous');
    await make();
    pass(2_001);
    expect(await authenticator.required()).toBe(true);
    // Whoever came without one, and is still there, has to come again.
    expect(await holds()).toBe(false);
    expect(await refusal(authenticator.authenticate(undefined, 'here'))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it.each(['', 'Basic dTpw', 'Bearer', 'Bearer a b', 'parley_x'])(
    'does not take %j for a credential',
    async (text) => {
      const { authenticator } = stage();
      expect(await refusal(authenticator.authenticate(text, 'here'))).toMatchObject({
        code: 'UNAUTHENTICATED',
      });
    },
  );
});

describe('a session token', () => {
  const token = {
    sessionId: 's',
    createdAt: 7,
    scopes: ['read', 'feedback'] as const,
    reach: { applicationName: 'shop' },
    keyId: null,
  };

  it('opens its session until it ends', async () => {
    const { now, pass } = stage();
    const expiresAt = new Date(now().getTime() + 60_000);
    const text = await makeSessionToken(
      { ...token, expiresAt, maker: 'key k1' },
      { secret: tokenSecret, id: 't1', now: now() },
    );
    const verified = await verifySessionToken(text, { secret: tokenSecret, now: now() });
    expect(verified).toMatchObject({ keyId: null });
    expect((verified as { caller: Caller }).caller).toMatchObject({
      kind: 'session-token',
      id: 't1',
      policy: {
        scopes: new Set(['read', 'feedback']),
        reach: { applicationName: 'shop', sessionId: 's', createdAt: 7 },
      },
      expiresAt,
    });
    expect(await verifySessionToken(text, { secret: pepper, now: now() })).toBeNull();
    pass(60_001);
    expect(await verifySessionToken(text, { secret: tokenSecret, now: now() })).toBe('ended');
  });

  it('cannot be read by its holder, and one of an older version, which could, is good until it ends', async () => {
    const { now, pass, authenticator } = stage();
    const expiresAt = new Date(now().getTime() + 60_000);
    const made = { secret: tokenSecret, id: 't1', now: now() };
    const text = await makeSessionToken({ ...token, keyId: 'k1', maker: 'key k1', expiresAt }, made);
    const parts = text.slice('pst_'.length).split('.');
    const shown = parts.map((part) => Buffer.from(part, 'base64url').toString('latin1')).join();
    for (const word of ['shop', 'k1', 'feedback', 't1']) expect(shown).not.toContain(word);

    const old = await new SignJWT({ scopes: ['read'], reach: { applicationName: 'shop', sessionId: 's' } })
      .setProtectedHeader({ alg: 'HS256', typ: 'parley-session+jwt' })
      .setSubject('s')
      .setJti('t0')
      .setIssuedAt(now())
      .setExpirationTime(expiresAt)
      .sign(tokenSecret);
    const { caller } = await authenticator.authenticate(`Bearer pst_${old}`, 'here');
    expect(caller).toMatchObject({
      id: 't0',
      policy: { reach: { applicationName: 'shop', sessionId: 's' } },
    });
    pass(60_001);
    expect(await verifySessionToken(`pst_${old}`, { secret: tokenSecret, now: now() })).toBe('ended');
  });

  it('with a wrong signature is refused a hundred times a minute for one address, and good ones pass all the while', async () => {
    const { now, make, authenticator } = stage();
    const expiresAt = new Date(now().getTime() + 60_000);
    const made = { secret: tokenSecret, id: 't1', now: now() };
    const good = await makeSessionToken({ ...token, expiresAt, maker: 'key k1' }, made);
    const wrong = `${good.slice(0, -6)}AAAAAA`;
    const show = (text: string) => refusal(authenticator.authenticate(`Bearer ${text}`, 'proxy'));
    for (let n = 0; n < 100; n++) expect(await show(wrong)).toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(await show(wrong)).toMatchObject({
      code: 'RATE_LIMITED',
      details: { retryAfter: expect.any(Number) },
    });
    expect(await show('x.y.z')).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await show(good)).toBeNull();
    expect(await show((await make()).text)).toBeNull();
    expect(await refusal(authenticator.authenticate(`Bearer ${wrong}`, 'elsewhere'))).toMatchObject({
      code: 'UNAUTHENTICATED',
    });
  });

  it('that has ended is refused for what it is ten times a minute, and takes nothing of what others may show', async () => {
    const { now, pass, authenticator } = stage();
    const make = (id: string) =>
      makeSessionToken(
        { ...token, maker: 'key k1', expiresAt: new Date(now().getTime() + 1_000) },
        { secret: tokenSecret, id, now: now() },
      );
    const tokens = await Promise.all(Array.from({ length: 120 }, (_, n) => make(`t${n}`)));
    pass(2_000);
    const show = (text: string) => refusal(authenticator.authenticate(`Bearer ${text}`, 'proxy'));
    for (const text of tokens) expect(await show(text)).toMatchObject({ code: 'UNAUTHENTICATED' });
    const [one = ''] = tokens;
    for (let n = 1; n < 10; n++) await show(one);
    expect(await show(one)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(await show(tokens[1] ?? '')).toMatchObject({ code: 'UNAUTHENTICATED' });
  });
});

describe('signed tokens', () => {
  it('that have ended keep nobody behind the same address from coming with a good one', async () => {
    const { authenticator, now, pass } = stage();
    const make = (id: string) =>
      makeSessionToken(
        {
          sessionId: 's',
          createdAt: 7,
          scopes: ['read'],
          reach: {},
          keyId: null,
          maker: 'key k1',
          expiresAt: new Date(now().getTime() + 60_000),
        },
        { secret: tokenSecret, id, now: now() },
      );
    const ended = await make('t1');
    pass(60_001);
    for (let n = 0; n < 200; n++) {
      const refused = await refusal(authenticator.authenticate(`Bearer ${ended}`, 'gateway'));
      expect(refused).toMatchObject({ code: n < 10 ? 'UNAUTHENTICATED' : 'RATE_LIMITED' });
    }
    const { caller } = await authenticator.authenticate(`Bearer ${await make('t2')}`, 'gateway');
    expect(caller.id).toBe('t2');
  });
});

describe('a viewer password', () => {
  it('is read from its form, with any session id and password', () => {
    const id = Buffer.from('a.b/ü').toString('base64url');
    expect(parseViewerPassword(`svp_${id}.p.w-_`)).toEqual({ sessionId: 'a.b/ü', password: 'p.w-_' });
    for (const text of ['svp_', 'svp_x', 'svp_.x', 'x']) expect(parseViewerPassword(text)).toBeNull();
  });
});
