import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { CompactSign, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createJwtVerifier, type JwtOptions } from '../../../src/auth/jwt.js';

type Pair = Awaited<ReturnType<typeof generateKeyPair>>;

/** An identity provider: whoever asks gets the public keys that it has now. */
let published: JWK[] = [];
let asked = 0;
const provider = createServer((_req, res) => {
  asked++;
  res.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: published }));
});
let jwksUrl = '';
const pairs: Record<string, Pair> = {};
beforeAll(async () => {
  await new Promise<void>((resolve) => provider.listen(0, '127.0.0.1', resolve));
  jwksUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/keys`;
  for (const kid of ['one', 'two']) pairs[kid] = await generateKeyPair('ES256', { extractable: true });
  published = [await publicKey('one')];
});
afterAll(() => provider.close());

const publicKey = async (kid: string): Promise<JWK> => ({
  ...(await exportJWK((pairs[kid] as Pair).publicKey)),
  kid,
  alg: 'ES256',
});

const NOW = new Date('2026-05-01T12:00:00Z');
const ISSUER = 'https://id.example.org/';
const seconds = (offset: number) => Math.floor(NOW.getTime() / 1_000) + offset;

const options = (fields: Partial<JwtOptions> = {}): JwtOptions => ({
  issuer: ISSUER,
  audience: 'parley',
  jwksUrl,
  algorithms: ['RS256', 'ES256'],
  scopeClaim: 'scope',
  match: {},
  applicationClaim: null,
  ...fields,
});

const CLAIMS = { iss: ISSUER, aud: 'parley', sub: 'alice', exp: seconds(60), scope: 'read append' };
const sign = (claims: object = {}, kid = 'one') =>
  new SignJWT({ ...CLAIMS, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid })
    .sign((pairs[kid] as Pair).privateKey);
const failures: unknown[] = [];
const refusals: string[] = [];
let time = 0;
const deps = {
  now: () => NOW,
  elapsed: () => time,
  onFailure: (error: unknown) => void failures.push(error),
  onRefused: (reason: string) => void refusals.push(reason),
};
/** With a claim as its JSON is written: no object of JavaScript holds 1234567890123456702. */
const signText = (claim: string) =>
  new CompactSign(new TextEncoder().encode(`${JSON.stringify(CLAIMS).slice(0, -1)},${claim}}`))
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .sign((pairs.one as Pair).privateKey);
/** Whom a token opens the server for; null for nobody. */
const verifier = (fields: Partial<JwtOptions> = {}) => {
  const verify = createJwtVerifier(options(fields), deps);
  return async (token: string) => {
    const found = await verify(token);
    return found === 'ended' ? null : found;
  };
};

describe('a token of the identity provider', () => {
  it('speaks for its subject, with its scopes, until it ends', async () => {
    expect(await verifier()(await sign({ name: 'Alice' }))).toEqual({
      kind: 'jwt',
      id: `${ISSUER}#alice`,
      name: 'Alice',
      policy: { scopes: new Set(['read', 'append']), reach: {} },
      expiresAt: new Date((seconds(60) + 30) * 1_000),
    });
  });

  it.each<[string, object, string[]]>([
    [
      'of another issuer',
      { iss: ISSUER.slice(0, -1) },
      ['the claim "iss" is not JWT_ISSUER, to the last character'],
    ],
    ['for another audience', { aud: 'other' }, ['the claim "aud" does not name JWT_AUDIENCE']],
    ['that has ended, beyond the skew of clocks', { exp: seconds(-31) }, []],
    ['that never ends', { exp: undefined }, ['the claim "exp" is missing']],
    ['whose end is no number', { exp: 'never' }, ['the claim "exp" is not valid']],
    [
      'that is not good yet',
      { nbf: seconds(31) },
      ['the claim "nbf" is later than the clock of this server'],
    ],
    ['of nobody', { sub: undefined }, ['the claim "sub" is missing']],
  ])('%s is not taken, and the log says why', async (_what, claims, why) => {
    refusals.length = 0;
    expect(await verifier()(await sign(claims))).toBeNull();
    expect(refusals).toEqual(why);
  });

  it('is not told of in the log where another has signed it', async () => {
    refusals.length = 0;
    const [header, , signature] = (await sign()).split('.');
    const payload = Buffer.from(JSON.stringify({ ...CLAIMS, aud: 'other' })).toString('base64url');
    expect(await verifier()(`${header}.${payload}.${signature}`)).toBeNull();
    expect(refusals).toEqual([]);
  });

  it('is told from one that was never good where it has ended, or names nobody that counts', async () => {
    const verify = createJwtVerifier(options({ match: { 'user.id': 'uid' } }), deps);
    expect(await verify(await sign({ uid: 'alice', exp: seconds(-31) }))).toBe('ended');
    expect(await verify(await sign({ uid: '' }))).toBe('ended');
    const text = await sign({ uid: 'alice', exp: seconds(-31) });
    expect(await verify(`${text.slice(0, -6)}AAAAAA`)).toBeNull();
    expect(await verify(await sign({ uid: 'alice', exp: seconds(-31), aud: 'other' }))).toBeNull();
  });

  it('ends with the key that it was signed with, ten minutes after the provider has withdrawn it, whatever the clock says', async () => {
    const takes = verifier();
    expect(await takes(await sign())).not.toBeNull();
    const before = published;
    onTestFinished(() => {
      published = before;
      vi.useRealTimers();
    });
    published = [await publicKey('two')];
    vi.useFakeTimers({ now: Date.now() - 86_400_000, toFake: ['Date'] });
    time += 599_999;
    expect(await takes(await sign())).not.toBeNull();
    time += 1;
    expect(await takes(await sign())).toBeNull();
    expect(await takes(await sign({}, 'two'))).not.toBeNull();
  });

  it('is taken within the skew of clocks', async () => {
    expect(await verifier()(await sign({ exp: seconds(-29), nbf: seconds(29) }))).not.toBeNull();
  });

  it('is not taken unsigned, signed with the public key as a secret, or signed by another', async () => {
    const [header, payload] = (await sign()).split('.');
    const none = Buffer.from('{"alg":"none","kid":"one"}').toString('base64url');
    const secret = new TextEncoder().encode(JSON.stringify(await publicKey('one')));
    const symmetric = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'HS256', kid: 'one' }).sign(secret);
    const stranger = await generateKeyPair('ES256');
    const forged = await new SignJWT(CLAIMS)
      .setProtectedHeader({ alg: 'ES256', kid: 'one' })
      .sign(stranger.privateKey);
    const takes = verifier({ algorithms: ['ES256', 'RS256'] });
    for (const token of [`${none}.${payload}.`, symmetric, forged, `${header}.${payload}.`, 'a.b.c', '']) {
      expect(await takes(token)).toBeNull();
    }
  });

  it('with an algorithm that is not pinned is not taken', async () => {
    expect(await verifier({ algorithms: ['RS256'] })(await sign())).toBeNull();
  });

  it('signed with a new key is taken once the provider publishes it, and the keys are asked for once', async () => {
    const takes = createJwtVerifier(options(), deps);
    asked = 0;
    for (let n = 0; n < 5; n++) expect(await takes(await sign())).not.toBeNull();
    expect(asked).toBe(1);
    published = [await publicKey('two')];
    // A verifier that has just started, as after the cool-down: an unknown key is a reason to ask again.
    const fresh = createJwtVerifier(options(), deps);
    expect(await fresh(await sign({}, 'two'))).not.toBeNull();
    expect(await fresh(await sign({}, 'one'))).toBeNull();
    published = [await publicKey('one')];
  });

  it('that names no key is tried with each that it may be signed with', async () => {
    const before = published;
    onTestFinished(() => {
      published = before;
    });
    published = [await publicKey('two'), await publicKey('one')];
    const unnamed = (kid: string) =>
      new SignJWT(CLAIMS).setProtectedHeader({ alg: 'ES256' }).sign((pairs[kid] as Pair).privateKey);
    for (const kid of ['one', 'two']) expect(await verifier()(await unnamed(kid))).not.toBeNull();
    const stranger = await generateKeyPair('ES256');
    const forged = await new SignJWT(CLAIMS).setProtectedHeader({ alg: 'ES256' }).sign(stranger.privateKey);
    expect(await verifier()(forged)).toBeNull();
    const late = { ...CLAIMS, exp: seconds(-31) };
    const ended = new SignJWT(late).setProtectedHeader({ alg: 'ES256' });
    const verify = createJwtVerifier(options(), deps);
    expect(await verify(await ended.sign((pairs.one as Pair).privateKey))).toBe('ended');
  });

  it('has a name of 200 characters at most, whatever is said', async () => {
    const long = '\u{1F600}'.repeat(5_000);
    const found = await verifier()(await sign({ name: `x${long}` }));
    expect(found?.name.length).toBe(200);
    expect(found?.name.isWellFormed()).toBe(true);
    expect((await verifier()(await sign({ sub: 'a'.repeat(900) })))?.name).toBe('a'.repeat(200));
  });

  it.each([
    ['is long', 'x'.repeat(1_001), 'is longer than 1000 characters'],
    ['holds half a character', '\ud800', 'holds a lone surrogate or a NUL'],
    ['holds a NUL', 'a\0', 'holds a lone surrogate or a NUL'],
  ])('is of no use where what limits it %s', async (_what, value, reason) => {
    refusals.length = 0;
    expect(await verifier()(await sign({ sub: value }))).toBeNull();
    expect(await verifier({ match: { 'user.id': 'uid' } })(await sign({ uid: value }))).toBeNull();
    expect(refusals).toEqual([`the claim "sub" ${reason}`, `the claim "uid" ${reason}`]);
  });

  it('that ends later than a date can say ends at the last one', async () => {
    const found = await verifier()(await sign({ exp: 1e300 }));
    expect(found?.expiresAt?.getTime()).toBe(8.64e15);
  });

  it('is neither taken nor called wrong while the keys of the provider cannot be read', async () => {
    const closed = createServer();
    await new Promise<void>((resolve) => closed.listen(0, '127.0.0.1', resolve));
    const { port } = closed.address() as AddressInfo;
    await new Promise((resolve) => closed.close(resolve));
    const nobody = verifier({ jwksUrl: `http://127.0.0.1:${port}/keys` });
    failures.length = 0;
    await expect(nobody(await sign())).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(failures).toHaveLength(1);
    // What is no token needs no key to be refused.
    expect(await nobody('a.b.c')).toBeNull();
  });

  it('has the scopes of a list or of prefixed words, and none that Parley does not know', async () => {
    const scopes = async (claim: unknown, fields: Partial<JwtOptions> = {}) => [
      ...((await verifier(fields)(await sign({ scope: undefined, ...(claim as object) })))?.policy.scopes ??
        []),
    ];
    expect(await scopes({ scope: 'openid parley:read root' })).toEqual(['read']);
    expect(await scopes({ scp: ['append', 'metadata'] }, { scopeClaim: 'scp' })).toEqual([
      'append',
      'metadata',
    ]);
    expect(await scopes({})).toEqual([]);
  });

  it('is limited by the claims that the configuration names, and worthless without them', async () => {
    const takes = verifier({ match: { 'user.id': 'sub', team: 'org' }, applicationClaim: 'app' });
    const reach = (await takes(await sign({ org: 7, app: 'shop' })))?.policy.reach;
    expect(reach).toEqual({ applicationName: 'shop', metadata: { 'user.id': 'alice', team: 7 } });
    expect(await takes(await sign({ app: 'shop' }))).toBeNull();
    expect(await takes(await sign({ org: 7 }))).toBeNull();
    expect(await takes(await sign({ org: '', app: 'shop' }))).toBeNull();
    expect(await takes(await sign({ org: 7, app: '' }))).toBeNull();
    expect(await takes(await sign({ org: { $ne: null }, app: 'shop' }))).toBeNull();
  });

  it.each([
    ['1234567890123456702'],
    ['-9007199254740993'],
    ['9007199254740992'],
    ['9007199254740991.4'],
    ['1e20'],
    ['1.5'],
    ['1.00000000000000000001'],
  ])('that names its user by the number %s opens nothing, and the log says why', async (uid) => {
    const byUid = verifier({ match: { 'user.id': 'uid' } });
    refusals.length = 0;
    expect(await byUid(await signText(`"uid":${uid}`))).toBeNull();
    expect(refusals).toEqual([
      'the claim "uid" is a number that is no safe integer; have it issued as a string',
    ]);
    expect(await byUid(await signText(`"uid":"${uid}"`))).not.toBeNull();
    expect(await byUid(await signText(`"uid":[${uid}]`))).toBeNull();
    expect(await byUid(await signText(`"uid":{"id":${uid}}`))).toBeNull();
    // What decides nothing may be any number.
    expect(await byUid(await signText(`"uid":7,"at":${uid}`))).not.toBeNull();
  });

  it('is of nobody, or of no application, where those are no text, or numbers that lose digits', async () => {
    const subject = async (sub: string) => (await verifier()(await signText(`"sub":${sub}`)))?.id ?? null;
    expect(await subject('9007199254740991')).toBe(`${ISSUER}#9007199254740991`);
    for (const sub of ['1234567890123456702', '""', '["alice"]', '{"id":"alice"}', 'true', 'null']) {
      expect(await subject(sub), sub).toBeNull();
    }
    const takes = verifier({ applicationClaim: 'app' });
    for (const app of ['1234567890123456702', '7', '["shop"]', '""']) {
      expect(await takes(await signText(`"app":${app}`)), app).toBeNull();
    }
  });

  it('of a claim by the name of a method of all objects finds none', async () => {
    expect(await verifier({ match: { 'user.id': 'constructor' } })(await sign())).toBeNull();
  });
});
