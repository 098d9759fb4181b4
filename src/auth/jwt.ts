import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Caller, type Reach, SCOPES, type Scope } from '../domain/access/policy.js';
import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json.js';
import { lossyNumbers, mayLoseDigits } from '../domain/sessions/written-numbers.js';

const CLOCK_SKEW_S = 30;
/** How long the keys of the provider are believed: one that it has withdrawn opens nothing after that. */
const KEYS_MS = 600_000;

export interface JwtOptions {
  issuer: string;
  /** Null: any, which is only right where the issuer serves Parley alone. */
  audience: string | null;
  jwksUrl: string;
  algorithms: readonly string[];
  /** The claim with the scopes: a list, or words between spaces. */
  scopeClaim: string;
  /** Metadata path to the claim whose value a session must hold there, such as `user.id` to `sub`. */
  match: Readonly<Record<string, string>>;
  /** The claim with the application name; null: not limited by it. */
  applicationClaim: string | null;
}

/**
 * The caller that a token of the identity provider speaks for; null where the provider has not signed it for this server, `ended`
 * where it has, and the token is of no use, or no longer. STORE_UNAVAILABLE where that cannot be told, because the provider's keys
 * cannot be read.
 */
export type VerifyJwt = (token: string) => Promise<Caller | 'ended' | null>;

export function createJwtVerifier(
  options: JwtOptions,
  {
    now,
    elapsed,
    onFailure,
    onRefused,
    keys = remoteKeys(options.jwksUrl, elapsed),
  }: {
    now: () => Date;
    /** Milliseconds that only rise, whatever is done to the clock. */
    elapsed: () => number;
    onFailure: (error: unknown) => void;
    /** Told why a token that the provider has signed, and that is good still, is not taken. */
    onRefused: (reason: string) => void;
    keys?: JWTVerifyGetKey;
  },
): VerifyJwt {
  const { issuer, audience, algorithms } = options;
  const keyOf: JWTVerifyGetKey = async (...of) => {
    try {
      return await keys(...of);
    } catch (error) {
      if (isAboutToken(error)) throw error;
      onFailure(error);
      throw new ParleyError(
        'STORE_UNAVAILABLE',
        'The keys of the identity provider cannot be read just now. Try again.',
      );
    }
  };
  return async (token) => {
    const verified = await jwtVerify(token, keyOf, {
      issuer,
      ...(audience === null ? {} : { audience }),
      algorithms: [...algorithms],
      clockTolerance: CLOCK_SKEW_S,
      requiredClaims: ['exp', 'sub'],
      currentDate: now(),
    }).catch((error: unknown) => {
      if (error instanceof ParleyError) throw error;
      return error instanceof errors.JWTExpired ? 'ended' : null;
    });
    if (verified === null || verified === 'ended') return verified;
    try {
      return callerOf(verified.payload, token, options);
    } catch (error) {
      if (!(error instanceof UnusableClaim)) throw error;
      onRefused(error.message);
      return 'ended';
    }
  };
}

/** jose goes by the clock, and would believe in old keys for as long as it was set back. */
function remoteKeys(url: string, elapsed: () => number): JWTVerifyGetKey {
  const remote = createRemoteJWKSet(new URL(url), { cacheMaxAge: Number.POSITIVE_INFINITY });
  let believedUntil = Number.NEGATIVE_INFINITY;
  return async (...of) => {
    if (elapsed() >= believedUntil) {
      await remote.reload();
      believedUntil = elapsed() + KEYS_MS;
    }
    return remote(...of);
  };
}

/** A claim that decides what the caller may touch, and cannot. */
class UnusableClaim extends Error {
  constructor(name: string, reason: string) {
    super(`the claim ${JSON.stringify(name)} ${reason}`);
  }
}

function callerOf(payload: JWTPayload, token: string, options: JwtOptions): Caller {
  const lossy = lossyClaims(token);
  /**
   * Python seeds metadata fields with an empty text: an empty claim would match every such session. Two numbers that differ
   * in their last digit alone are one as soon as they are read: the one user would be the other.
   */
  const identity = (name: string): string | number => {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    if (typeof value === 'number' && (lossy.has(name) || !Number.isSafeInteger(value))) {
      throw new UnusableClaim(name, 'is a number that is no safe integer; have it issued as a string');
    }
    if (typeof value === 'number' || (typeof value === 'string' && value !== '')) return value;
    throw new UnusableClaim(name, value === undefined ? 'is missing' : 'is no text or integer, or empty');
  };
  const subject = String(identity('sub'));
  return {
    kind: 'jwt',
    id: `${options.issuer}#${subject}`,
    name: typeof payload.name === 'string' ? payload.name : subject,
    policy: { scopes: new Set(scopesOf(payload[options.scopeClaim])), reach: reachOf(identity, options) },
    expiresAt: new Date(((payload.exp as number) + CLOCK_SKEW_S) * 1_000),
  };
}

/** The claims with numbers whose digits were lost when the token was read. */
function lossyClaims(token: string): Set<unknown> {
  const payload = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
  return new Set(mayLoseDigits(payload) ? [...lossyNumbers(payload)].map(({ path }) => path[0]) : []);
}

/** Else the provider could not be reached, or has answered with something else than its keys. */
const isAboutToken = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey ||
  error instanceof errors.JWKSMultipleMatchingKeys ||
  error instanceof errors.JOSENotSupported ||
  error instanceof errors.JWSInvalid;

/** `read`, or `parley:read` where the provider keeps scopes of several services apart. Unknown ones grant nothing. */
function scopesOf(claim: unknown): Scope[] {
  const words = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  return words
    .map((word) => String(word).replace(/^parley:/, ''))
    .filter((word): word is Scope => (SCOPES as readonly string[]).includes(word));
}

/** Without a claim that limits the caller nothing would: it has to be there, and of use. */
function reachOf(
  identity: (name: string) => string | number,
  { match, applicationClaim }: JwtOptions,
): Reach {
  const metadata: Record<string, JsonValue> = {};
  for (const [path, claim] of Object.entries(match)) metadata[path] = identity(claim);
  const application = applicationClaim === null ? undefined : identity(applicationClaim);
  if (applicationClaim !== null && typeof application !== 'string') {
    throw new UnusableClaim(applicationClaim, 'is no text');
  }
  return {
    ...(typeof application === 'string' ? { applicationName: application } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}
