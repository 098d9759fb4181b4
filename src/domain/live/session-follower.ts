import type { Reach } from '../access/policy.js';
import { allowsId, isLimited, reaches, withReachParts } from '../access/reach.js';
import { ParleyError } from '../errors.js';
import type { Message, Session } from '../sessions/model.js';
import {
  type Head,
  headAt,
  progressFromJson,
  progressToJson,
  type SessionProgress,
} from '../sessions/session-cursor.js';
import type { Change, MessagePage, Position, SessionPart } from '../sessions/session-store.js';
import { type FollowDeps, invalidScope, patiently, type Standing } from './follow.js';
import {
  EVERY_PART,
  type EventParts,
  type LiveEvent,
  type LiveEventBody,
  type ResyncReason,
} from './live-events.js';

export interface SessionScope {
  sessionId: string;
  /** Only this agent's messages; null: all agents'. */
  agentId: string | null;
  /** `messages` leaves out what is not about a message or the session's own life. */
  only: 'messages' | 'everything';
  /** What of a message, a session and an agent its events show; absent: all. */
  parts?: EventParts;
  /** The sessions that the follower may see: one beyond it is as one that does not exist. */
  reach: Reach;
}

/** The kind of cursor that a follower of a session seals. */
export const SESSION_CURSOR = 'session-feed';

export const scopeToJson = (scope: SessionScope) => [scope.only, scope.sessionId, scope.agentId];

const NOTHING: Head = { count: 0, last: '' };
/** Where an agent stands: nothing of its last message but what it is. */
const LAST_MESSAGE = { windows: [{ last: 1 }], parts: [], messageParts: [] };
/** Messages loaded ahead of the reader while it catches up, where they are small. */
const LOAD_AHEAD = 50;

/**
 * Turns changes into events for one follower, and keeps what it has seen: a message comes once, in its agent's order,
 * whatever is repeated below. `events` yields nothing for what the follower has seen or did not ask for.
 */
export function createSessionFollower(
  deps: FollowDeps,
  scope: SessionScope,
  progress: SessionProgress,
  signal: AbortSignal,
) {
  const { hub, loads, cursors } = deps;
  const { sessionId, reach } = scope;
  const limited = isLimited(reach);
  const parts = scope.parts ?? EVERY_PART;
  /** Of a session that is looked at and not shown. */
  const bare = withReachParts(reach, []);
  const read = <T>(load: () => Promise<T>) => patiently(deps, signal, load);
  const sealed = (reached: SessionProgress) =>
    cursors.seal(SESSION_CURSOR, progressToJson(scopeToJson(scope), reached));
  const cursor = () => sealed(progress);
  const event = (body: LiveEventBody): LiveEvent => ({
    ...body,
    cursor: cursor(),
    position: progress.position,
  });
  const resync = (reason: ResyncReason, agentId: string | null = null) => {
    const count = agentId === null ? 0 : headOf(agentId).count;
    return event({ type: 'Resync', reason, agentId, count });
  };
  const resynced = new Map<string, Position>();
  const wants = (agentId: string) => scope.agentId === null || scope.agentId === agentId;
  const headOf = (agentId: string) => progress.heads.get(agentId) ?? NOTHING;

  const standing: Standing = {
    get position() {
      return progress.position;
    },
    get knowsSession() {
      return progress.createdAt !== null;
    },
    get heads() {
      return progress.heads;
    },
    cursor,
    ownCursor(cursor, agentIds) {
      const shared = progressFromJson(scopeToJson(scope), cursors.open(SESSION_CURSOR, cursor));
      if (!shared) throw invalidScope();
      for (const agentId of agentIds) shared.heads.set(agentId, headOf(agentId));
      const position = shared.position < progress.position ? progress.position : shared.position;
      return sealed({ ...shared, position, createdAt: shared.createdAt ?? progress.createdAt });
    },
  };

  /** Null also where it is beyond the follower's reach. */
  async function visibleSession(shown: readonly SessionPart[] = []): Promise<Session | null> {
    const needed = withReachParts(reach, shown);
    const session = allowsId(reach, sessionId) ? await read(() => loads.session(sessionId, needed)) : null;
    return session && reaches(reach, session) ? session : null;
  }

  /** Before anything is read ahead of the changes that may have taken the right to see it. */
  async function checkReach(): Promise<void> {
    const session = await read(() => loads.session(sessionId, bare));
    if (session && !reaches(reach, session)) throw outOfReach();
  }

  /** Whether the follower may be told of the change. Tells itself of a session that has come within its reach. */
  async function* admitted(change: Change): AsyncGenerator<LiveEvent, boolean> {
    const known = progress.createdAt !== null;
    if (!['session-created', 'metadata-changed', 'session-changed'].includes(change.kind)) return known;
    const session = await visibleSession(known ? [] : parts.session);
    if (session && (known || change.kind === 'session-created')) return true;
    if (!session) {
      if (known) await checkReach();
      return known;
    }
    progress.createdAt = session.createdAt?.getTime() ?? null;
    yield event({ type: 'SessionCreated', session });
    const agents = await read(() => loads.agents({ sessionId, among: 'all', windows: [], parts: [] }));
    yield* missing(agents.map(({ agent }) => agent.agentId).filter(wants));
    return false;
  }

  const loadMessage = (agentId: string, position: number) =>
    loads.message({ sessionId, agentId, position }, parts.message);

  function added(message: Message): LiveEvent {
    progress.heads.set(message.agentId, headAt(message));
    return event({ type: 'MessageAdded', agentId: message.agentId, message });
  }

  /** The messages that the follower has not seen, from the data: agent by agent, in order, at the reader's pace. */
  async function* missing(agentIds: readonly string[]): AsyncGenerator<LiveEvent> {
    if (limited && agentIds.length > 0) await checkReach();
    for (const agentId of agentIds) {
      for (let more = true; more && !signal.aborted; ) {
        const revision = hub.revision();
        const page = await read(() => nextPage(agentId));
        for (const message of page?.messages ?? []) {
          const current =
            hub.revision() === revision ? message : await read(() => loadMessage(agentId, message.position));
          if (current) yield added(current);
        }
        more = page?.hasNext === true && page.messages.length > 0;
      }
    }
  }

  /** As many of the messages that come next as are small together, at least one. */
  async function nextPage(agentId: string): Promise<MessagePage | undefined> {
    const after = headOf(agentId).count - 1;
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

  /** Reads the current state of the session as seen: nothing of it will be told as new. */
  async function catchUpSilently(): Promise<boolean> {
    const among = scope.agentId === null ? ('all' as const) : [scope.agentId];
    const session = await visibleSession();
    const agents = session ? await loads.agents({ sessionId, among, ...LAST_MESSAGE }) : [];
    progress.createdAt = session?.createdAt?.getTime() ?? null;
    progress.heads = new Map();
    for (const { agent, pages } of agents) {
      const last = pages[0]?.messages.at(-1);
      if (last) progress.heads.set(agent.agentId, headAt(last));
    }
    return session !== null;
  }

  /** The history is gone: says so, then gives the missing messages from the data. `until` was read before. */
  async function* reload(until: Position): AsyncGenerator<LiveEvent> {
    yield resync('HISTORY_GONE');
    const session = await visibleSession(progress.createdAt === null ? parts.session : []);
    if (limited && !session) {
      if (progress.createdAt !== null) await checkReach();
      progress.position = until;
      return;
    }
    if (session && progress.createdAt === null) {
      progress.createdAt = session.createdAt?.getTime() ?? null;
      yield event({ type: 'SessionCreated', session });
    }
    const agents = await read(() => loads.agents({ sessionId, among: 'all', windows: [], parts: [] }));
    yield* missing(agents.map(({ agent }) => agent.agentId).filter(wants));
    // Only now: a cursor given before this point must find the history gone again.
    progress.position = until;
  }

  /** `known`: the position up to which its changes are covered by this reading. */
  async function* rewritten(agentId: string, known: Position): AsyncGenerator<LiveEvent> {
    resynced.set(agentId, known);
    const [found] = await read(() => loads.agents({ sessionId, among: [agentId], ...LAST_MESSAGE }));
    const last = found?.pages[0]?.messages.at(-1);
    if (last) progress.heads.set(agentId, headAt(last));
    else progress.heads.delete(agentId);
    yield resync('AGENT_REWRITTEN', agentId);
  }

  async function* messageAdded(
    change: Change & { kind: 'message-added' },
    load: () => Promise<Message | null>,
  ) {
    if (!wants(change.agentId) || change.index < headOf(change.agentId).count) return;
    if (change.index > headOf(change.agentId).count) {
      yield* missing([change.agentId]);
      return;
    }
    const message = await load();
    if (message) yield added(message);
  }

  async function* created(createdAt: number | null): AsyncGenerator<LiveEvent> {
    if (createdAt !== null && createdAt === progress.createdAt) return;
    const known = progress.createdAt !== null;
    progress.createdAt = createdAt;
    if (known) {
      progress.heads.clear();
      yield resync('SESSION_RECREATED');
      return;
    }
    const session = await read(() => loads.session(sessionId, parts.session));
    if (session) yield event({ type: 'SessionCreated', session });
  }

  async function* sessionWide(kind: 'MetadataChanged' | 'SessionChanged'): AsyncGenerator<LiveEvent> {
    const session = await read(() => loads.session(sessionId, parts.session));
    if (session) yield event({ type: kind, session });
  }

  async function* apply(change: Change, load: () => Promise<Message | null>): AsyncGenerator<LiveEvent> {
    if (change.position <= progress.position || ofEarlierSession(change, progress.createdAt)) return;
    progress.position = change.position;
    if (limited && !(yield* admitted(change))) return;
    switch (change.kind) {
      case 'session-created':
        yield* created(change.sessionCreatedAt);
        return;
      case 'session-deleted':
        progress.createdAt = null;
        progress.heads.clear();
        yield event({ type: 'SessionDeleted', sessionId });
        return;
      case 'message-added':
        yield* messageAdded(change, load);
        return;
      case 'message-updated': {
        // One that is not told yet will be loaded as it is then.
        if (!wants(change.agentId) || change.index >= headOf(change.agentId).count) return;
        const message = await load();
        if (message) yield event({ type: 'MessageUpdated', agentId: change.agentId, message });
        return;
      }
      case 'agent-rewritten':
        if (!wants(change.agentId) || change.position <= (resynced.get(change.agentId) ?? '')) return;
        yield* rewritten(change.agentId, change.position);
        return;
    }
    if (scope.only === 'messages') return;
    switch (change.kind) {
      case 'agent-updated': {
        const asked = { sessionId, among: [change.agentId], windows: [], parts: parts.agent };
        const [agent] = await read(() => loads.agents(asked));
        if (agent) yield event({ type: 'AgentUpdated', agent });
        return;
      }
      case 'feedback-added': {
        const feedback = await read(() => loads.feedback({ sessionId, index: change.index }));
        if (feedback) yield event({ type: 'FeedbackAdded', feedback });
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

  /** Loads the message of a change now, and once more when it is taken after any message was changed meanwhile. */
  function loadAhead(change: Change): () => Promise<Message | null> {
    if (change.kind !== 'message-added' && change.kind !== 'message-updated') return async () => null;
    const { agentId, index } = change;
    const load = () => read(() => loadMessage(agentId, index));
    if (!wants(agentId) || (change.kind === 'message-added' && index < headOf(agentId).count)) return load;
    const revision = hub.revision();
    const ahead = loads.messageAhead({ sessionId, agentId, position: index }, parts.message);
    // Nobody takes it where the follower ends first.
    ahead.catch(() => {});
    return async () => {
      const loaded = hub.revision() === revision ? await ahead.catch(() => undefined) : undefined;
      return loaded === undefined || hub.revision() !== revision ? load() : loaded;
    };
  }

  /** The events of changes, in their order. */
  async function* events(changes: readonly Change[]): AsyncGenerator<LiveEvent> {
    for (let start = 0; start < changes.length; start += LOAD_AHEAD) {
      const some = changes.slice(start, start + LOAD_AHEAD);
      const loading = some.map(loadAhead);
      for (const [index, change] of some.entries()) {
        yield* apply(change, loading[index] as () => Promise<Message | null>);
      }
    }
  }

  return {
    cursor,
    event,
    events,
    missing,
    reload,
    rewritten,
    resync,
    standing,
    catchUpSilently,
    visibleSession,
    progress,
  };
}

const outOfReach = () =>
  new ParleyError('FORBIDDEN', 'The session is no longer within what this credential may see.');

/** A change of the session that had this id before. */
function ofEarlierSession(change: Change, createdAt: number | null): boolean {
  return change.sessionCreatedAt !== null && createdAt !== null && change.sessionCreatedAt < createdAt;
}
