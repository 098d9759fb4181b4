import { badInput } from '../domain/errors.js';

/**
 * What is shown as `Authorization`, such as `Bearer …`. A function is asked before the first request, and again for a fresh one
 * when the server refuses the last; what it throws ends the request or the subscription that waits for it. null: nothing is shown.
 */
export type Authorization = string | null | (() => string | null | Promise<string | null>);

export interface Credential {
  /** The one to show now. Rejects with what the function throws. */
  current(): Promise<string | null>;
  /** The server refuses `shown`: whether another one can be had. */
  refused(shown: string | null): boolean;
}

/** Many requests at once ask the function once. */
export function credentialOf(authorization: Authorization): Credential {
  if (typeof authorization !== 'function') {
    return { current: async () => shownAs(authorization), refused: () => false };
  }
  let asked: Promise<string | null> | null = null;
  let latest: string | null | undefined;
  return {
    current() {
      asked ??= (async () => {
        try {
          latest = shownAs(await authorization());
          return latest;
        } catch (error) {
          asked = null;
          throw error;
        }
      })();
      return asked;
    },
    refused(shown) {
      // Somebody else may have asked for a fresh one meanwhile.
      if (shown === latest) asked = null;
      return true;
    },
  };
}

/** Without the spaces and line ends around it. What refuses it later names it whole: BAD_USER_INPUT, which does not. */
function shownAs(authorization: string | null): string | null {
  if (authorization === null) return null;
  if (typeof authorization === 'string' && /^[\t\x20-\x7e]*$/.test(authorization.trim()))
    return authorization.trim();
  throw badInput(
    'authorization cannot be sent: it must be one line of printable ASCII, such as Bearer and a token. Look at what the key or token was read from.',
  );
}
