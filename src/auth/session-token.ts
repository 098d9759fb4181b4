import { hkdfSync } from 'node:crypto';
import { EncryptJWT, errors, type JWTPayload, jwtDecrypt, jwtVerify } from 'jose';
import { callerKey } from '../domain/access/caller-key.js';
import type { Caller, Reach, Scope } from '../domain/access/policy.js';
import { oncePerObject } from '../domain/once-per-object.js';

/** What a session token may carry: what a browser needs for one conversation. */
const TOKEN_SCOPES = ['read', 'append', 'reply', 'feedback'] as const satisfies readonly Scope[];
export type TokenScope = (typeof TOKEN_SCOPES)[number];

const PREFIX = 'pst_';
const TYPE = 'parley-session+jwt';

export interface SessionToken {
  sessionId: string;
  /** When the session was made, in ms: the token opens this one, and none of its id that is made later. */
  createdAt: number | null;
  scopes: readonly TokenScope[];
  /** What its maker may see: the token opens its session only while that is part of it. */
  reach: Reach;
  expiresAt: Date;
  /** The key whose holder had it made: the token ends with it. Null: it was made by someone else. */
  keyId: string | null;
  /** Whose share it has a part of. */
  maker: string;
}

export const isSessionToken = (text: string): boolean => text.startsWith(PREFIX);

/** A short-lived capability for one session, encrypted with the server's own secret: nothing of it is stored, nor can it be read. */
export async function makeSessionToken(
  { sessionId, createdAt, scopes, reach, expiresAt, keyId, maker }: SessionToken,
  { secret, id, now }: { secret: Uint8Array; id: string; now: Date },
): Promise<string> {
  const token = await new EncryptJWT({
    scopes,
    reach: { ...reach, sessionId, createdAt },
    maker,
    ...(keyId === null ? {} : { key: keyId }),
  })
    .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', typ: TYPE })
    .setSubject(sessionId)
    .setJti(id)
    .setIssuedAt(now)
    .setExpirationTime(expiresAt)
    .encrypt(textKey(secret));
  return PREFIX + token;
}

/** Null where it was not made here; `ended` where it was, and is good no longer. */
export async function verifySessionToken(
  text: string,
  { secret, now }: { secret: Uint8Array; now: Date },
): Promise<{ caller: Caller; keyId: string | null } | 'ended' | null> {
  const payload = await payloadOf(text.slice(PREFIX.length), secret, now).catch((error: unknown) =>
    error instanceof errors.JWTExpired ? 'ended' : null,
  );
  if (payload === null || payload === 'ended') return payload;
  const { sub = '', jti = '', exp = 0, scopes, reach, key, maker } = payload;
  const granted = TOKEN_SCOPES.filter((scope) => Array.isArray(scopes) && scopes.includes(scope));
  const keyId = typeof key === 'string' ? key : null;
  return {
    caller: {
      kind: 'session-token',
      id: jti,
      name: `session ${sub}`,
      policy: { scopes: new Set<Scope>(granted), reach: { ...(reach as Reach), sessionId: sub } },
      expiresAt: new Date(exp * 1_000),
      // Tokens of before name the key alone.
      maker:
        typeof maker === 'string'
          ? maker
          : keyId === null
            ? undefined
            : callerKey({ kind: 'key', id: keyId }, ''),
    },
    keyId,
  };
}

async function payloadOf(token: string, secret: Uint8Array, now: Date): Promise<JWTPayload> {
  const options = { typ: TYPE, requiredClaims: ['exp', 'sub', 'jti'], currentDate: now };
  // Tokens of before are signed alone, in three parts; they are good until they end.
  if (token.split('.', 4).length === 3) {
    return (await jwtVerify(token, secret, { ...options, algorithms: ['HS256'] })).payload;
  }
  const decrypting = {
    ...options,
    keyManagementAlgorithms: ['dir'],
    contentEncryptionAlgorithms: ['A256GCM'],
  };
  return (await jwtDecrypt(token, textKey(secret), decrypting)).payload;
}

/** Another key than that of signatures. */
const textKey = oncePerObject(
  (secret: Uint8Array) => new Uint8Array(hkdfSync('sha256', secret, '', 'parley session token text', 32)),
);
