import { createChangeHub } from '../../../src/domain/live/change-hub.js';
import { createSlowReader, type FollowDeps } from '../../../src/domain/live/follow.js';
import { type FollowSession, followSession } from '../../../src/domain/live/follow-session.js';
import type { LiveEvent } from '../../../src/domain/live/live-events.js';
import { createLiveLoads } from '../../../src/domain/live/live-loads.js';
import type { FollowedReplies } from '../../../src/domain/live/reply-follower.js';
import { createCursorCodec } from '../../../src/graphql/cursor.js';
import { createFakeStore, type FakeStore } from '../../support/fake-store.js';
import { noReplies } from '../../support/no-replies.js';
import { oneByOne } from '../../support/one-by-one.js';

/** Unlike any pause between two attempts. */
const SILENCE_MS = 123_456;

/** The live half of a server over the fake store; pauses end when the test says so. */
export async function createStage(
  options: { queueLimit?: number; ringSize?: number; fake?: FakeStore; replies?: FollowedReplies } = {},
) {
  const fake = options.fake ?? createFakeStore();
  let pauses: (() => void)[] = [];
  let silences: (() => void)[] = [];
  const failures: unknown[] = [];
  const pause = (ms: number, signal: AbortSignal) =>
    new Promise<void>((resolve) => {
      if (signal.aborted) return resolve();
      if (ms === SILENCE_MS) silences.push(resolve);
      else pauses.push(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  const hub = createChangeHub({
    store: fake.store,
    pause,
    now: () => new Date(0),
    random: () => 0.5,
    onFailure: (error) => failures.push(error),
    queueLimit: options.queueLimit ?? 100,
    ringSize: options.ringSize ?? 100,
    silenceMs: SILENCE_MS,
  });
  const deps: FollowDeps = {
    store: fake.store,
    hub,
    loads: createLiveLoads(fake.store),
    replies: options.replies ?? noReplies(),
    pause,
    random: () => 0.5,
    cursors: createCursorCodec(Buffer.alloc(32, 7)),
  };
  await hub.start();
  const follow = (sessionId: string, request: Partial<FollowSession> = {}) =>
    oneByOne(
      followSession(deps, {
        sessionId,
        agentId: null,
        only: 'everything',
        replies: false,
        reach: {},
        share: 'someone',
        after: null,
        reader: createSlowReader(),
        handOver: null,
        ...request,
      }),
    );
  return {
    fake,
    hub,
    deps,
    failures,
    follow,
    /** Lets everyone who waits to try again try again. */
    endPauses() {
      const ended = pauses;
      pauses = [];
      for (const end of ended) end();
    },
    /** The time after which a feed that was not heard of is dead. */
    passSilence() {
      const passed = silences;
      silences = [];
      for (const pass of passed) pass();
    },
    get pausing() {
      return pauses.length;
    },
  };
}

/** The next `count` events. */
export async function take(events: AsyncGenerator<LiveEvent>, count: number): Promise<LiveEvent[]> {
  const taken: LiveEvent[] = [];
  while (taken.length < count) {
    const next = await events.next();
    if (next.done) break;
    taken.push(next.value);
  }
  return taken;
}

/** An event in a word: its type, and what it shows. */
export function inShort(event: LiveEvent): string {
  switch (event.type) {
    case 'MessageAdded':
    case 'MessageUpdated':
      return `${event.type} ${event.agentId} ${event.message.content[0]?.text}`;
    case 'Resync':
      return event.agentId === null ? `Resync ${event.reason}` : `Resync ${event.reason} ${event.agentId}`;
    case 'Ready':
      return event.sessionExists ? 'Ready' : 'Ready without session';
    default:
      return event.type;
  }
}

/** All turns of promises that are under way have run. */
export const settled = () => new Promise<void>((resolve) => setImmediate(resolve));
