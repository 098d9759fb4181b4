import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';
import { ParleyError } from '../domain/errors.js';
import type { JsonValue } from '../domain/json.js';
import { type Caller, type Reach, SCOPES, type Scope } from '../domain/policy.js';

const CLOCK_SKEW_S = 30;

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
 * The caller that a token of the identity provider speaks for; null where it is not valid. STORE_UNAVAILABLE where that cannot
 * be told, because the provider's keys cannot be read.
 */
export type VerifyJwt = (token: string) => Promise<Caller | null>;

export function createJwtVerifier(
  options: JwtOptions,
  {
    now,
    onFailure,
    keys = createRemoteJWKSet(new URL(options.jwksUrl)),
  }: { now: () => Date; onFailure: (error: unknown) => void; keys?: JWTVerifyGetKey },
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
      return null;
    });
    if (!verified) return null;
    const { payload } = verified;
    const reach = reachOf(payload, options);
    if (!reach) return null;
    const subject = String(payload.sub);
    return {
      kind: 'jwt',
      id: `${issuer}#${subject}`,
      name: typeof payload.name === 'string' ? payload.name : subject,
      policy: { scopes: new Set(scopesOf(payload[options.scopeClaim])), reach },
      expiresAt: new Date(((payload.exp as number) + CLOCK_SKEW_S) * 1_000),
    };
  };
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

/** Null where a claim is missing that limits the caller: without it nothing would. */
function reachOf(payload: JWTPayload, { match, applicationClaim }: JwtOptions): Reach | null {
  const metadata: Record<string, JsonValue> = {};
  for (const [path, claim] of Object.entries(match)) {
    const value = payload[claim];
    // Python seeds metadata fields with an empty text: an empty claim would match every such session.
    if ((typeof value !== 'string' || value === '') && typeof value !== 'number') return null;
    metadata[path] = value;
  }
  const application = applicationClaim === null ? undefined : payload[applicationClaim];
  if (applicationClaim !== null && (typeof application !== 'string' || application === '')) return null;
  return {
    ...(typeof application === 'string' ? { applicationName: application } : {}),
    ...(Object.keys(metadata).length > 0 ? { metadata } : {}),
  };
}
