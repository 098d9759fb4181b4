import type { Document } from 'mongodb';
import { inSlices } from '../../../domain/async/in-slices.js';
import { ParleyError } from '../../../domain/errors.js';
import type { JsonObject } from '../../../domain/json/json-value.js';
import type { UpsertAgent } from '../../../domain/sessions/session-store.js';
import { newAgentDoc } from '../documents/agent-document.js';
import { bsonAtSteps, readAgentFields } from '../documents/stored-types.js';
import { checkRoomForAgent } from './make-agent.js';
import { writeWithReceipt } from './receipt-write.js';
import type { WriteContext } from './write-context.js';

const ATTEMPTS = 5;

/**
 * Each field on its own path; an agent that is not there is made whole. The content of an agent, its state and that of
 * its conversation manager, moves the dates; its configuration does not, because users compute session length from them.
 */
export async function upsertAgent(context: WriteContext, input: UpsertAgent): Promise<void> {
  const { sessionId, agentId, receipt, now } = input;
  const agent = `agents.${agentId}`;
  const objects = OBJECTS.flatMap(([field, name]): [string, JsonObject][] => {
    const value = input[field];
    return value && Object.keys(value).length > 0 ? [[name, value]] : [];
  });
  const stored = await readAgentFields(context.sessions, input, new Map(objects));
  const written = new Map<string, unknown>();
  for (const [name, value] of objects)
    written.set(name, await inSlices(bsonAtSteps(stored.get(name), value)));
  // Another writer may make the agent, or remove it, between the two updates.
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const changed = await writeWithReceipt(context, {
      sessionId,
      agentId,
      receipt,
      now,
      guard: { [agent]: { $exists: true } },
      update: changesOf(input, agent, written),
    });
    if (changed.type !== 'unmatched') return;
    await checkRoomForAgent(context.sessions, sessionId);
    const made = await writeWithReceipt(context, {
      sessionId,
      agentId,
      receipt,
      now,
      guard: { [agent]: { $exists: false } },
      update: { $set: { [agent]: newAgentDoc(input, [], now) }, $max: { updated_at: now } },
    });
    if (made.type !== 'unmatched') return;
  }
  throw new ParleyError(
    'STORE_UNAVAILABLE',
    `Agent ${JSON.stringify(agentId)} is being written anew by others. Try again.`,
  );
}

function changesOf(
  input: UpsertAgent,
  agent: string,
  written: ReadonlyMap<string, unknown>,
): { $set: Document; $unset: Document; $max?: Document } {
  const { state, conversationManagerState, model, systemPrompt, now } = input;
  const $set: Document = {};
  const $unset: Document = {};
  const change = (name: string, value: unknown) => {
    if (value === null) $unset[`${agent}.agent_data.${name}`] = '';
    else if (value !== undefined) $set[`${agent}.agent_data.${name}`] = value;
  };
  for (const [field, name] of OBJECTS) {
    const value = input[field];
    change(name, value && (written.get(name) ?? {}));
  }
  change('model', model);
  change('system_prompt', systemPrompt);
  if (!state && !conversationManagerState) return { $set, $unset };
  const $max = { updated_at: now, [`${agent}.updated_at`]: now, [`${agent}.agent_data.updated_at`]: now };
  return { $set, $unset, $max };
}

/** The fields that are JSON objects, with their names in `agent_data`. */
const OBJECTS = [
  ['state', 'state'],
  ['conversationManagerState', 'conversation_manager_state'],
  ['promptMetadata', 'prompt_metadata'],
] as const;
