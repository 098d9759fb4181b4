import type { Later } from '../domain/async/later.js';
import { ParleyError } from '../domain/errors.js';
import type { Credential } from './authenticate.js';

/** How long a credential is believed that was good, in ms. */
const BELIEVED_MS = 2_000;

/**
 * Asked before anything is done of what was let in a while ago: a body may come for minutes, and a list of mutations take as long. UNAUTHENTICATED
 * where the credential has ended since. `now`: ms that only rise.
 */
export type StillGood = () => Later<void>;

export function createStillGood({ holds }: Pick<Credential, 'holds'>, now: () => number): StillGood {
  let goodAt = now();

  async function ask(): Promise<void> {
    const asked = now();
    if (!(await holds())) {
      throw new ParleyError('UNAUTHENTICATED', 'The credential has ended while the request was under way.');
    }
    goodAt = asked;
  }

  return () => (now() - goodAt < BELIEVED_MS ? undefined : ask());
}
