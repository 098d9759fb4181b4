import type { JsonValue } from '../json/json-value.js';

/** What a caller may do. `admin` reads the audit and the server's status; it does not stand for the others. */
export const SCOPES = [
  'read',
  'append',
  'reply',
  'snapshot',
  'metadata',
  'feedback',
  'redact',
  'delete',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** The sessions that a caller may touch: all given conditions hold, `{}` is every session. */
export interface Reach {
  /** One session alone. */
  readonly sessionId?: string;
  readonly sessionIdPrefix?: string;
  /** Made at this time, in ms since 1970; null: at none that is known. Tells a session from an earlier and a later one of its id. */
  readonly createdAt?: number | null;
  readonly applicationName?: string;
  /** Dotted path to the value that the session's metadata holds there; types are never mixed. */
  readonly metadata?: Readonly<Record<string, JsonValue>>;
}

/** The rights of a caller, without the person: callers with equal policies see the same. */
export interface Policy {
  readonly scopes: ReadonlySet<Scope>;
  readonly reach: Reach;
}

/** Who is calling. Holds no credential. */
export interface Caller {
  readonly kind: 'anonymous' | 'key' | 'jwt' | 'session-token' | 'viewer';
  /** Stable, for audit, limits and logs: a key's id, a JWT's issuer and subject, a token's id, a viewer's session. */
  readonly id: string;
  /** As a person would know it, such as a key's name. */
  readonly name: string;
  readonly policy: Policy;
  /** When the credential ends; null: it does not. */
  readonly expiresAt: Date | null;
  /** Of a session token, who had it made, as `callerKey` says it: it has a part of that caller's share. */
  readonly maker?: string | undefined;
}
