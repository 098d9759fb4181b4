import { headAt, isLast } from '../sessions/session-cursor.js';
import type { AgentWithPages, MessagePage, Position } from '../sessions/session-store.js';
import type { FollowDeps, Patiently } from './follow.js';
import type { EventParts, LiveEvent, LiveEvents } from './live-events.js';
import type { SessionReach } from './session-reach.js';
import type { SessionReplies } from './session-replies.js';
import { type SessionScope, wants } from './session-scope.js';
import type { SessionStanding } from './session-standing.js';

/** Where an agent stands: nothing of its last message but what it is. */
const LAST_MESSAGE = { windows: [{ last: 1 }], parts: [], messageParts: [] };
/** Messages loaded ahead of the reader while it catches up, where they are small. */
export const LOAD_AHEAD = 80;

/** What a follower is told from the data, where no change, or none that is left, tells of it. */
export interface SessionData {
  /** The messages that the follower has not seen: agent by agent, in order, at the reader's pace. */
  missing(agentIds: readonly string[]): LiveEvents;
  /** Those of all agents that the follower wants. */
  missingOfAll(): LiveEvents;
  /** Together where no message was changed since `revision`, when they were loaded; else one by one, each as it is then. */
  asTheyAre(events: readonly LiveEvent[], revision: number): LiveEvents;
  /** Reads the current state of the session as seen: nothing of it will be told as new. Whether there is one. */
  catchUpSilently(): Promise<boolean>;
  /** The history is gone: says so, then gives the missing messages. `until` was read before. True where the session is gone, too. */
  reload(until: Position): AsyncGenerator<readonly LiveEvent[], boolean>;
  /** The session was removed: nothing is known of it any more. */
  deleted(): LiveEvent;
  /**
   * Whether what is read now may be told for a change that comes at this position or after it; absent: for all that comes next. It may be
   * read long after it was asked for, at the reader's pace.
   */
  mayTell(position?: Position): Promise<boolean>;
  /** An agent's messages are no longer those that were told. `known`: the position up to which its changes are covered by this reading. */
  rewritten(agentId: string, known: Position): LiveEvents;
  /**
   * A message was added where the reader has seen one. Mostly that one, which was read before its change came by. What was read and then
   * lost with the server that alone had it has made room for another: then as `rewritten`.
   */
  addedAgain(agentId: string, change: { index: number; position: Position }): LiveEvents;
  /** Up to where that has covered the agent's changes; empty where it never was. */
  coveredOf(agentId: string): Position;
}

interface SessionDataParts {
  deps: Pick<FollowDeps, 'hub' | 'loads'>;
  scope: SessionScope;
  parts: EventParts;
  at: SessionStanding;
  reach: SessionReach;
  replies: SessionReplies;
  read: Patiently;
  signal: AbortSignal;
}

export function createSessionData(given: SessionDataParts): SessionData {
  const { deps, scope, parts, at, reach, replies, read, signal } = given;
  const { hub, loads } = deps;
  const { progress, event } = at;
  const { sessionId } = scope;
  const covered = new Map<string, Position>();
  /** How many messages of an agent the reader had seen when its last one was looked at again. */
  const checked = new Map<string, number>();

  const mayTell: SessionData['mayTell'] = async (position = progress.position) =>
    progress.createdAt === null || !reach.isDoubtful(position) || reach.still(progress.createdAt);

  async function* asTheyAre(events: readonly LiveEvent[], revision: number): LiveEvents {
    if (hub.revision() === revision) {
      if (events.length > 0) yield events;
      return;
    }
    if (!(await mayTell())) return;
    for (const event of events) {
      const current = await read(() => loads.refreshed(event));
      if (current) yield [current];
    }
  }

  async function* missing(agentIds: readonly string[]): LiveEvents {
    if (reach.limited && agentIds.length > 0) await reach.check();
    for (const agentId of agentIds) {
      for (let more = true; more && !signal.aborted; ) {
        if (!(await mayTell())) return;
        const revision = hub.revision();
        const page = await read(() => nextPage(agentId));
        if (page) await replies.learn(page.messages);
        const told: LiveEvent[] = [];
        for (const message of page?.messages ?? []) told.push(...(await replies.added(message)));
        yield* asTheyAre(told, revision);
        more = page?.hasNext === true && page.messages.length > 0;
      }
    }
  }

  /** As many of the messages that come next as are small together, at least one. */
  async function nextPage(agentId: string): Promise<MessagePage | undefined> {
    const after = at.headOf(agentId).count - 1;
    const asked = (first: number) => ({
      sessionId,
      among: [agentId],
      windows: [{ first, after }],
      parts: [],
      messageParts: parts.message,
    });
    for (let first = LOAD_AHEAD; first > 1; first = Math.floor(first / 4)) {
      const found = await loads.agentsIfSmall(asked(first));
      if (found) return found[0]?.pages[0];
    }
    return (await loads.agents(asked(1)))[0]?.pages[0];
  }

  async function* missingOfAll(): LiveEvents {
    const agents = await read(() => loads.agents({ sessionId, among: 'all', windows: [], parts: [] }));
    yield* missing(agents.map(({ agent }) => agent.agentId).filter((agentId) => wants(scope, agentId)));
  }

  /** Where the agent stands; undefined: it is gone. */
  async function standsAt(agentId: string): Promise<AgentWithPages | undefined> {
    const [found] = await read(() => loads.agents({ sessionId, among: [agentId], ...LAST_MESSAGE }));
    return found;
  }

  async function* tellRewritten(
    agentId: string,
    known: Position,
    found: AgentWithPages | undefined,
  ): LiveEvents {
    covered.set(agentId, known);
    const last = found?.pages[0]?.messages.at(-1);
    if (last) progress.heads.set(agentId, headAt(last));
    else progress.heads.delete(agentId);
    replies.forget(agentId);
    yield [at.resync('AGENT_REWRITTEN', agentId)];
    yield* replies.now(true);
  }

  function deleted(): LiveEvent {
    progress.createdAt = null;
    progress.heads.clear();
    replies.forget(null);
    return event({ type: 'SessionDeleted', sessionId });
  }

  return {
    missing,
    missingOfAll,
    deleted,
    mayTell,
    asTheyAre,
    async catchUpSilently() {
      const among = scope.agentId === null ? ('all' as const) : [scope.agentId];
      const session = await reach.visible();
      const agents = session ? await loads.agents({ sessionId, among, ...LAST_MESSAGE }) : [];
      progress.createdAt = session?.createdAt?.getTime() ?? null;
      progress.heads = new Map();
      for (const { agent, pages } of agents) {
        const last = pages[0]?.messages.at(-1);
        if (last) progress.heads.set(agent.agentId, headAt(last));
      }
      return session !== null;
    },
    async *reload(until) {
      const { createdAt } = progress;
      yield [at.resync('HISTORY_GONE')];
      const session = await reach.visible(createdAt === null ? parts.session : []);
      if (!session) {
        if (reach.limited && createdAt !== null) await reach.check();
        progress.position = until;
        if (createdAt !== null) yield [deleted()];
        return createdAt !== null;
      }
      const now = session.createdAt?.getTime() ?? null;
      progress.createdAt = now;
      if (createdAt === null) yield [event({ type: 'SessionCreated', session })];
      else if (createdAt !== now) {
        progress.heads.clear();
        replies.forget(null);
        yield [at.resync('SESSION_RECREATED')];
      }
      yield* missingOfAll();
      yield* replies.now(true);
      // Only now: a cursor given before this point must find the history gone again.
      progress.position = until;
      return false;
    },
    async *rewritten(agentId, known) {
      const found = await standsAt(agentId);
      // Of one that is gone with its session a later change tells.
      if (!found && !(await reach.visible())) return;
      yield* tellRewritten(agentId, known, found);
    },
    async *addedAgain(agentId, { index, position }) {
      const head = at.headOf(agentId);
      const { count } = head;
      // Once for all that was read ahead of its changes, and at the last of them, where no earlier one has told.
      if (index < count - 1 && checked.get(agentId) === count) return;
      checked.set(agentId, count);
      const message = await read(() => loads.message({ sessionId, agentId, position: count - 1 }, []));
      if (isLast(head, message)) return;
      // Of one that is gone a later change tells.
      const found = await standsAt(agentId);
      if (found) yield* tellRewritten(agentId, position, found);
    },
    coveredOf: (agentId) => covered.get(agentId) ?? '',
  };
}
