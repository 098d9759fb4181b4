import { ParleyError } from '../domain/errors.js';
import type { Message } from '../domain/sessions/model.js';
import type { MessageAddress } from '../domain/sessions/session-store.js';

/** What a global id names. A message is named by its identity, or by its position where it has none. */
export type GlobalId =
  | { type: 'Session'; sessionId: string }
  | { type: 'Agent'; sessionId: string; agentId: string }
  | { type: 'Message'; address: MessageAddress };

/** What a database can ask for: MongoDB fails at an index that is no Int32. */
const MAX_POSITION = 2 ** 31 - 1;

const encode = (...parts: (string | number)[]) => Buffer.from(JSON.stringify(parts)).toString('base64url');

export const sessionGlobalId = (sessionId: string) => encode('Session', sessionId);
export const agentGlobalId = (sessionId: string, agentId: string) => encode('Agent', sessionId, agentId);
export const messageGlobalId = ({ sessionId, agentId, storageId, position }: Message) =>
  encode('Message', sessionId, agentId, storageId ?? position);

/** Longer than any that is given: three names of 512 characters, each of which JSON may write as six, in base64. */
const MAX_ID_LENGTH = 16_384;

/** Null where it is no id that this server gave. */
export function parseGlobalId(id: string): GlobalId | null {
  if (id.length > MAX_ID_LENGTH) return null;
  const [type, sessionId, agentId, key, ...more] = decode(id);
  if (typeof sessionId !== 'string' || more.length > 0) return null;
  if (type === 'Session') return agentId === undefined ? { type, sessionId } : null;
  if (typeof agentId !== 'string') return null;
  if (type === 'Agent') return key === undefined ? { type, sessionId, agentId } : null;
  if (type !== 'Message') return null;
  if (typeof key === 'string') return { type, address: { sessionId, agentId, storageId: key } };
  return typeof key === 'number' && Number.isInteger(key) && key >= 0 && key <= MAX_POSITION
    ? { type, address: { sessionId, agentId, position: key } }
    : null;
}

/** BAD_USER_INPUT where it does not name a message. */
export function messageAddressOf(id: string): MessageAddress {
  const parsed = parseGlobalId(id);
  if (parsed?.type === 'Message') return parsed.address;
  throw new ParleyError(
    'BAD_USER_INPUT',
    `id ${JSON.stringify(id.slice(0, 40))} is not the id of a message. Pass one as it was received.`,
  );
}

function decode(id: string): unknown[] {
  try {
    const parts: unknown = JSON.parse(Buffer.from(id, 'base64url').toString('utf8'));
    return Array.isArray(parts) ? parts : [];
  } catch {
    return [];
  }
}
