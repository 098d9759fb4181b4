import { isJsonObject, type JsonObject } from '../../domain/json/json-value.js';
import { speechOf } from '../../domain/sessions/block-speech.js';
import { sha256 } from '../../domain/sessions/idempotency.js';
import { imageIn, resultText } from '../blocks.js';
import type { AgentAddress, Entry } from '../port.js';
import { uuidOf } from './keys.js';

/**
 * The entry that a message of somebody else gives, or one that was redacted: what it says, shows and calls. Thoughts are left out, which
 * no other model takes. It follows the entry before it, under the uuid that it had or, each time the same, one that is made from its place.
 */
export function entryFromBlocks(
  agent: AgentAddress,
  { position, role, content, clientId }: Entry,
  parentUuid: string | null,
) {
  const uuid = clientId === null ? madeUuid([agent.sessionId, agent.agentId, position]) : uuidOf(clientId);
  const parts = content.map(partOf).filter((part) => part !== null);
  const type = role ?? 'user';
  return {
    type,
    uuid,
    parentUuid,
    isSidechain: false,
    message:
      type === 'user'
        ? { role: type, content: parts }
        : {
            id: `msg_${uuid}`,
            type: 'message',
            role: type,
            model: '<synthetic>',
            content: parts,
            stop_reason: 'end_turn',
            stop_sequence: null,
            usage: { input_tokens: 0, output_tokens: 0 },
          },
  };
}

/** A UUID of version 8, whose digits are its maker's own. */
function madeUuid(of: readonly (string | number)[]): string {
  const digits = sha256(of);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-8${digits.slice(13, 16)}-8${digits.slice(17, 20)}-${digits.slice(20, 32)}`;
}

function partOf(block: JsonObject): JsonObject | null {
  const text = speechOf([block]);
  if (text) return { type: 'text', text };
  const { toolUse, toolResult } = block;
  if (isJsonObject(toolUse)) {
    const { toolUseId, name, input = {} } = toolUse;
    return {
      type: 'tool_use',
      id: String(toolUseId),
      name: String(name),
      input: isJsonObject(input) ? input : { input },
    };
  }
  if (isJsonObject(toolResult)) {
    const { toolUseId, status, content } = toolResult;
    return {
      type: 'tool_result',
      tool_use_id: String(toolUseId),
      content: resultText(content),
      ...(status === 'error' ? { is_error: true } : {}),
    };
  }
  const image = imageIn(block);
  if (!image) return null;
  const source =
    'url' in image
      ? { type: 'url', url: image.url }
      : { type: 'base64', media_type: image.mediaType, data: image.data };
  return { type: 'image', source };
}
