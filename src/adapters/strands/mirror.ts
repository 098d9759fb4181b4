import type { JsonObject } from '../../domain/json/json-value.js';
import { createLru } from '../../domain/lru.js';
import { canonicalJson, sha256 } from '../../domain/sessions/idempotency.js';
import { MAX_IDENTITY_LENGTH } from '../../domain/sessions/session-inputs.js';
import { inCalls } from '../parts.js';
import type { AgentAddress } from '../port.js';
import {
  LOOKED_FOR,
  type NewestEntry,
  type ShownEntry,
  type SnapshotsPort,
  type TrackedEntry,
} from '../snapshots.js';
import { isRedaction, type Place } from './redaction.js';
import { messagesIn, type SnapshotMessage } from './snapshot.js';

/** Keeps an agent's newest snapshot and copies its messages into its session, where GraphQL shows them. */
export interface StrandsMirror {
  /** With what the session shows of it: nothing has to be asked when it is written. */
  read(key: string, agent: AgentAddress): Promise<Uint8Array | null>;
  /** Brings the session up to the messages of the snapshot. Repeated, it changes nothing. */
  write(key: string, agent: AgentAddress, data: Uint8Array): Promise<void>;
}

/** What was shown, by client id: a digest of its content; null where it is redacted. */
type Shown = ReadonlyMap<string, string | null>;

type Identified = SnapshotMessage & {
  clientId: string;
  digest: string;
};

/** How many agents are remembered. */
const REMEMBERED = 1_000;

/**
 * A message is known by its `trackingId`, from which its client id is derived: the newest one of the snapshot that the
 * session has already is where the copying goes on, whatever the conversation manager has removed or summarised before
 * it. Nothing is ever removed.
 *
 * What a snapshot has redacted is redacted before it is kept, and what it adds is appended behind it: of one that was kept nothing but what it adds
 * can be missing.
 */
export function createStrandsMirror(port: SnapshotsPort): StrandsMirror {
  // Of each agent what was in its last snapshot; empty where there was none, and no message either.
  const remembered = createLru<string, Shown>(REMEMBERED);
  const nameOf = ({ sessionId, agentId }: AgentAddress) => canonicalJson([sessionId, agentId]);

  /** The session's own messages of these; null where it has none. */
  async function find(
    agent: AgentAddress,
    messages: Parameters<SnapshotsPort['find']>[1],
  ): Promise<(ShownEntry | null)[]> {
    const found: (ShownEntry | null)[] = [];
    for (let start = 0; start < messages.length; start += LOOKED_FOR) {
      found.push(...(await port.find(agent, messages.slice(start, start + LOOKED_FOR))));
    }
    return found;
  }
  const load = (agent: AgentAddress, messages: readonly Identified[]) =>
    find(
      agent,
      messages.map(({ clientId }) => ({ clientId })),
    );

  async function ask(agent: AgentAddress, messages: readonly Identified[]): Promise<Shown> {
    const shown = new Map<string, string | null>();
    for (const [index, message] of (await load(agent, messages)).entries()) {
      const { clientId } = messages[index] as Identified;
      if (message) shown.set(clientId, message.redacted ? null : sha256(message.content));
    }
    return shown;
  }

  async function redact(agent: AgentAddress, messages: readonly Identified[], shown: Shown, newest: number) {
    const changed = messages.filter(({ clientId, digest }) => (shown.get(clientId) ?? digest) !== digest);
    for (const [index, stored] of (await load(agent, changed)).entries()) {
      const message = changed[index] as Identified;
      if (stored === null || stored.redacted) continue;
      const place: Place =
        message === messages.at(-1) ? 'last' : message === messages[newest] ? 'last-shown' : 'earlier';
      if (!isRedaction(message, stored.content, place)) continue;
      const { clientId, role, content, digest } = message;
      const { position } = stored;
      await port.redact(agent, { clientId, position }, { role, content }, `${clientId}.${digest}`);
    }
  }

  /** Results of tools that were put behind their calls later on, where the session shows none. */
  async function repairs(agent: AgentAddress, messages: readonly Identified[], shown: Shown, newest: number) {
    const candidates = messages.filter(
      (message, index) =>
        index < newest &&
        !shown.has(message.clientId) &&
        shown.has(messages[index - 1]?.clientId ?? '') &&
        answers(message, messages[index - 1]),
    );
    if (candidates.length === 0) return [];
    const own = await load(agent, candidates);
    const calls = await load(
      agent,
      candidates.map((message) => messages[messages.indexOf(message) - 1] as Identified),
    );
    const next = await find(
      agent,
      calls.map((call) => ({ position: (call?.position ?? -1) + 1 })),
    );
    return candidates.filter((message, index) => {
      const behind = next[index];
      const answered =
        behind && resultsIn(behind.content).some((id) => resultsIn(message.content).includes(id));
      return own[index] === null && calls[index] !== null && !answered;
    });
  }

  return {
    async read(key, agent) {
      const name = nameOf(agent);
      if (remembered.get(name)) return port.read(key);
      const { data, newest } = await port.readWith(key, agent);
      const shown = shownOf(data, newest);
      if (shown) remembered.set(name, shown);
      return data;
    },

    async write(key, agent, data) {
      const name = nameOf(agent);
      const messages = messagesIn(data).map(identify);
      const known = remembered.get(name);
      // Until all is done: after a failure the session itself says what it has.
      remembered.delete(name);
      const isKnown = known?.size === 0 || messages.some(({ clientId }) => known?.has(clientId));
      const shown = known && isKnown ? known : await ask(agent, messages);
      const newest = messages.findLastIndex(({ clientId }) => shown.has(clientId));
      await redact(agent, messages, shown, newest);
      const missing = [...(await repairs(agent, messages, shown, newest)), ...messages.slice(newest + 1)];
      const [first, ...others] = inCalls(missing.map(toEntry));
      await port.write(key, data, first ? { agent, entries: first } : null);
      for (const entries of others) await port.append({ agent, entries });
      // Without any message it says nothing of what the session has.
      if (messages.length > 0)
        remembered.set(name, new Map(messages.map(({ clientId, digest }) => [clientId, digest])));
    },
  };
}

/**
 * What the session shows of what was kept, by its newest messages; null where these do not tell: what was kept last is not all among them. What lies
 * before them was shown, or never will be.
 */
function shownOf(data: Uint8Array | null, newest: readonly NewestEntry[]): Shown | null {
  if (data === null) return newest.length === 0 ? new Map() : null;
  const messages = readMessages(data);
  const redacted = new Map(newest.map((entry) => [entry.clientId, entry.redacted]));
  const first = messages.findIndex(({ clientId }) => redacted.has(clientId));
  if (first === -1 || !messages.slice(first).every(({ clientId }) => redacted.has(clientId))) return null;
  return new Map(messages.map(({ clientId, digest }) => [clientId, redacted.get(clientId) ? null : digest]));
}

/** None where another program has written something else: the agent is given it all the same. */
function readMessages(data: Uint8Array): Identified[] {
  try {
    return messagesIn(data).map(identify);
  } catch {
    return [];
  }
}

function toEntry({ clientId, trackingId, role, content, metadata }: Identified): TrackedEntry {
  return {
    role,
    content,
    clientId,
    ...(metadata ? { metadata } : {}),
    // Nothing bounds the SDK's own.
    ...(trackingId.length > 0 && trackingId.length <= MAX_IDENTITY_LENGTH ? { trackingId } : {}),
  };
}

const identify = (message: SnapshotMessage): Identified => ({
  ...message,
  clientId: `strands.${sha256(message.trackingId)}`,
  digest: sha256(message.content),
});

/** Whether a message begins with results of tools, all of calls in the one before it. */
function answers({ content }: SnapshotMessage, before: SnapshotMessage | undefined): boolean {
  const calls = before?.content.map(({ toolUse }) => idIn(toolUse));
  return content[0]?.toolResult !== undefined && resultsIn(content).every((id) => calls?.includes(id));
}

const resultsIn = (content: readonly JsonObject[]): unknown[] =>
  content.flatMap(({ toolResult }) => (toolResult === undefined ? [] : [idIn(toolResult)]));

const idIn = (block: unknown): unknown => (block as { toolUseId?: unknown } | undefined)?.toolUseId ?? null;
