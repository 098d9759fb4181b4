import { randomBytes, randomUUID } from 'node:crypto';
import { ParleyError } from '../domain/errors.js';
import { type Finding, failing, skipped, sound, whatAndTodo } from '../domain/finding.js';
import { receiptOf } from '../domain/sessions/idempotency.js';
import type { SessionStore } from '../domain/sessions/session-store.js';

const EVENT_LIMIT_MS = 10_000;

/** Writes a session of its own, waits for its event, and removes it again. Rejects never: what fails is a finding. */
export async function roundTrip(store: SessionStore, now: () => Date): Promise<Finding[]> {
  const sessionId = `parley-doctor-${randomUUID()}`;
  const stop = AbortSignal.timeout(EVENT_LIMIT_MS);
  const changes = store.changes({ after: null, signal: stop })[Symbol.asyncIterator]();
  // From before the write on: the first batch says where the feed stands.
  const noFeed = await changes.next().then(() => null, reasonOf);
  const from = performance.now();
  try {
    await store.createSession({
      sessionId,
      sessionType: 'AGENT',
      applicationName: 'parley doctor',
      viewerPassword: randomBytes(24).toString('base64url'),
      metadata: {},
      receipt: { ...receiptOf('createSession', sessionId, {}), unkeyed: true },
      now: now(),
    });
    const written = sound('write', `a session was written in ${msSince(from)} ms, and removed`);
    const event = noFeed === null ? await eventOf(changes, sessionId, from) : noEvent(noFeed);
    return [written, event];
  } catch (error) {
    return [
      failing('write', ...whatAndTodo(reasonOf(error), 'Nothing can be written until this is mended.')),
    ];
  } finally {
    await store.deleteSession(sessionId, now()).catch(() => {});
    await changes.return?.().catch(() => {});
  }
}

async function eventOf(
  changes: AsyncIterator<{ changes: { kind: string; sessionId: string }[] }>,
  sessionId: string,
  from: number,
): Promise<Finding> {
  try {
    for (;;) {
      const { value, done } = await changes.next();
      if (done) break;
      const came = value.changes.some((one) => one.kind === 'session-created' && one.sessionId === sessionId);
      if (came) return sound('event', `the event of that write came after ${msSince(from)} ms`);
    }
  } catch (error) {
    return noEvent(reasonOf(error));
  }
  return failing(
    'event',
    `no event of that write came within ${EVENT_LIMIT_MS / 1_000} s`,
    'Subscriptions show nothing new. Look at the load of the database and at the findings above.',
  );
}

/** Why there is no feed is a finding of its own. */
const noEvent = (reason: string) => skipped('event', `there is no feed: ${reason}`);
const msSince = (from: number) => Math.round(performance.now() - from);
const reasonOf = (error: unknown) => (error instanceof ParleyError ? error.message : 'the database failed.');
