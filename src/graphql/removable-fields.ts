import { ParleyError } from '../domain/errors.js';
import type { UpsertAgent } from '../domain/sessions/session-store.js';
import type { AgentField, UpsertAgentInput } from './generated/types.js';

type Removable = Pick<UpsertAgent, 'model' | 'systemPrompt' | 'promptMetadata'>;

const NAMES: Record<AgentField, keyof Removable> = {
  MODEL: 'model',
  SYSTEM_PROMPT: 'systemPrompt',
  PROMPT_METADATA: 'promptMetadata',
};

/**
 * The fields as the domain takes them, where null removes one. Over GraphQL a null is as if it was absent, because clients in
 * typed languages send one for every field that they leave alone. BAD_USER_INPUT where one is both given and removed.
 */
export function removableFields(input: UpsertAgentInput): Removable {
  const { model, systemPrompt, promptMetadata, remove } = input;
  const fields: Removable = {
    ...(model == null ? {} : { model }),
    ...(systemPrompt == null ? {} : { systemPrompt }),
    ...(promptMetadata == null ? {} : { promptMetadata }),
  };
  for (const field of remove ?? []) {
    const name = NAMES[field];
    if (fields[name] !== undefined && fields[name] !== null) {
      throw new ParleyError('BAD_USER_INPUT', `${name} is given and removed at once. Do one of the two.`);
    }
    fields[name] = null;
  }
  return fields;
}
