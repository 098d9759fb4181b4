import { createHash } from 'node:crypto';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { networkOf } from '../domain/access/caller-key.js';
import type { KeyStore } from '../domain/access/key-store.js';
import { type Caller, SCOPES } from '../domain/access/policy.js';
import type { ViewerPasswords } from '../domain/access/viewer-passwords.js';
import { after, type Later } from '../domain/async/later.js';
import { ParleyError } from '../domain/errors.js';
import { createLru } from '../domain/lru.js';
import { type ApiKeys, parseApiKey } from './api-key.js';
import { believed } from './believed.js';
import type { VerifyJwt } from './jwt.js';
import { isSessionToken, verifySessionToken } from './session-token.js';
import { parseViewerPassword, verifyViewerPassword } from './viewer-password.js';

/** Who is calling, and whether that still holds: asked again and again while a socket is open. */
export interface Credential {
  caller: Caller;
  holds(): Promise<boolean>;
}

export interface Authenticator {
  /** Whether callers must show who they are: a key was ever made, or an identity provider is configured. */
  required(): Later<boolean>;
  /**
   * By the value of an `Authorization` header and the address that it came from. UNAUTHENTICATED where it is missing and
   * required, or not good; RATE_LIMITED after too many that were not good; STORE_UNAVAILABLE where it cannot be checked just now.
   */
  authenticate(authorization: string | undefined, from: string): Later<Credential>;
}

export interface AuthenticatorOptions {
  keys: KeyStore;
  apiKeys: ApiKeys;
  verifyJwt: VerifyJwt | null;
  viewerPasswords: ViewerPasswords;
  tokenSecret: Uint8Array;
  now: () => Date;
  /** Milliseconds that only rise, whatever is done to the clock. */
  elapsed: () => number;
}

/** Everything is allowed to whoever reaches a server that has neither keys nor an identity provider. */
export const ANYONE: Caller = {
  kind: 'anonymous',
  id: '',
  name: 'anonymous',
  policy: { scopes: new Set(SCOPES), reach: {} },
  expiresAt: null,
};

/** Wrong credentials that one address may show for one key or session, and for all, in a minute. */
const FAILURES_PER_TARGET = 10;
const FAILURES_PER_ADDRESS = 100;
const FAILURES_MS = 60_000;
/**
 * What a credential is found to be. `ended`: made by whom it had to be, and opens nothing, or no more; whoever shows it has guessed
 * nothing.
 */
type Checked = Credential | 'ended' | null;

interface Attempt {
  /** What may be guessed at; null for what is signed. */
  target: string | null;
  check(): Promise<Checked>;
}

/** Good credentials that are remembered. */
const REMEMBERED = 10_000;
/** How long the absence of keys is believed, in ms. */
const BELIEVED_MS = 2_000;

export function createAuthenticator(options: AuthenticatorOptions): Authenticator {
  const { keys, apiKeys, verifyJwt, viewerPasswords, tokenSecret, now, elapsed } = options;
  const passwordOf = believed((sessionId) => viewerPasswords.viewerPassword(sessionId), elapsed);
  const perTarget = new RateLimiterMemory({ points: FAILURES_PER_TARGET, duration: 60 });
  const perAddress = new RateLimiterMemory({ points: FAILURES_PER_ADDRESS, duration: 60 });
  /** Apart from guesses: nobody guesses a signature, and so a wrong one keeps no key away. */
  const wronglySigned = new RateLimiterMemory({ points: FAILURES_PER_ADDRESS, duration: 60 });
  /** By address and digest, how often tokens were shown after their end: whoever makes tokens can make any number of them. */
  const shownEnded = createLru<string, { times: number; until: number }>(REMEMBERED);
  /** Digests of credentials that were good when they were last shown. */
  const right = createLru<string, true>(REMEMBERED);
  let asked: Later<boolean> | null = null;
  let askedUntil = 0;

  /** Once there was a key, there always is one: also a revoked one is. Those who ask at once share one look-up. */
  function required(): Later<boolean> {
    if (verifyJwt) return true;
    if (asked !== null && elapsed() < askedUntil) return asked;
    const asking = keys.any().then(
      (any) => {
        if (any) askedUntil = Number.POSITIVE_INFINITY;
        if (any || asked === asking) asked = any;
        return any;
      },
      (error: unknown) => {
        if (asked === asking) asked = null;
        throw error;
      },
    );
    asked = asking;
    askedUntil = elapsed() + BELIEVED_MS;
    return asking;
  }

  const anyone: Credential = { caller: ANYONE, holds: async () => !(await required()) };

  function attempt(text: string): Attempt {
    const key = parseApiKey(text);
    if (key) {
      const holds = () => apiKeys.holds(key.id);
      return {
        target: key.id,
        check: async () => credential(await apiKeys.verify(key.id, key.secret), holds),
      };
    }
    const viewer = parseViewerPassword(text);
    if (viewer) {
      const check = () => verifyViewerPassword(passwordOf, viewer);
      return {
        target: viewer.sessionId,
        check: async () => credential(await check(), async () => (await check()) !== null),
      };
    }
    if (isSessionToken(text)) {
      return {
        target: null,
        async check() {
          const verified = await verifySessionToken(text, { secret: tokenSecret, now: now() });
          if (verified === null || verified === 'ended') return verified;
          const { keyId } = verified;
          if (keyId !== null && !(await apiKeys.holds(keyId))) return 'ended';
          return credential(verified.caller, async () => keyId === null || apiKeys.holds(keyId));
        },
      };
    }
    return {
      target: null,
      async check() {
        const caller = verifyJwt && (await verifyJwt(text));
        return caller === 'ended' ? caller : credential(caller, async () => true);
      },
    };
  }

  const credential = (caller: Caller | null, holds: () => Promise<boolean>): Credential | null =>
    caller && {
      caller,
      holds: async () => (caller.expiresAt === null || caller.expiresAt > now()) && holds(),
    };

  /** Whoever was right lately is no guesser, whatever others try from the same address or for the same key. */
  async function guarded(
    target: string,
    text: string,
    from: string,
    check: () => Promise<Checked>,
  ): Promise<Checked> {
    // The id of a session may be as long as a header: for each wrong one something is kept.
    const place = digest(`${from} ${target}`);
    const known = digest(text);
    if (!right.get(known)) {
      await refuseGuesser(perTarget, place, FAILURES_PER_TARGET);
      await refuseGuesser(perAddress, from, FAILURES_PER_ADDRESS);
    }
    const found = await check();
    if (found) right.set(known, true);
    else {
      right.delete(known);
      await Promise.allSettled([perTarget.consume(place), perAddress.consume(from)]);
    }
    return found;
  }

  /**
   * What is signed is looked at first: a good one passes, whatever others try from the same address. A wrong one counts for the
   * address, and one that has ended for itself alone, for behind one gateway those of many may end together.
   */
  async function signed(text: string, from: string, check: () => Promise<Checked>): Promise<Checked> {
    const found = await check();
    if (found !== null && found !== 'ended') return found;
    if (found === 'ended') refuseEnded(`${from} ${digest(text)}`);
    else {
      await refuseGuesser(wronglySigned, from, FAILURES_PER_ADDRESS);
      await Promise.allSettled([wronglySigned.consume(from)]);
    }
    return found;
  }

  function refuseEnded(place: string): void {
    const before = shownEnded.get(place);
    const now = elapsed();
    if (!before || before.until <= now) {
      shownEnded.set(place, { times: 1, until: now + FAILURES_MS });
      return;
    }
    if (before.times >= FAILURES_PER_TARGET) throw tooManyWrong(before.until - now);
    before.times++;
  }

  async function shown(authorization: string, from: string): Promise<Credential> {
    const [, text] = /^bearer +(\S+)$/i.exec(authorization.trim()) ?? [];
    if (!text) throw unauthenticated('The authorization must read: Bearer <API key or token>.');
    const { target, check } = attempt(text);
    const found = await (target === null ? signed(text, from, check) : guarded(target, text, from, check));
    if (found === null || found === 'ended')
      throw unauthenticated('The credential is not valid, or no longer.');
    return found;
  }

  return {
    required,
    authenticate(authorization, from) {
      if (authorization !== undefined) return shown(authorization, networkOf(from));
      const missing = () =>
        Promise.reject(unauthenticated('Send a credential, as authorization: Bearer <API key or token>.'));
      return after(required(), (asks) => (asks ? missing() : anyone));
    },
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest('base64url');

async function refuseGuesser(limiter: RateLimiterMemory, key: string, points: number): Promise<void> {
  const known = await limiter.get(key);
  if (known === null || known.consumedPoints < points) return;
  throw tooManyWrong(known.msBeforeNext);
}

function tooManyWrong(ms: number): ParleyError {
  const retryAfter = Math.ceil(ms / 1_000);
  return new ParleyError('RATE_LIMITED', `Too many wrong credentials. Try again in ${retryAfter} seconds.`, {
    details: { retryAfter },
  });
}

const unauthenticated = (message: string) => new ParleyError('UNAUTHENTICATED', message);
