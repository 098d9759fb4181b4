import { ParleyError } from '../../domain/errors.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json/json-value.js';
import { findLossyNumber, losesDigits, lossyNumberError } from '../../domain/json/written-numbers.js';
import type { Role } from '../../domain/sessions/model.js';
import { checkAgentId, checkSessionId, quote } from '../../domain/sessions/names.js';
import type { AgentAddress } from '../port.js';
import { toStoredBlock } from './content.js';

/** One message of a snapshot in Parley's shape; `trackingId` is its identity in the SDK, through every copy and restore. */
export interface SnapshotMessage {
  trackingId: string;
  role: Role;
  content: JsonObject[];
  metadata: JsonObject | null;
}

/** The agent whose newest snapshot stands under this key; null for every other key. INVALID_NAME. */
export function agentOfLatest(key: string): AgentAddress | null {
  const [, sessionId, agentId] =
    /^session\/([^/]+)\/scopes\/agent\/([^/]+)\/snapshots\/snapshot_latest\.json$/.exec(key) ?? [];
  if (sessionId === undefined || agentId === undefined) return null;
  checkSessionId(sessionId);
  checkAgentId(agentId);
  return { sessionId, agentId };
}

/** The messages in a snapshot, in order; none where it was taken without them. BAD_USER_INPUT where it is no snapshot. */
export function messagesIn(data: Uint8Array): SnapshotMessage[] {
  const snapshot = parse(data);
  if (!isJsonObject(snapshot) || !isJsonObject(snapshot.data)) throw bad('is no snapshot of an agent');
  const { messages = [] } = snapshot.data;
  if (!Array.isArray(messages)) throw bad('holds messages that are no list');
  return messages.map(toMessage);
}

function toMessage(message: JsonValue, index: number): SnapshotMessage {
  const where = `holds at messages[${index}]`;
  if (!isJsonObject(message)) throw bad(`${where} no object`);
  const { role, content, trackingId, metadata } = message;
  if (role !== 'user' && role !== 'assistant') throw bad(`${where} the role ${quote(String(role))}`);
  if (typeof trackingId !== 'string') {
    throw bad(
      `${where} no trackingId, by which a message is known again; use @strands-agents/sdk 1.19 or later`,
    );
  }
  if (!Array.isArray(content) || !content.every(isJsonObject))
    throw bad(`${where} content that is no list of blocks`);
  return {
    trackingId,
    role,
    // The SDK drops blank text, and with it may leave a message without any block.
    content: content.length === 0 ? [{ text: '' }] : content.map(toStoredBlock),
    metadata: isJsonObject(metadata) ? toMetadata(metadata) : null,
  };
}

/** What of a message's metadata Parley knows: the tokens and times of its model call. */
function toMetadata({ usage, metrics }: JsonObject): JsonObject | null {
  const known = { ...(isJsonObject(usage) ? { usage } : {}), ...(isJsonObject(metrics) ? { metrics } : {}) };
  return Object.keys(known).length > 0 ? known : null;
}

function parse(data: Uint8Array): unknown {
  try {
    const text = new TextDecoder().decode(data);
    // A model may cut a character in two; no database stores half of one, which JSON escapes.
    const value: unknown = /\\u[dD]/.test(text) ? JSON.parse(text, inWholeCharacters) : JSON.parse(text);
    const lossy = findLossyNumber(text, losesPrintedDigits);
    if (lossy) throw lossyNumberError(lossy);
    return value;
  } catch (error) {
    if (error instanceof SyntaxError) throw bad('is no JSON');
    throw error;
  }
}

const inWholeCharacters = (_key: string, value: unknown) =>
  typeof value === 'string' ? value.toWellFormed() : value;

/** The SDK prints its numbers as JavaScript does, large ones without an exponent. */
const losesPrintedDigits = (literal: string) => losesDigits(literal) && String(Number(literal)) !== literal;

const bad = (what: string) => new ParleyError('BAD_USER_INPUT', `The snapshot to mirror ${what}.`);
