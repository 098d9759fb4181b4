import type { Message, Session } from '../sessions/model.js';
import type { SessionProgress } from '../sessions/session-cursor.js';
import type { Change } from '../sessions/session-store.js';
import { type FollowDeps, type Patiently, patiently } from './follow.js';
import { EVERY_PART, type LiveEvent, type LiveEvents } from './live-events.js';
import { loadAhead } from './load-ahead.js';
import { createReplyFollower } from './reply-follower.js';
import { createSessionData, LOAD_AHEAD, type SessionData } from './session-data.js';
import { createSessionReach, type SessionReach } from './session-reach.js';
import { createSessionReplies, type SessionReplies } from './session-replies.js';
import { type SessionScope, wants } from './session-scope.js';
import { createSessionStanding, type SessionStanding } from './session-standing.js';

/** One follower of a session, and where its reader stands. */
export interface SessionFollower {
  readonly at: SessionStanding;
  readonly reach: SessionReach;
  readonly data: SessionData;
  readonly replies: SessionReplies;
  /** The events of changes, in their order; those together whose messages were loaded together. */
  events(changes: readonly Change[]): LiveEvents;
}

/**
 * Turns changes into events for one follower, and keeps what it has seen: a message comes once, in its agent's order,
 * whatever is repeated below. `events` yields nothing for what the follower has seen or did not ask for.
 */
export function createSessionFollower(
  deps: FollowDeps,
  scope: SessionScope,
  progress: SessionProgress,
  signal: AbortSignal,
): SessionFollower {
  const { hub, loads } = deps;
  const { sessionId } = scope;
  const parts = scope.parts ?? EVERY_PART;
  const read: Patiently = (load) => patiently(deps, signal, load);
  const follower = scope.replies ? createReplyFollower(deps.replies, scope, progress.replies) : null;
  // A cursor may come from where they were asked for.
  if (!follower) progress.replies.clear();
  const at = createSessionStanding(deps, scope, progress, follower);
  const reach = createSessionReach(deps, scope, read);
  const replies = createSessionReplies({
    open: deps.replies.open,
    follower,
    at,
    reach,
    read,
    isWanted: (agentId) => wants(scope, agentId),
  });
  const data = createSessionData({ deps, scope, parts, at, reach, replies, read, signal });
  const { event, headOf } = at;

  const loadMessage = ({ agentId, index }: { agentId: string; index: number }) =>
    read(() => loads.message({ sessionId, agentId, position: index }, parts.message));
  const loadSession = () => read(() => loads.session(sessionId, parts.session));

  /** Whether the follower may be told of the change. Tells itself of a session that has come within its reach. */
  async function* admitted(change: Change): AsyncGenerator<readonly LiveEvent[], boolean> {
    const known = progress.createdAt !== null;
    if (!['session-created', 'metadata-changed', 'session-changed'].includes(change.kind)) return known;
    const session = await reach.visible(known ? [] : parts.session);
    if (session && (known || change.kind === 'session-created')) return true;
    if (!session) {
      if (known) await reach.check();
      return known;
    }
    yield [cameToBe(session)];
    yield* data.missingOfAll();
    yield* replies.now();
    return false;
  }

  function cameToBe(session: Session): LiveEvent {
    progress.createdAt = session.createdAt?.getTime() ?? null;
    return event({ type: 'SessionCreated', session });
  }

  /** A message that comes next and is at hand, where nothing else has to be looked at: most are, and there are thousands. */
  function addedNext(change: Change, message: Message): LiveEvent | null {
    if (change.kind !== 'message-added' || follower || change.position <= progress.position) return null;
    if (progress.createdAt === null || ofEarlierSession(change, progress.createdAt)) return null;
    if (!wants(scope, change.agentId) || change.index !== headOf(change.agentId).count) return null;
    progress.position = change.position;
    return at.told(message);
  }

  async function* messageAdded(
    change: Change & { kind: 'message-added' },
    ahead: Message | null | undefined,
  ): LiveEvents {
    if (!wants(scope, change.agentId)) return;
    if (change.index < headOf(change.agentId).count) {
      yield* data.addedAgain(change.agentId, change);
      return;
    }
    if (change.index > headOf(change.agentId).count) {
      yield* data.missing([change.agentId]);
      return;
    }
    const message = ahead === undefined ? await loadMessage(change) : ahead;
    if (message) yield await replies.added(message);
  }

  async function* created(createdAt: number | null): LiveEvents {
    if (createdAt !== null && createdAt === progress.createdAt) return;
    const known = progress.createdAt !== null;
    progress.createdAt = createdAt;
    if (known) {
      progress.heads.clear();
      replies.forget(null);
      yield [at.resync('SESSION_RECREATED')];
    } else {
      const session = await loadSession();
      // It may have been made again since: it is that one which is shown, and of which is told from now on.
      if (session?.createdAt) progress.createdAt = session.createdAt.getTime();
      if (session) yield [event({ type: 'SessionCreated', session })];
    }
    yield* replies.now(known);
  }

  async function* sessionWide(type: 'MetadataChanged' | 'SessionChanged'): LiveEvents {
    // One reading shows it and is judged: between two it may be given to somebody else.
    const session = reach.limited ? await reach.visible(parts.session) : await loadSession();
    if (!session && reach.limited) await reach.check();
    if (session) yield [event({ type, session })];
  }

  /** `ahead`: its message, where that was loaded already. */
  async function* apply(change: Change, ahead?: Message | null): LiveEvents {
    if (change.position <= progress.position || ofEarlierSession(change, progress.createdAt)) return;
    progress.position = change.position;
    if (reach.limited && !(yield* admitted(change))) return;
    if (ahead === undefined && READ_ALONE.has(change.kind) && !(await data.mayTell(change.position))) return;
    switch (change.kind) {
      case 'session-created':
        yield* created(change.sessionCreatedAt);
        return;
      case 'session-deleted':
        yield [data.deleted()];
        return;
      case 'message-added':
        yield* messageAdded(change, ahead);
        return;
      case 'message-updated': {
        // One that is not told yet will be loaded as it is then.
        if (!wants(scope, change.agentId) || change.index >= headOf(change.agentId).count) return;
        const message = ahead === undefined ? await loadMessage(change) : ahead;
        if (message) yield [event({ type: 'MessageUpdated', agentId: change.agentId, message })];
        return;
      }
      case 'agent-rewritten':
        if (!wants(scope, change.agentId) || change.position <= data.coveredOf(change.agentId)) return;
        yield* data.rewritten(change.agentId, change.position);
        return;
    }
    if (scope.only === 'messages') return;
    switch (change.kind) {
      case 'agent-updated': {
        const asked = { sessionId, among: [change.agentId], windows: [], parts: parts.agent };
        const [agent] = await read(() => loads.agents(asked));
        if (agent) yield [event({ type: 'AgentUpdated', agent })];
        return;
      }
      case 'feedback-added': {
        const feedback = await read(() => loads.feedback({ sessionId, index: change.index }));
        if (feedback) yield [event({ type: 'FeedbackAdded', sessionId, feedback })];
        return;
      }
      case 'metadata-changed':
        yield* sessionWide('MetadataChanged');
        return;
      case 'session-changed':
        yield* sessionWide('SessionChanged');
        return;
    }
  }

  const isWanted = (change: Change & { agentId: string; index: number }) =>
    wants(scope, change.agentId) &&
    (change.kind !== 'message-added' || change.index >= headOf(change.agentId).count);

  const leavesGap = (change: Change) =>
    change.kind === 'message-added' && change.index > headOf(change.agentId).count;

  async function* events(changes: readonly Change[]): LiveEvents {
    for (let start = 0; start < changes.length; start += LOAD_AHEAD) {
      const revision = hub.revision();
      const some = changes.slice(start, start + LOAD_AHEAD);
      if (follower) await replies.learn(some.flatMap(addedAt));
      const may = await data.mayTell();
      const wanted = may ? isWanted : () => false;
      const loaded = await loadAhead(loads, { sessionId, parts: parts.message }, some, wanted);
      let ready: LiveEvent[] = [];
      for (const [index, change] of some.entries()) {
        const message = loaded[index];
        const next = message && hub.revision() === revision ? addedNext(change, message) : null;
        if (next) {
          ready.push(next);
        } else if (message === undefined || hub.revision() !== revision || leavesGap(change)) {
          yield* data.asTheyAre(ready, revision);
          ready = [];
          yield* apply(change);
        } else {
          for await (const told of apply(change, message)) ready.push(...told);
        }
      }
      yield* data.asTheyAre(ready, revision);
    }
  }

  return { at, reach, data, replies, events };
}

const addedAt = (change: Change) =>
  change.kind === 'message-added' ? [{ agentId: change.agentId, position: change.index }] : [];

/** Changes of which is told what the data say, in a reading of their own. */
const READ_ALONE: ReadonlySet<Change['kind']> = new Set<Change['kind']>([
  'message-added',
  'message-updated',
  'agent-updated',
  'feedback-added',
]);

/** A change of the session that had this id before. */
function ofEarlierSession(change: Change, createdAt: number | null): boolean {
  return change.sessionCreatedAt !== null && createdAt !== null && change.sessionCreatedAt < createdAt;
}
