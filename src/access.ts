import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { Logger } from 'pino';
import { createApiKeys, keyPepper } from './auth/api-key.js';
import { type Auditor, createAuditor } from './auth/auditor.js';
import { type Authenticator, createAuthenticator } from './auth/authenticate.js';
import { createJwtVerifier } from './auth/jwt.js';
import { createRateLimit, type RateLimit } from './auth/rate-limit.js';
import { makeSessionToken } from './auth/session-token.js';
import type { Config } from './config.js';
import type { AuditEntry } from './domain/access/audit-log.js';
import { addressKey, callerKey } from './domain/access/caller-key.js';
import type { Caller } from './domain/access/policy.js';
import { ParleyError } from './domain/errors.js';
import type { SessionGrant } from './graphql/context.js';
import type { OpenedStore } from './stores/open-store.js';

/** Who is calling, and what is written down of it. */
export interface Access {
  /** Null: there is no limit. */
  rateLimit: RateLimit | null;
  authenticator: Authenticator;
  auditor: Auditor;
  /** Writes down what this caller has done, or was refused; null: who it is is not known. */
  record(caller: Caller | null, from: string, what: Happened): void;
  /** A token for one session that ends with the key of the caller who has it made, and has a part of that caller's share. */
  signSessionToken(grant: SessionGrant, caller: Caller, from: string): Promise<string>;
}

export type Happened = Pick<AuditEntry, 'action' | 'sessionId' | 'agentId' | 'outcome'>;

/** Told of each write to a session; `caller`: in one word, as `callerKey` says it. */
export type OnWritten = (sessionId: string, caller: string) => void;

/** Of a name that a token carries no more than a line. */
const MAX_NAME = 512;

export async function createAccess(
  config: Config,
  opened: OpenedStore,
  { now, log, onWritten }: { now: () => Date; log: Logger; onWritten?: OnWritten | undefined },
): Promise<Access> {
  const [pepper, tokenSecret] = await Promise.all([
    keyPepper(opened.secrets),
    opened.secrets.secret('session-tokens'),
  ]);
  const { keys, viewerPasswords } = opened;
  const elapsed = () => performance.now();
  const apiKeys = createApiKeys({ keys, pepper, now, elapsed });
  const verifyJwt =
    config.jwtIssuer === null
      ? null
      : createJwtVerifier(jwtOptions(config, config.jwtIssuer), {
          now,
          elapsed,
          onFailure: (error) => log.warn({ err: error }, 'the keys of the identity provider cannot be read'),
          onRefused: (reason) => log.warn({ reason }, 'a token of the identity provider is of no use'),
        });
  const auditor = createAuditor(opened.audit, {
    keptDays: config.auditDays,
    now,
    elapsed,
    log,
  });
  return {
    authenticator: createAuthenticator({
      keys,
      apiKeys,
      verifyJwt,
      viewerPasswords,
      tokenSecret,
      now,
      elapsed,
    }),
    rateLimit: createRateLimit(config.rateLimit),
    auditor,
    record(caller, from, { action, sessionId, agentId, outcome }) {
      const entry = {
        at: now(),
        callerKind: caller?.kind ?? 'anonymous',
        callerId: caller?.id ?? '',
        callerName: caller?.name.slice(0, MAX_NAME) ?? '',
        action,
        sessionId,
        agentId,
        outcome,
        from: from || null,
      };
      const key = caller ? callerKey(caller, from) : addressKey(from);
      if (outcome === 'ok' && sessionId !== null) onWritten?.(sessionId, key);
      auditor.record(entry, key);
    },
    signSessionToken(grant, caller, from) {
      const keyId = caller.kind === 'key' ? caller.id : null;
      const { reach } = caller.policy;
      return makeSessionToken(
        { ...grant, reach, keyId, maker: callerKey(caller, from) },
        { secret: tokenSecret, id: randomUUID(), now: now() },
      );
    },
  };
}

const jwtOptions = (config: Config, issuer: string) => ({
  issuer,
  audience: config.jwtAudience === '*' ? null : config.jwtAudience,
  jwksUrl: config.jwtJwksUrl ?? `${issuer.replace(/\/$/, '')}/.well-known/jwks.json`,
  algorithms: config.jwtAlgorithms,
  scopeClaim: config.jwtScopeClaim,
  match: config.jwtMatch,
  applicationClaim: config.jwtApplicationClaim,
});

/** Throws where everyone who reaches the address could read and write everything, and nobody has said that this is meant. */
export async function refuseOpenDoor(
  { host, allowUnauthenticated }: Config,
  loopback: boolean,
  { required }: Pick<Authenticator, 'required'>,
): Promise<void> {
  if (loopback || allowUnauthenticated || (await required())) return;
  throw new ParleyError(
    'UNAUTHENTICATED',
    `HOST ${host} can be reached by others, and no credential is asked for: everyone would read and write everything. Make a key with "parley keys create --name <name> --scopes read,append", or set JWT_ISSUER, or, behind a gateway that knows the callers, ALLOW_UNAUTHENTICATED=true.`,
  );
}

export function isLoopback(host: string): boolean {
  const plain = host.replace(/^\[|\]$/g, '').toLowerCase();
  return plain === 'localhost' || plain === '::1' || (isIP(plain) === 4 && plain.startsWith('127.'));
}
