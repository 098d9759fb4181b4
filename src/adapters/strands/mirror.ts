import type { JsonObject } from '../../domain/json.js';
import { createLru } from '../../domain/lru.js';
import { canonicalJson, sha256, storageIdOf } from '../../domain/sessions/idempotency.js';
import type { Message } from '../../domain/sessions/model.js';
import { MAX_IDENTITY_LENGTH } from '../../domain/sessions/session-inputs.js';
import type { SessionService } from '../../domain/sessions/session-service.js';
import type { AgentAddress } from '../port.js';
import { isRedaction, type Place } from './redaction.js';
import type { SnapshotMessage } from './snapshot.js';

/** Copies an agent's messages into its session, where GraphQL shows them. */
export interface StrandsMirror {
  /** Brings the session up to the messages of the agent's newest snapshot. Repeated, it changes nothing. */
  show(agent: AgentAddress, messages: readonly SnapshotMessage[]): Promise<void>;
}

/** What was shown, by client id: a digest of its content; null where it is redacted. */
type Shown = ReadonlyMap<string, string | null>;

type Identified = SnapshotMessage & {
  /** The idempotency key of its append too. */
  clientId: string;
  digest: string;
};

/** How many messages one command looks for, and how many agents are remembered. */
const LOOKED_FOR = 100;
const REMEMBERED = 1_000;

/**
 * A message is known by its `trackingId`, from which its client id is derived: the newest one of the snapshot that the
 * session has already is where the copying goes on, whatever the conversation manager has removed or summarised before
 * it. Nothing is ever removed.
 */
export function createStrandsMirror(service: SessionService): StrandsMirror {
  // Of each agent what was in its last snapshot.
  const remembered = createLru<string, Shown>(REMEMBERED);

  /** The session's own messages of these; null where it has none. */
  async function load(agent: AgentAddress, messages: readonly Identified[]): Promise<(Message | null)[]> {
    const found: (Message | null)[] = [];
    for (let start = 0; start < messages.length; start += LOOKED_FOR) {
      const part = messages.slice(start, start + LOOKED_FOR);
      const [byClient, byStorage] = await Promise.all([
        service.loadMessages(part.map(({ clientId }) => ({ ...agent, clientId }))),
        // As earlier versions stored them.
        service.loadMessages(
          part.map(({ clientId }) => ({
            ...agent,
            storageId: storageIdOf(agent.sessionId, agent.agentId, clientId, 0),
          })),
        ),
      ]);
      found.push(...part.map((_, index) => byClient[index] ?? byStorage[index] ?? null));
    }
    return found;
  }

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
      await service.redactMessage({
        address: { ...agent, position: stored.position },
        replacement: { role: message.role, content: message.content },
        idempotencyKey: `${message.clientId}.${message.digest}`,
      });
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
    const next = await service.loadMessages(
      calls.map((call) => ({ ...agent, position: (call?.position ?? -1) + 1 })),
    );
    return candidates.filter((message, index) => {
      const behind = next[index];
      const answered =
        behind && resultsIn(behind.content).some((id) => resultsIn(message.content).includes(id));
      return own[index] === null && calls[index] !== null && !answered;
    });
  }

  return {
    async show(agent, given) {
      const name = canonicalJson([agent.sessionId, agent.agentId]);
      const messages = given.map(identify);
      const known = remembered.get(name);
      // Until all is done: after a failure the session itself says what it has.
      remembered.delete(name);
      const isKnown = messages.some(({ clientId }) => known?.has(clientId));
      const shown = known && isKnown ? known : await ask(agent, messages);
      const newest = messages.findLastIndex(({ clientId }) => shown.has(clientId));
      // First, because it is told by what was shown last.
      await redact(agent, messages, shown, newest);
      const missing = [...(await repairs(agent, messages, shown, newest)), ...messages.slice(newest + 1)];
      for (const { clientId, trackingId, role, content, metadata } of missing) {
        // Nothing bounds the SDK's own.
        const named = trackingId.length > 0 && trackingId.length <= MAX_IDENTITY_LENGTH ? { trackingId } : {};
        await service.appendMessages({
          ...agent,
          messages: [{ role, content, metadata, clientId, ...named }],
          createIfMissing: true,
          idempotencyKey: clientId,
        });
      }
      remembered.set(name, new Map(messages.map(({ clientId, digest }) => [clientId, digest])));
    },
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
