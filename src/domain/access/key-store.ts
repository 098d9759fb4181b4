import type { Reach, Scope } from './policy.js';

/** An API key as it is stored: of the secret only a keyed hash. */
export interface StoredKey {
  id: string;
  name: string;
  /** HMAC-SHA-256 of the secret, in hex. */
  hash: string;
  /** What the hash is keyed with, in base64, of a key that came from another database; absent: this database's own secret. */
  pepper?: string;
  scopes: readonly Scope[];
  reach: Reach;
  createdAt: Date;
  expiresAt: Date | null;
  lastUsedAt: Date | null;
  revokedAt: Date | null;
}

/** API keys, shared by all processes on the database. Each method rejects with STORE_UNAVAILABLE. */
export interface KeyStore {
  /** As it is given, also one that was used or revoked elsewhere. */
  create(key: StoredKey): Promise<void>;
  /** Null where there is none. */
  find(id: string): Promise<StoredKey | null>;
  /** Oldest first, those that ended too. */
  list(): Promise<StoredKey[]>;
  /** Whether there ever was a key: from then on callers must show who they are. */
  any(): Promise<boolean>;
  /** False where there is none. The first revocation stands. */
  revoke(id: string, now: Date): Promise<boolean>;
  touch(id: string, now: Date): Promise<void>;
}
