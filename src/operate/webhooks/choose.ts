import { type FollowDeps, patiently } from '../../domain/live/follow.js';
import { OLDEST_FIRST } from '../../domain/sessions/oldest-first.js';
import type { Change, SessionFilter, SessionQuery } from '../../domain/sessions/session-store.js';
import type { WebhookEvent } from '../../domain/webhook-store.js';
import type { WebhookEndpoint } from './endpoints.js';
import type { WebhookEvents } from './events.js';

/** Sessions that are looked up in one command. */
const LOOK_UP = 100;

type Deps = Pick<FollowDeps, 'store' | 'pause' | 'random'>;

/** Of the changes those that the endpoint is told, as its filter decides now. Rejects once `signal` aborts. */
export async function choose(
  deps: Deps,
  { types, match }: Pick<WebhookEndpoint, 'types' | 'match'>,
  { events, changes, signal }: { events: WebhookEvents; changes: readonly Change[]; signal: AbortSignal },
): Promise<WebhookEvent[]> {
  const found = changes.flatMap((change) => {
    const event = events.of(change);
    return event && types.has(event.type) ? [event] : [];
  });
  if (!match) return found;
  // Of a removed session nothing is left by which to decide: its id may be none of the receiver's business.
  const alive = found.filter(({ type }) => type !== 'session.deleted');
  const ids = [...new Set(alive.map(({ sessionId }) => sessionId as string))];
  const within = new Set<string>();
  for (let start = 0; start < ids.length; start += LOOK_UP) {
    const query = among(ids.slice(start, start + LOOK_UP), match);
    const page = await patiently(deps, signal, () => deps.store.findSessions(query));
    for (const { sessionId } of page.sessions) within.add(sessionId);
  }
  return alive.filter(({ sessionId }) => within.has(sessionId as string));
}

const among = (sessionIds: readonly string[], filter: SessionFilter): SessionQuery => ({
  filter,
  within: { sessionIds },
  limit: sessionIds.length,
  parts: [],
  ...OLDEST_FIRST,
});
