import { type ExecutionResult, parse } from 'graphql';
import { ANYONE } from '../../../src/auth/authenticate.js';
import type { Caller } from '../../../src/domain/access/policy.js';
import { ParleyError } from '../../../src/domain/errors.js';
import { createChangeHub } from '../../../src/domain/live/change-hub.js';
import type { FollowDeps } from '../../../src/domain/live/follow.js';
import { guardedLive } from '../../../src/domain/live/guarded-live.js';
import { createLiveLoads } from '../../../src/domain/live/live-loads.js';
import { createReplies, type Replies } from '../../../src/domain/replies/replies.js';
import { HistoryLost } from '../../../src/domain/sessions/session-store.js';
import type { LivePlace, RequestContext } from '../../../src/graphql/context.js';
import { createCursorCodec } from '../../../src/graphql/cursor.js';
import { createPlans } from '../../../src/graphql/plan/plans.js';
import { createSchema } from '../../../src/graphql/schema.js';
import type { Member } from '../../../src/graphql/subscriptions/member.js';
import { subscribe } from '../../../src/graphql/subscriptions/subscribe.js';
import { createSubscriptionGroups } from '../../../src/graphql/subscriptions/subscription-groups.js';
import type { World } from './world.js';

const schema = createSchema();
const cursors = createCursorCodec(Buffer.alloc(32, 7));

const EVENTS = `__typename cursor
  ... on Ready { sessionExists resumed }
  ... on Resync { reason agentId }
  ... on MessageAdded { agentId message { position text } }
  ... on MessageUpdated { agentId message { position text } }
  ... on ReplyStarted { replyId reply { agentId state blocks { block text } } }
  ... on ReplyProgress { replyId offset parts { block text } }
  ... on ReplyRewound { replyId offset }
  ... on ReplyAbandoned { replyId }
  ... on ReplyResumed { replyId }
  ... on ReplyFinished { agentId replyId message { position text } }
  ... on ReplyAborted { agentId replyId kept { position text } }`;
const DOCUMENTS = {
  everything: parse(
    `subscription ($after: String, $replies: Boolean) { event: sessionEvents(sessionId: "s", after: $after, replies: $replies) { ${EVENTS} } }`,
  ),
  messages: parse(
    `subscription ($after: String, $replies: Boolean, $agentId: ID) { event: messageAdded(sessionId: "s", agentId: $agentId, after: $after, replies: $replies) { ${EVENTS} } }`,
  ),
};

/** What a reader follows of the session `s`. */
export interface Shape {
  only: keyof typeof DOCUMENTS;
  agentId: string | null;
  replies: boolean;
}

/** One process on the database, from its start to its end: all of the live feed that a server has. */
export interface Instance {
  readonly name: string;
  readonly replies: Replies;
  subscribe(shape: Shape, after: string | null, member: Member): ReturnType<typeof subscribe>;
  /** What is to be left when nobody follows: groups, and followers of the feed. */
  left(): number;
  /** As by `kill -9`: what is under way towards the database may still come there. */
  kill(): void;
}

export function createInstance(world: World, name: string, fail: (error: unknown) => void): Instance {
  const { scheduler } = world;
  const { random } = scheduler;
  const owner = {};
  const { sessions: store, replies: replyStore } = world.ports(owner);
  const pause = scheduler.pause(owner);
  const onFailure = (error: unknown) => {
    const passing =
      error instanceof ParleyError && ['STORE_UNAVAILABLE', 'LIVE_UNAVAILABLE'].includes(error.code);
    if (!passing && !(error instanceof HistoryLost)) fail(error);
  };
  const hub = createChangeHub({
    store,
    pause,
    now: world.now,
    random: () => 0.5,
    onFailure,
    queueLimit: random.pick([4, 100, 100]),
    ringSize: random.pick([0, 3, 100]),
    silenceMs: 123_456,
  });
  const replies = createReplies({
    store: replyStore,
    sessions: store,
    pause,
    now: world.now,
    random: () => 0.5,
    randomBytes: (length) => Buffer.from(Array.from({ length }, () => random.between(0, 255))),
    newId: () => `r${random.next()}`,
    onFailure,
    mostHeld: random.pick([0, 1_000_000]),
  });
  const deps: FollowDeps = {
    store,
    hub,
    loads: createLiveLoads(store),
    replies: { open: replies.open, list: replyStore.list },
    pause,
    random: () => 0.5,
    cursors,
  };
  const groups = createSubscriptionGroups();
  const plans = createPlans(schema, (error) => error as never);
  const live = guardedLive(deps, ANYONE.policy, null);
  const makeContext = (_caller: Caller, place: LivePlace = {}) =>
    ({
      live,
      handOver: null,
      goOn: null,
      share: 'anybody',
      audited: (_action: string, _sessionId: string, run: () => unknown) => run(),
      refused: () => {},
      end: () => {},
      ...place,
    }) as Partial<RequestContext> as RequestContext;
  void hub.start();
  replies.start();

  return {
    name,
    replies,
    subscribe: ({ only, agentId, replies: wanted }, after, member) =>
      subscribe(
        {
          schema,
          document: DOCUMENTS[only],
          variableValues: { after, replies: wanted, ...(only === 'messages' ? { agentId } : {}) },
        },
        {
          groups,
          plans,
          member,
          caller: ANYONE,
          makeContext,
          mask: (result: ExecutionResult) => result,
          traced: (_event, run) => run(),
        },
      ),
    left: () => groups.size + hub.status().followers,
    kill() {
      world.trace(`${name} is killed`);
      world.leave(owner);
      // What was sent may still come there; nobody hears of it.
      scheduler.drop(owner, (kind) => kind !== 'store' || random.next() < 0.5);
    },
  };
}
