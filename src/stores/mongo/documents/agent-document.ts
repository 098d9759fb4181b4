import type { Steps } from '../../../domain/async/in-slices.js';
import type { JsonObject } from '../../../domain/json/json-value.js';
import type { Agent } from '../../../domain/sessions/model.js';
import { type Doc, isDoc, toBsonObject } from './bson-json.js';
import { dateOrNull, integerOrNull, objectOrNullSteps, textOrNull } from './field-values.js';

/** An agent as the reads of agents project it: `{agent_data, created_at, updated_at, message_count}`. In steps: its state may be 16 MB. */
export function* agentSteps(sessionId: string, agentId: string, doc: Doc): Steps<Agent> {
  const data = isDoc(doc.agent_data) ? doc.agent_data : {};
  return {
    sessionId,
    agentId,
    model: textOrNull(data.model),
    systemPrompt: textOrNull(data.system_prompt),
    promptMetadata: yield* objectOrNullSteps(data.prompt_metadata),
    state: (yield* objectOrNullSteps(data.state)) ?? {},
    conversationManagerState: (yield* objectOrNullSteps(data.conversation_manager_state)) ?? {},
    createdAt: dateOrNull(doc.created_at) ?? dateOrNull(data.created_at),
    updatedAt: dateOrNull(doc.updated_at) ?? dateOrNull(data.updated_at),
    messageCount: integerOrNull(doc.message_count) ?? 0,
  };
}

export interface NewAgent {
  agentId: string;
  state?: JsonObject | undefined;
  conversationManagerState?: JsonObject | undefined;
  model?: string | null | undefined;
  systemPrompt?: string | null | undefined;
  promptMetadata?: JsonObject | null | undefined;
}

/**
 * `agents.<id>` whole, as a Python agent can be restored from: it fails to construct without a conversation manager's
 * state, and raises on any other key in `agent_data`.
 */
export function newAgentDoc(agent: NewAgent, messages: readonly Doc[], now: Date): Doc {
  const { agentId, state, conversationManagerState, model, systemPrompt, promptMetadata } = agent;
  return {
    agent_data: {
      agent_id: agentId,
      state: toBsonObject(state ?? {}),
      conversation_manager_state: conversationManagerState
        ? toBsonObject(conversationManagerState)
        : newSlidingWindow(),
      _internal_state: {},
      created_at: now,
      updated_at: now,
      ...(typeof model === 'string' ? { model } : {}),
      ...(typeof systemPrompt === 'string' ? { system_prompt: systemPrompt } : {}),
      ...(promptMetadata ? { prompt_metadata: toBsonObject(promptMetadata) } : {}),
    },
    messages,
    created_at: now,
    updated_at: now,
  };
}

const newSlidingWindow = (): Doc => ({
  __name__: 'SlidingWindowConversationManager',
  removed_message_count: 0,
  model_call_count: 0,
});
