import type { Change } from '../../../domain/sessions/session-store.js';
import { isDoc } from '../documents/bson-json.js';
import { dateOrNull, integerOrNull, textOrNull } from '../documents/field-values.js';
import type { KnownAgents, KnownMessages } from './known-agents.js';
import type { AgentPaths } from './written-paths.js';

/** A change without its session and position. */
export type Detail = Change extends infer C
  ? C extends Change
    ? Omit<C, 'position' | 'sessionId' | 'sessionCreatedAt' | 'at'>
    : never
  : never;

export type AgentWrite = { sessionId: string; agentId: string; byParley: boolean } & Partial<AgentPaths>;

/** A whole list of the known length: up to so many messages are told one by one, of more the agent was rewritten. */
const MOST_UPDATED_AT_ONCE = 100;
/** Messages of one push carry one time, or the times at which one writer made them in one turn. */
const ONE_PUSH_MS = 600_000;

/** What one event says of one agent. */
export function changesOfAgent(write: AgentWrite, known: KnownAgents): Detail[] {
  const { sessionId, agentId } = write;
  const before = known.of(sessionId, agentId);
  if (write.whole !== undefined) return wholeAgent(write, before, known);
  const { list, elements = new Map(), leaves = new Set(), truncatedTo, data, touched } = write;

  let details: Detail[] = [];
  let now = before ?? undefined;
  if (truncatedTo !== undefined) {
    now = { length: truncatedTo, lastIdentity: null };
    details.push({ kind: 'agent-rewritten', agentId });
  } else if (list !== undefined) {
    now = summaryOf(list);
    details = wholeList(agentId, Array.isArray(list) ? list : [], before, write.byParley);
  }
  // A push below an agent that was not there leaves a half-built one.
  const cameToBe = before === null && (list !== undefined || elements.size > 0);
  if (data || cameToBe) details.unshift({ kind: 'agent-updated', agentId });

  const updated = new Set<number>(leaves);
  for (const [index, element] of [...elements].sort(([a], [b]) => a - b)) {
    if (isAppended(element, index, now)) {
      details.push({ kind: 'message-added', agentId, index });
    } else {
      updated.add(index);
    }
    now = extended(now, index, element);
  }
  for (const index of [...updated].sort((a, b) => a - b)) {
    details.push({ kind: 'message-updated', agentId, index });
  }
  if (now) known.set(sessionId, agentId, now);
  if (details.length === 0 && touched) details.push({ kind: 'agent-updated', agentId });
  return details;
}

/** `agents` as a whole, or the whole document: every agent in it, and those that are no longer in it. */
export function writeAnew(sessionId: string, agents: unknown, known: KnownAgents): Detail[] {
  const now = isDoc(agents) ? agents : {};
  const details: Detail[] = [];
  for (const agentId of known.idsOf(sessionId)) {
    if (!Object.hasOwn(now, agentId)) details.push({ kind: 'agent-rewritten', agentId });
  }
  const before = new Map(Object.keys(now).map((agentId) => [agentId, known.of(sessionId, agentId)]));
  known.begin(sessionId);
  for (const [agentId, agent] of Object.entries(now)) {
    const list = isDoc(agent) && Array.isArray(agent.messages) ? agent.messages : [];
    const knownBefore = before.get(agentId);
    details.push({ kind: 'agent-updated', agentId });
    if (knownBefore === undefined) details.push({ kind: 'agent-rewritten', agentId });
    else for (const detail of wholeList(agentId, list, knownBefore, false)) details.push(detail);
    known.set(sessionId, agentId, summaryOf(list));
  }
  return details;
}

/**
 * `agents.<id>` set whole makes a new agent, or an old one anew. Where nothing is known of it and Parley, which never
 * does the second, has not written it, its followers are told to read it again.
 */
function wholeAgent(
  { sessionId, agentId, whole, byParley }: AgentWrite,
  before: KnownMessages | null | undefined,
  known: KnownAgents,
): Detail[] {
  const list = isDoc(whole) && Array.isArray(whole.messages) ? whole.messages : [];
  const exists = isDoc(whole);
  known.set(sessionId, agentId, exists ? summaryOf(list) : null);
  const isNew = exists && (before === null || (before === undefined && byParley));
  if (isNew) return [{ kind: 'agent-updated', agentId }, ...added(agentId, 0, list.length)];
  return [
    { kind: 'agent-rewritten', agentId },
    { kind: 'agent-updated', agentId },
  ];
}

/**
 * `messages` as a whole: the first messages of an agent, further ones behind those that are known, changed ones, or a
 * list written anew. Where the length is not known, only Parley's own and what looks like one first push counts as new.
 */
function wholeList(
  agentId: string,
  list: unknown[],
  before: KnownMessages | null | undefined,
  byParley: boolean,
): Detail[] {
  if (before === undefined) {
    return byParley || isFirstPush(list)
      ? added(agentId, 0, list.length)
      : [{ kind: 'agent-rewritten', agentId }];
  }
  const length = before?.length ?? 0;
  const sameHead =
    length === 0 ||
    (list.length >= length &&
      before !== null &&
      before?.lastIdentity !== null &&
      identityAt(list, length - 1) === before?.lastIdentity);
  if (!sameHead) return [{ kind: 'agent-rewritten', agentId }];
  if (list.length > length) return added(agentId, length, list.length);
  if (length === 0) return [];
  if (length > MOST_UPDATED_AT_ONCE) return [{ kind: 'agent-rewritten', agentId }];
  return list.map((_, index): Detail => ({ kind: 'message-updated', agentId, index }));
}

const added = (agentId: string, from: number, to: number): Detail[] =>
  Array.from({ length: to - from }, (_, offset) => ({
    kind: 'message-added',
    agentId,
    index: from + offset,
  }));

/** An element written whole: new at or past the known end; where that is not known, its dates tell (both writers set them equal). */
function isAppended(element: unknown, index: number, known: KnownMessages | undefined): boolean {
  return known ? index >= known.length : isUntouched(element);
}

function isUntouched(element: unknown): boolean {
  if (!isDoc(element)) return false;
  const created = dateOrNull(element.created_at)?.getTime();
  return created !== undefined && created === dateOrNull(element.updated_at)?.getTime();
}

/** Numbered from 0, never changed since, and made at one time. */
function isFirstPush(list: unknown[]): boolean {
  if (list.length === 0) return false;
  if (
    !list.every(
      (element, index) =>
        isUntouched(element) && isDoc(element) && integerOrNull(element.message_id) === index,
    )
  ) {
    return false;
  }
  let [first, last] = [Number.POSITIVE_INFINITY, 0];
  for (const element of list) {
    const time = dateOrNull((element as { created_at?: unknown }).created_at)?.getTime() ?? 0;
    first = Math.min(first, time);
    last = Math.max(last, time);
  }
  return last - first <= ONE_PUSH_MS;
}

function summaryOf(list: unknown): KnownMessages {
  const messages = Array.isArray(list) ? list : [];
  return { length: messages.length, lastIdentity: identityAt(messages, messages.length - 1) };
}

function extended(known: KnownMessages | undefined, index: number, element: unknown): KnownMessages {
  if (known && index < known.length - 1) return known;
  const lastIdentity = identityOf(element);
  return { length: Math.max(index + 1, known?.length ?? 0), lastIdentity };
}

const identityAt = (list: unknown[], index: number): string | null => identityOf(list[index]);

/** Number and date outlive a redaction by either writer. */
function identityOf(element: unknown): string | null {
  if (!isDoc(element)) return null;
  const created = dateOrNull(element.created_at)?.getTime();
  const dated = created === undefined ? null : `${integerOrNull(element.message_id)}@${created}`;
  return textOrNull(element.storage_id) || dated;
}
