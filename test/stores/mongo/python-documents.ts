import { Double, Int32, Long } from 'mongodb';

/** Documents and updates as the Python library writes them: see docs on the stored document. */

export const NOON = new Date('2026-01-05T12:00:00.123Z');
export const later = (minutes: number): Date => new Date(NOON.getTime() + minutes * 60_000);

// biome-ignore lint/suspicious/noExplicitAny: raw documents, damaged ones too
type Raw = Record<string, any>;

export function pythonSession(sessionId: string, more: Raw = {}): Raw {
  return {
    _id: sessionId,
    session_id: sessionId,
    application_name: 'app',
    session_type: 'AGENT',
    session_viewer_password: 'abcdefghijklmnopqrstuvwxyz012345',
    created_at: NOON,
    updated_at: NOON,
    agents: {},
    metadata: {},
    feedbacks: [],
    guardrail_events: [],
    ...more,
  };
}

export function pythonAgent(agentId: string, messages: Raw[] = [], data: Raw = {}): Raw {
  return {
    agent_data: {
      agent_id: agentId,
      state: {},
      conversation_manager_state: {
        __name__: 'SlidingWindowConversationManager',
        removed_message_count: new Int32(0),
        model_call_count: new Int32(0),
      },
      _internal_state: {
        interrupt_state: { interrupts: {}, context: {}, activated: false },
        model_state: {},
      },
      created_at: NOON,
      updated_at: NOON,
      ...data,
    },
    messages,
    created_at: NOON,
    updated_at: NOON,
  };
}

export function pythonMessage(messageId: number, text: string, more: Raw = {}): Raw {
  return {
    message: { role: messageId % 2 ? 'assistant' : 'user', content: [{ text }] },
    message_id: new Int32(messageId),
    redact_message: null,
    created_at: NOON,
    updated_at: NOON,
    storage_id: `${messageId}`.padStart(32, 'a'),
    ...more,
  };
}

/** One turn, as Python pushes it: the messages, and the three dates. */
export function pythonAppend(agentId: string, messages: Raw[], at: Date): Raw {
  return {
    $push: { [`agents.${agentId}.messages`]: { $each: messages } },
    $set: {
      updated_at: at,
      [`agents.${agentId}.updated_at`]: at,
      [`agents.${agentId}.agent_data.updated_at`]: at,
    },
  };
}

/** Numbers of each BSON type, as `event_loop_metrics` holds them. */
export const typedMetrics = () => ({
  tool_usage: { clock: { call_count: new Int32(1), total_time: new Double(0) } },
  accumulated_usage: { totalTokens: Long.fromString('3000000000') },
});
