import {
  AGENT_PARTS,
  type AgentPart,
  MESSAGE_PARTS,
  type MessagePart,
  SESSION_PARTS,
  type SessionPart,
} from '../../../domain/sessions/session-store.js';
import { sized } from './sized-read.js';

/*
 * Aggregation expressions over a session's document. Each is guarded against what a damaged document may hold: one
 * `$size` of what is no array would fail the whole batch.
 */

export type Expression = unknown;

/** The agents as `[{k, v}]`, in stored order. */
export const AGENTS: Expression = {
  $cond: [{ $eq: [{ $type: '$agents' }, 'object'] }, { $objectToArray: '$agents' }, []],
};

const listAt = (path: string): Expression => ({ $cond: [{ $isArray: path }, path, []] });

export const FEEDBACKS = listAt('$feedbacks');

/** The messages of the agent at `path`, such as `$$a.v`. */
export const messagesOf = (path: string): Expression => listAt(`${path}.messages`);

/** What Parley keeps beside the messages of the agent at `path`: `[{at, client_id, created_at}]`, by their index. */
export const notesOf = (path: string): Expression => listAt(`${path}.parley_messages`);

/** Whether a name may stand in a path: a key with a dot, or one that begins with a dollar sign, no path leads to. */
export const isPathSegment = (name: string): boolean => /^[^.$\0][^.\0]*$/.test(name);

/** One agent of the document, `{k, v}`; missing where there is none. `$literal`: an id is never read as a path. */
export const agentNamed = (agentId: Expression): Expression => ({
  $arrayElemAt: [{ $filter: { input: AGENTS, as: 'a', cond: { $eq: ['$$a.k', agentId] } } }, 0],
});

/** Messages over all agents. */
const MESSAGE_COUNT: Expression = {
  $sum: { $map: { input: AGENTS, as: 'a', in: { $size: messagesOf('$$a.v') } } },
};

const SESSION_FIELDS: Readonly<Record<SessionPart, { name: string; value: Expression }>> = {
  metadata: { name: 'metadata', value: '$metadata' },
  feedback: { name: 'feedbacks', value: '$feedbacks' },
  guardrailEvents: { name: 'guardrail_events', value: '$guardrail_events' },
  messageCount: { name: 'message_count', value: MESSAGE_COUNT },
};

/** What of a session is read: no agent, no message and no secret leaves the server. What can be large is in `parts`, sized. */
export const sessionProjection = (parts: readonly SessionPart[] = SESSION_PARTS, most: number) => ({
  session_type: 1,
  application_name: 1,
  created_at: 1,
  updated_at: 1,
  ...(parts.length > 0
    ? {
        parts: sized(
          Object.fromEntries(parts.map((part) => [SESSION_FIELDS[part].name, SESSION_FIELDS[part].value])),
          most,
        ),
      }
    : {}),
});

const AGENT_FIELDS: Readonly<Record<AgentPart, string>> = {
  systemPrompt: 'system_prompt',
  promptMetadata: 'prompt_metadata',
  state: 'state',
  conversationManagerState: 'conversation_manager_state',
};

/** The part of the `agent_data` at `path` that is read. */
export function agentDataOf(path: string, parts: readonly AgentPart[] = AGENT_PARTS): Expression {
  const names = ['model', 'created_at', 'updated_at', ...parts.map((part) => AGENT_FIELDS[part])];
  return Object.fromEntries(names.map((name) => [name, `${path}.${name}`]));
}

/** The message at `path`, such as `$$m`, with these parts alone; whole where it is asked for whole. */
export function messageOf(path: string, parts: readonly MessagePart[] = MESSAGE_PARTS): Expression {
  // What a message says is found in its content alone.
  const has = (part: MessagePart) => parts.includes(part) || (part === 'content' && parts.includes('text'));
  if (MESSAGE_PARTS.every(has)) return path;
  const shown = (at: string) => ({
    role: `${at}.role`,
    ...(has('content') ? { content: `${at}.content` } : {}),
  });
  const nested = {
    ...shown(`${path}.message`),
    tracking_id: `${path}.message.tracking_id`,
    ...(has('metadata') ? { metadata: `${path}.message.metadata` } : {}),
  };
  return {
    message_id: `${path}.message_id`,
    storage_id: `${path}.storage_id`,
    created_at: `${path}.created_at`,
    updated_at: `${path}.updated_at`,
    // The flat shape of old documents.
    ...shown(path),
    message: { $cond: [{ $eq: [{ $type: `${path}.message` }, 'object'] }, nested, '$$REMOVE'] },
    redact_message: has('content')
      ? `${path}.redact_message`
      : {
          $cond: [
            { $eq: [{ $ifNull: [`${path}.redact_message`, null] }, null] },
            null,
            { role: `${path}.redact_message.role` },
          ],
        },
    ...(has('eventLoopMetrics') ? { event_loop_metrics: `${path}.event_loop_metrics` } : {}),
    ...(has('guardrailEvent') ? { guardrail_event: `${path}.guardrail_event` } : {}),
  };
}
