import { createHash, timingSafeEqual } from 'node:crypto';
import type { Caller } from '../domain/access/policy.js';
import type { ViewerPasswords } from '../domain/access/viewer-passwords.js';

const FORM = /^svp_([\w-]+)\.(.+)$/s;

/** `svp_<base64url of the session id>.<password>`; null for another form. */
export function parseViewerPassword(text: string): { sessionId: string; password: string } | null {
  const [, id, password] = FORM.exec(text) ?? [];
  return id && password ? { sessionId: Buffer.from(id, 'base64url').toString('utf8'), password } : null;
}

/** Null for a wrong password, and for a session that does not exist or has none: after the same work. */
export async function verifyViewerPassword(
  passwordOf: ViewerPasswords['viewerPassword'],
  { sessionId, password }: { sessionId: string; password: string },
): Promise<Caller | null> {
  const stored = await passwordOf(sessionId);
  const same = timingSafeEqual(digest(password), digest(stored ?? ''));
  if (stored === null || !same) return null;
  return {
    kind: 'viewer',
    id: sessionId,
    name: `viewer of ${sessionId}`,
    policy: { scopes: new Set(['read']), reach: { sessionId } },
    expiresAt: null,
  };
}

const digest = (text: string) => createHash('sha256').update(text).digest();
