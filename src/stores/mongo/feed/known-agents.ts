/** What the feed knows of one agent's messages from the events it has read. */
export interface KnownMessages {
  length: number;
  /** The last one's storage id, or its number and date; null where there is neither, or no message. */
  lastIdentity: string | null;
}

/**
 * Remembers the agents of the sessions that were written lately, so that an event which names an array whole can be
 * told apart: first messages, new ones at the end, or a list written anew.
 */
export interface KnownAgents {
  /** `undefined`: nothing is known. `null`: the session has no such agent. */
  of(sessionId: string, agentId: string): KnownMessages | null | undefined;
  /** The agents that are known of a session. */
  idsOf(sessionId: string): string[];
  set(sessionId: string, agentId: string, known: KnownMessages | null): void;
  /** From here on every agent of the session is known: it was inserted or written whole. */
  begin(sessionId: string): void;
  forget(sessionId: string): void;
}

interface KnownSession {
  agents: Map<string, KnownMessages | null>;
  complete: boolean;
}

/** Sessions that are remembered, and what their agents weigh together: a character of an id one, and beside that each as much as this. */
const SESSIONS = 20_000;
const MAX_WEIGHT = 16 * 1024 * 1024;
const AGENT_WEIGHT = 100;

export function createKnownAgents(limit = SESSIONS, maxWeight = MAX_WEIGHT): KnownAgents {
  // Oldest first: a session moves to the end when it is written.
  const sessions = new Map<string, KnownSession>();
  let weight = 0;

  function forget(sessionId: string): void {
    for (const agentId of sessions.get(sessionId)?.agents.keys() ?? []) weight -= weightOf(agentId);
    sessions.delete(sessionId);
  }

  function makeRoom(): void {
    while (sessions.size > limit || (weight > maxWeight && sessions.size > 1)) {
      const [oldest] = sessions.keys();
      forget(oldest as string);
    }
  }

  return {
    of(sessionId, agentId) {
      const session = sessions.get(sessionId);
      const known = session?.agents.get(agentId);
      return known === undefined && session?.complete ? null : known;
    },
    idsOf: (sessionId) =>
      [...(sessions.get(sessionId)?.agents ?? [])].flatMap(([id, known]) => (known ? [id] : [])),
    set(sessionId, agentId, known) {
      const session = sessions.get(sessionId) ?? { agents: new Map(), complete: false };
      sessions.delete(sessionId);
      sessions.set(sessionId, session);
      if (!session.agents.has(agentId)) weight += weightOf(agentId);
      session.agents.set(agentId, known);
      makeRoom();
    },
    begin(sessionId) {
      forget(sessionId);
      sessions.set(sessionId, { agents: new Map(), complete: true });
      makeRoom();
    },
    forget,
  };
}

const weightOf = (agentId: string): number => agentId.length + AGENT_WEIGHT;

/** Carries what a feed knew over to the one that goes on from where it ended. */
export interface FeedMemory {
  /** What was known at this position; nothing where no feed ended there. Given once: two feeds never share it. */
  take(position: string): KnownAgents;
  keep(position: string, known: KnownAgents): void;
}

export function createFeedMemory(): FeedMemory {
  let kept: { position: string; known: KnownAgents } | null = null;
  return {
    take(position) {
      const known = kept?.position === position ? kept.known : createKnownAgents();
      if (kept?.position === position) kept = null;
      return known;
    },
    keep(position, known) {
      kept = { position, known };
    },
  };
}
