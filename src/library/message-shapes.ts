import { badInput } from '../domain/errors.js';
import type { Message } from '../domain/sessions/model.js';
import { checkObject } from './check-arguments.js';
import { blockFromJson, blockToJson, metadataToJson } from './message-bytes.js';
import type { NewMessage, StoredMessage } from './session-types.js';

/** As the service takes it. BAD_USER_INPUT. */
export function toInput(message: NewMessage, where: string) {
  checkObject(message, where);
  const { role, content, text, metadata, clientId, createdAt, trackingId, supersedes } = message;
  if (content !== undefined && !Array.isArray(content))
    throw badInput(`${where}.content must be a list of blocks.`);
  return {
    role,
    text,
    content: content?.map((block, index) => blockToJson(block, `${where}.content[${index}]`)),
    metadata: metadataToJson(metadata),
    clientId,
    createdAt,
    trackingId,
    supersedes,
  };
}

export const toStored = (message: Message): StoredMessage => ({
  ...message,
  content: message.content.map(blockFromJson),
});
