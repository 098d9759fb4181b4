import { errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { type Caller, type Reach, SCOPES, type Scope } from '../domain/access/policy.js';
import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json/json-value.js';
import { lossyNumbers, mayLoseDigits } from '../domain/json/written-numbers.js';
import { remoteKeys } from './remote-keys.js';

const CLOCK_SKEW_S = 30;
/** What a token says of who it is for: OpenID Connect has 255 characters for a subject. */
const MAX_IDENTITY = 1_000;
/** A name is shown, and stands in every entry of the audit: its beginning is enough. */
const MAX_NAME = 200;
/** Of keys that are alike to a token so many are tried. */
const MAX_ALIKE = 16;
/** What a date can hold, in ms. */
const LATEST_MS = 8.64e15;

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
    keys = remoteKeys(options.jwksUrl, { elapsed, onFailure }),
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
    const verify = (key: JWTVerifyGetKey) =>
      jwtVerify(token, key, {
        issuer,
        ...(audience === null ? {} : { audience }),
        algorithms: [...algorithms],
        clockTolerance: CLOCK_SKEW_S,
        requiredClaims: ['exp', 'sub'],
        currentDate: now(),
      });
    const verified = await verify(keyOf)
      .catch((error: unknown) => {
        if (error instanceof errors.JWKSMultipleMatchingKeys) return byOneOf(error, verify);
        throw error;
      })
      .catch((error: unknown) => {
        if (error instanceof ParleyError) throw error;
        // The signature was good: these come of the claims alone.
        if (error instanceof errors.JWTClaimValidationFailed) onRefused(whyNotFor(error));
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

/** Where the provider publishes several keys that a token may be signed with, and names none of them: the one that fits. */
async function byOneOf<T>(
  alike: errors.JWKSMultipleMatchingKeys,
  verify: (key: JWTVerifyGetKey) => Promise<T>,
): Promise<T> {
  let tried = 0;
  for await (const key of alike) {
    if (++tried > MAX_ALIKE) break;
    try {
      return await verify(async () => key);
    } catch (error) {
      if (!(error instanceof errors.JWSSignatureVerificationFailed)) throw error;
    }
  }
  throw new errors.JWSSignatureVerificationFailed();
}

const WHY_NOT: Readonly<Record<string, string>> = {
  iss: 'is not JWT_ISSUER, to the last character',
  aud: 'does not name JWT_AUDIENCE',
  nbf: 'is later than the clock of this server',
};

/** The claim's value is not repeated. */
function whyNotFor({ claim, reason }: errors.JWTClaimValidationFailed): string {
  const why = reason === 'check_failed' ? WHY_NOT[claim] : reason === 'missing' ? 'is missing' : undefined;
  return `the claim ${JSON.stringify(claim)} ${why ?? 'is not valid'}`;
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
    if (typeof value === 'string' && value.length > MAX_IDENTITY)
      throw new UnusableClaim(name, `is longer than ${MAX_IDENTITY} characters`);
    // No database keeps it: two of them would be one.
    if (typeof value === 'string' && (!value.isWellFormed() || value.includes('\0')))
      throw new UnusableClaim(name, 'holds a lone surrogate or a NUL');
    if (typeof value === 'number' || (typeof value === 'string' && value !== '')) return value;
    throw new UnusableClaim(name, value === undefined ? 'is missing' : 'is no text or integer, or empty');
  };
  const subject = String(identity('sub'));
  return {
    kind: 'jwt',
    id: `${options.issuer}#${subject}`,
    name: (typeof payload.name === 'string' ? payload.name : subject).slice(0, MAX_NAME).toWellFormed(),
    policy: { scopes: new Set(scopesOf(payload[options.scopeClaim])), reach: reachOf(identity, options) },
    expiresAt: new Date(Math.min(((payload.exp as number) + CLOCK_SKEW_S) * 1_000, LATEST_MS)),
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
