import { marksOf } from '../../../src/domain/sessions/marks.js';
import type { Agent, Message, Session, Usage } from '../../../src/domain/sessions/model.js';
import type {
  AgentMarks,
  AgentsRequest,
  AgentWithPages,
  MarksRequest,
  MessageKey,
  MessagePage,
  MessageWindow,
  Remains,
  SessionFilter,
  SessionKey,
  SessionPage,
  SessionQuery,
  UsageRequest,
} from '../../../src/domain/sessions/session-store.js';
import { addUsage, emptyUsage, exactTotals } from '../../../src/domain/sessions/usage.js';
import { compareCodePoints } from '../contract/code-points.js';
import { matches } from '../contract/filter-model.js';
import { costsOf } from './costs.js';
import type { Database, StoredAgent, StoredSession } from './database.js';

export function findMessage(messages: readonly Message[], key: MessageKey): Message | undefined {
  if ('storageId' in key) return messages.find(({ storageId }) => storageId === key.storageId);
  if ('position' in key) return messages[key.position];
  if ('clientId' in key) return messages.find(({ clientId }) => clientId === key.clientId);
  return messages.find(({ messageId }) => messageId === key.messageId);
}

export function viewSession({ session, agents }: StoredSession): Session {
  const messages = [...agents.values()].flatMap((agent) => agent.messages);
  return { ...session, messageCount: messages.length };
}

const viewAgent = ({ agent, messages }: StoredAgent): Agent => ({
  ...agent,
  messageCount: messages.length,
});

function pageOf(messages: readonly Message[], window: MessageWindow): MessagePage {
  const { first, last, after, before, runs } = window;
  if (runs) {
    const inRuns = ({ position }: Message) => runs.some(({ from, to }) => from <= position && position <= to);
    return { messages: messages.filter(inRuns), hasPrevious: false, hasNext: false };
  }
  const from = Math.min(messages.length, Math.max(0, (after ?? -1) + 1));
  const to = Math.min(messages.length, before ?? messages.length);
  const start = first === undefined && last !== undefined ? Math.max(from, to - last) : from;
  const end = Math.max(start, first === undefined ? to : Math.min(to, start + first));
  return { messages: messages.slice(start, end), hasPrevious: start > 0, hasNext: end < messages.length };
}

export function loadAgents(database: Database, requests: readonly AgentsRequest[]): AgentWithPages[][] {
  return requests.map(({ sessionId, among, windows }) => {
    const agents = database.sessions.get(sessionId)?.agents ?? new Map<string, StoredAgent>();
    return (among === 'all' ? [...agents.keys()] : among).flatMap((agentId) => {
      const stored = agents.get(agentId);
      if (!stored) return [];
      return [{ agent: viewAgent(stored), pages: windows.map((window) => pageOf(stored.messages, window)) }];
    });
  });
}

export function loadSuperseding(database: Database, requests: readonly MarksRequest[]): AgentMarks[][] {
  return requests.map(({ sessionId, among }) => {
    const agents = database.sessions.get(sessionId)?.agents ?? new Map<string, StoredAgent>();
    return (among === 'all' ? [...agents.keys()] : among).flatMap((agentId) => {
      const stored = agents.get(agentId);
      return stored ? [{ agentId, messageCount: stored.messages.length, marks: marksOf(stored.marks) }] : [];
    });
  });
}

export function remainsOf({ sessions, snapshots }: Database, sessionIds: readonly string[]): Remains[] {
  const ofThem = [...snapshots.keys()].filter((key) => sessionIds.some((id) => isSnapshotOf(key, id)));
  return [
    { place: 'sessions', left: sessionIds.filter((id) => sessions.has(id)).length },
    { place: 'snapshots', left: ofThem.length },
  ];
}

export function isSnapshotOf(key: string, sessionId: string): boolean {
  const [kind = '', owner, scopes] = key.split('/');
  const isItsOwn = owner === sessionId.replaceAll('%', '%25').replaceAll('/', '%2F');
  return ['session', 'context'].includes(kind) && isItsOwn && scopes === 'scopes';
}

export function loadUsage(database: Database, requests: readonly UsageRequest[]): (Usage | null)[] {
  return requests.map(({ sessionId, agentId, position }) => {
    const agents = database.sessions.get(sessionId)?.agents;
    if (!agents) return null;
    if (agentId === undefined) {
      const totals = [...agents.values()].map(({ messages }) => costsOf(messages).total);
      return exactTotals(totals.reduce(addUsage, emptyUsage()));
    }
    const agent = agents.get(agentId);
    if (!agent) return null;
    const { costs, total } = costsOf(agent.messages);
    return position === undefined ? exactTotals(total) : (costs[position] ?? null);
  });
}

function leaves(stored: StoredSession, filter: SessionFilter): boolean {
  const { session, agents } = stored;
  const inRange = (date: Date | null, range: SessionFilter['createdAt']) =>
    range === undefined ||
    (date !== null &&
      (range.gte === undefined || date >= range.gte) &&
      (range.gt === undefined || date > range.gt) &&
      (range.lte === undefined || date <= range.lte) &&
      (range.lt === undefined || date < range.lt));
  const { sessionIds, applicationName, sessionType, agentIds, feedbackRating } = filter;
  return (
    (sessionIds === undefined || sessionIds.includes(session.sessionId)) &&
    (filter.sessionIdPrefix === undefined || session.sessionId.startsWith(filter.sessionIdPrefix)) &&
    (applicationName === undefined || applicationName === session.applicationName) &&
    (sessionType === undefined || sessionType === session.sessionType) &&
    inRange(session.createdAt, filter.createdAt) &&
    inRange(session.updatedAt, filter.updatedAt) &&
    (agentIds === undefined || agentIds.some((agentId) => agents.has(agentId))) &&
    (feedbackRating === undefined || session.feedback.some(({ rating }) => rating === feedbackRating)) &&
    matches(session.metadata, { metadata: filter.metadata ?? [] }) &&
    (filter.and ?? []).every((inner) => leaves(stored, inner)) &&
    (filter.or === undefined || filter.or.some((inner) => leaves(stored, inner))) &&
    (filter.not === undefined || !leaves(stored, filter.not))
  );
}

export const filtered = (
  database: Database,
  filter: SessionFilter,
  within: SessionFilter = {},
): StoredSession[] =>
  [...database.sessions.values()].filter((stored) => leaves(stored, within) && leaves(stored, filter));

export function findSessions(database: Database, query: SessionQuery): SessionPage {
  const { filter, within, orderBy, limit, backward, after, before } = query;
  const sign = orderBy.direction === 'asc' ? 1 : -1;
  const keyOf = ({ session }: StoredSession): SessionKey => ({
    value: session[orderBy.field]?.getTime() ?? null,
    sessionId: session.sessionId,
  });
  const dateOf = ({ value }: SessionKey) => value ?? Number.NEGATIVE_INFINITY;
  const compare = (a: SessionKey, b: SessionKey) =>
    sign *
    (a.value === b.value ? compareCodePoints(a.sessionId, b.sessionId) : dateOf(a) < dateOf(b) ? -1 : 1);
  const between = filtered(database, filter, within)
    .filter((stored) => after === null || compare(keyOf(stored), after) > 0)
    .filter((stored) => before === null || compare(keyOf(stored), before) < 0)
    .sort((a, b) => compare(keyOf(a), keyOf(b)));
  const page = backward ? between.slice(Math.max(0, between.length - limit)) : between.slice(0, limit);
  return { sessions: page.map(viewSession), hasMore: between.length > limit };
}
