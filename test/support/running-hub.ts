import { pause } from '../../src/domain/async/pause.js';
import { type ChangeHub, type ChangeHubOptions, createChangeHub } from '../../src/domain/live/change-hub.js';
import type { SessionStore } from '../../src/domain/sessions/session-store.js';

/** The hub of a store as servers have it, started; `special` where a test needs other limits, or another clock. */
export async function runningHub(
  store: SessionStore,
  special: Partial<ChangeHubOptions> = {},
): Promise<ChangeHub> {
  const hub = createChangeHub({
    store,
    pause,
    now: () => new Date(),
    random: Math.random,
    onFailure: () => {},
    queueLimit: 1_000,
    ringSize: 1_000,
    silenceMs: 60_000,
    ...special,
  });
  await hub.start();
  return hub;
}
