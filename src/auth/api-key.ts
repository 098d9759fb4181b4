import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { KeyStore, StoredKey } from '../domain/access/key-store.js';
import type { Caller, Reach, Scope } from '../domain/access/policy.js';
import type { SecretStore } from '../domain/access/secret-store.js';
import { believed } from './believed.js';

const FORM = /^parley_([0-9a-f]{12})_([\w-]{43})$/;
/** The last use is written down this often at most, in ms. */
const TOUCH_MS = 60_000;

export interface NewKey {
  name: string;
  scopes: readonly Scope[];
  reach: Reach;
  expiresAt: Date | null;
}

/** The key as it is stored, and the text that is shown once. `pepper` is the server's own secret. */
export function makeApiKey(
  { name, scopes, reach, expiresAt }: NewKey,
  { pepper, randomBytes, now }: { pepper: Uint8Array; randomBytes: (length: number) => Buffer; now: Date },
): { key: StoredKey; text: string } {
  const id = randomBytes(6).toString('hex');
  const secret = randomBytes(32).toString('base64url');
  const hash = hashOf(secret, pepper).toString('hex');
  const dates = { createdAt: now, expiresAt, lastUsedAt: null, revokedAt: null };
  return { key: { id, name, hash, scopes, reach, ...dates }, text: `parley_${id}_${secret}` };
}

/** The database's own secret, which hashes of keys are keyed with. */
export const keyPepper = (secrets: SecretStore): Promise<Uint8Array> => secrets.secret('api-keys');

/** What `makeApiKey` needs, on a database that is open. */
export const keyDeps = async ({ secrets }: { secrets: SecretStore }, now: Date) => ({
  pepper: await keyPepper(secrets),
  randomBytes,
  now,
});

/** Null where the text has not the form of a key. */
export function parseApiKey(text: string): { id: string; secret: string } | null {
  const [, id, secret] = FORM.exec(text) ?? [];
  return id && secret ? { id, secret } : null;
}

export interface ApiKeys {
  /** Null for an unknown, revoked or ended key, and for a wrong secret: after the same work. */
  verify(id: string, secret: string): Promise<Caller | null>;
  /** Whether the key still is good. */
  holds(id: string): Promise<boolean>;
}

interface Found {
  key: StoredKey;
  caller: Caller;
}

export function createApiKeys({
  keys,
  pepper,
  now,
  elapsed,
}: {
  keys: KeyStore;
  pepper: Uint8Array;
  now: () => Date;
  /** Milliseconds that only rise, whatever is done to the clock. */
  elapsed: () => number;
}): ApiKeys {
  const touched = new Map<string, number>();

  const find = believed<Found | null>(async (id) => {
    const key = await keys.find(id);
    return key && { key, caller: callerOf(key) };
  }, elapsed);

  const isGood = ({ revokedAt, expiresAt }: StoredKey) =>
    revokedAt === null && (expiresAt === null || expiresAt > now());

  function touch(id: string): void {
    const time = elapsed();
    if ((touched.get(id) ?? Number.NEGATIVE_INFINITY) > time - TOUCH_MS) return;
    touched.set(id, time);
    // Nobody waits for it, and nothing depends on it.
    keys.touch(id, now()).catch(() => {});
  }

  return {
    async verify(id, secret) {
      const found = await find(id);
      const hash = Buffer.from(found?.key.hash ?? '0'.repeat(64), 'hex');
      const keyedWith = found?.key.pepper === undefined ? pepper : Buffer.from(found.key.pepper, 'base64');
      const same = timingSafeEqual(hashOf(secret, keyedWith), hash);
      if (!found || !same || !isGood(found.key)) return null;
      touch(id);
      return found.caller;
    },
    async holds(id) {
      const found = await find(id);
      return found !== null && isGood(found.key);
    },
  };
}

/** One policy for all that a key asks: what is made for a policy is made once. */
const callerOf = ({ id, name, scopes, reach, expiresAt }: StoredKey): Caller => ({
  kind: 'key',
  id,
  name,
  policy: { scopes: new Set(scopes), reach },
  expiresAt,
});

const hashOf = (secret: string, pepper: Uint8Array) => createHmac('sha256', pepper).update(secret).digest();
