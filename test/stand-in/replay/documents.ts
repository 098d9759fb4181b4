import type { Document } from 'mongodb';

// Sessions, agents and messages in the stored shape, as the recordings have them.
const START = Date.UTC(2026, 0, 1, 12);
const at = (minutes: number): Date => new Date(START + minutes * 60_000);
export const key = (n: number): string => n.toString(16).padStart(32, '0');
export const dateOf = at;

const message = (n: number): Document => ({
  message: { role: n % 2 ? 'assistant' : 'user', content: [{ text: `text ${n}` }] },
  message_id: n,
  redact_message: null,
  created_at: at(n),
  updated_at: at(n),
  storage_id: key(n),
});

export const agent = (id: string): Document => ({
  agent_data: {
    agent_id: id,
    state: {},
    conversation_manager_state: {
      __name__: 'SlidingWindowConversationManager',
      removed_message_count: 0,
      model_call_count: 0,
    },
    _internal_state: {},
    created_at: at(0),
    updated_at: at(0),
    model: 'model-1',
    system_prompt: 'Be brief.',
  },
  messages: [],
  created_at: at(0),
  updated_at: at(0),
});

export const session = (id: string, agents: Document = {}): { _id: string } & Document => ({
  _id: id,
  session_id: id,
  application_name: 'app',
  session_type: 'AGENT',
  session_viewer_password: 'abcdefghijklmnopqrstuvwxyz012345',
  created_at: at(0),
  updated_at: at(0),
  agents,
  metadata: {},
  feedbacks: [],
  guardrail_events: [],
});

/** The append of message `n` with the dates that it moves. */
export const append = (n: number): Document => ({
  $push: { 'agents.a.messages': message(n) },
  $set: {
    updated_at: at(n),
    'agents.a.updated_at': at(n),
    'agents.a.agent_data.updated_at': at(n),
  },
});
