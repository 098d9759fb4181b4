import { createHash } from 'node:crypto';
import { canonicalJson, storageIdOf } from '../domain/idempotency.js';
import type { JsonObject } from '../domain/json.js';
import type { SessionService } from '../domain/session-service.js';
import type { AgentKey, SnapshotMessage } from './strands-snapshot.js';

/** Copies an agent's messages into its session, where GraphQL shows them. */
export interface StrandsMirror {
  /** Brings the session up to the messages of the agent's newest snapshot. Repeated, it changes nothing. */
  show(agent: AgentKey, messages: readonly SnapshotMessage[]): Promise<void>;
}

/** Where the session stands against a snapshot. */
interface Standing {
  /** The place of the first message that the session does not have, after all that it has. */
  firstNew: number;
  /** What the session shows of the snapshot's last message, as a digest; null where it lacks it, or it is redacted. */
  lastDigest: string | null;
}

/** What this process has shown of an agent at last. */
interface Shown {
  storageIds: ReadonlySet<string>;
  lastDigest: string | null;
}

type Identified = SnapshotMessage & { idempotencyKey: string; storageId: string; clientId: string };

/** How many messages one command looks for, and how many agents are remembered. */
const LOOKED_FOR = 100;
const REMEMBERED = 1_000;

/**
 * A message is known by its `trackingId`, from which its client id is derived: the newest one of the snapshot that the
 * session has already is where the copying goes on, whatever the conversation manager has removed or summarised before
 * it. Nothing is ever removed.
 */
export function createStrandsMirror(service: SessionService): StrandsMirror {
  const remembered = new Map<string, Shown>();

  function recall(messages: readonly Identified[], shown: Shown | undefined): Standing | null {
    const seen = messages.findLastIndex(({ storageId }) => shown?.storageIds.has(storageId));
    if (!shown || seen === -1) return null;
    return { firstNew: seen + 1, lastDigest: seen === messages.length - 1 ? shown.lastDigest : null };
  }

  async function ask(agent: AgentKey, messages: readonly Identified[]): Promise<Standing> {
    for (let end = messages.length; end > 0; end -= LOOKED_FOR) {
      const start = Math.max(end - LOOKED_FOR, 0);
      const part = messages.slice(start, end);
      const [byClient, byStorage] = await Promise.all([
        service.loadMessages(part.map(({ clientId }) => ({ ...agent, clientId }))),
        // As earlier versions stored them.
        service.loadMessages(part.map(({ storageId }) => ({ ...agent, storageId }))),
      ]);
      const stored = part.map((_, index) => byClient[index] ?? byStorage[index] ?? null);
      const newest = stored.findLastIndex((message) => message !== null);
      if (newest === -1) continue;
      const message = stored[newest];
      const isLast = start + newest === messages.length - 1;
      const lastDigest = isLast && message && !message.redacted ? digestOf(message.content) : null;
      return { firstNew: start + newest + 1, lastDigest };
    }
    return { firstNew: 0, lastDigest: null };
  }

  return {
    async show(agent, messages) {
      const name = canonicalJson([agent.sessionId, agent.agentId]);
      const identified = messages.map((message) => identify(agent, message));
      const known = remembered.get(name);
      // Until all is done: after a failure the session itself says what it has.
      remembered.delete(name);
      const { firstNew, lastDigest } = recall(identified, known) ?? (await ask(agent, identified));
      for (const { idempotencyKey, clientId, trackingId, role, content, metadata } of identified.slice(
        firstNew,
      )) {
        // Nothing bounds the SDK's own.
        const named = trackingId.length > 0 && trackingId.length <= 200 ? { trackingId } : {};
        const message = { role, content, metadata, clientId, ...named };
        await service.appendMessages({
          ...agent,
          messages: [message],
          createIfMissing: true,
          idempotencyKey,
        });
      }
      const last = identified.at(-1);
      const digest = last ? digestOf(last.content) : null;
      if (last && lastDigest !== null && lastDigest !== digest && isRedaction(last)) {
        const byClient = { ...agent, clientId: last.clientId };
        const [named] = await service.loadMessages([byClient]);
        await service.redactMessage({
          address: named ? byClient : { ...agent, storageId: last.storageId },
          replacement: { role: last.role, content: last.content },
          idempotencyKey: `${last.idempotencyKey}.${digest}`,
        });
      }
      const storageIds = new Set(identified.map(({ storageId }) => storageId));
      remembered.set(name, { storageIds, lastDigest: digest });
      if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value as string);
    },
  };
}

function identify({ sessionId, agentId }: AgentKey, message: SnapshotMessage): Identified {
  const idempotencyKey = `strands.${digestOf(message.trackingId)}`;
  const storageId = storageIdOf(sessionId, agentId, idempotencyKey, 0);
  return { ...message, idempotencyKey, clientId: idempotencyKey, storageId };
}

/**
 * The SDK redacts what a guardrail refused in place, in the last message, before the model has answered: it leaves one
 * text, or one text in each tool result. What a conversation manager shortens lies further back by then.
 */
function isRedaction({ role, content }: SnapshotMessage): boolean {
  const texts = content.map(({ text, toolResult }) => text ?? onlyText(toolResult));
  const isOne = content.length === 1 || content.every(({ toolResult }) => toolResult !== undefined);
  return role === 'user' && isOne && typeof texts[0] === 'string' && texts.every((text) => text === texts[0]);
}

function onlyText(toolResult: unknown): unknown {
  const { content } = (toolResult ?? {}) as { content?: JsonObject[] };
  return content?.length === 1 ? content[0]?.text : undefined;
}

const digestOf = (value: unknown) => createHash('sha256').update(canonicalJson(value)).digest('hex');
