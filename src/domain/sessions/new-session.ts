import type { NewSession } from './session-store.js';

export type RandomBytes = (length: number) => Buffer;

/** With a viewer password as the Python library makes it: 24 random bytes as base64url. */
export const newSession = (
  randomBytes: RandomBytes,
  sessionId: string,
  rest: Omit<NewSession, 'sessionId' | 'viewerPassword'>,
): NewSession => ({
  sessionId,
  viewerPassword: randomBytes(24).toString('base64url'),
  ...rest,
});

/** What a write with `createIfMissing` makes. */
export const usualSession = (randomBytes: RandomBytes, sessionId: string): NewSession =>
  newSession(randomBytes, sessionId, { applicationName: null, sessionType: 'AGENT', metadata: {} });
