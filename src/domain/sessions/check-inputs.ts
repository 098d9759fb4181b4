import { badInput } from '../errors.js';
import { isCertainlyLonger } from '../json/json-size.js';
import { isJsonObject, type JsonObject } from '../json/json-value.js';
import { checkJson, checkMetadataValue, checkWellFormed } from './check-json.js';
import type { PositionRange } from './model.js';
import { checkAgentId, checkMetadataPaths, checkSessionId, quote } from './names.js';
import { MAX_FEEDBACK_BYTES } from './session-bounds.js';
import {
  type AddFeedbackInput,
  type CreateSessionInput,
  type DeleteMetadataInput,
  type GuardrailInput,
  MAX_IDENTITY_LENGTH,
  MAX_MESSAGES_PER_APPEND,
  MAX_METADATA_PATHS,
  MAX_SUPERSEDED_RANGES,
  type MessageInput,
  type UpdateMetadataInput,
  type UpsertAgentInput,
} from './session-inputs.js';
import type { MessageAddress } from './session-store.js';
import { MAX_TOKENS, tokenCount, USAGE_FIELDS } from './usage.js';

export function checkNewSession(input: CreateSessionInput): void {
  const { sessionId = null, applicationName = null, sessionType, metadata, idempotencyKey } = input;
  if (typeof idempotencyKey === 'string' && typeof sessionId !== 'string') {
    throw badInput('An idempotencyKey needs a sessionId: the key belongs to its session.');
  }
  if (sessionId !== null) checkSessionId(sessionId);
  if (applicationName !== null) checkShortText(applicationName, 'applicationName');
  checkShortText(sessionType, 'sessionType');
  checkMetadataValue(metadata ?? {}, 'metadata');
}

export function checkUpsert(agent: UpsertAgentInput): void {
  checkSessionId(agent.sessionId);
  checkAgentId(agent.agentId);
  for (const name of ['state', 'conversationManagerState', 'promptMetadata'] as const) {
    const value = agent[name];
    if (value === undefined || (value === null && name === 'promptMetadata')) continue;
    if (value !== null) checkJson(value, name);
    if (!isJsonObject(value)) throw badInput(`${name} must be an object.`);
  }
  for (const name of ['model', 'systemPrompt'] as const) {
    const value = agent[name];
    if (value !== undefined && value !== null) checkText(value, name);
  }
}

export function checkMessageCount(count: number): void {
  if (count < 1 || count > MAX_MESSAGES_PER_APPEND) {
    throw badInput(`messages holds ${count} messages; it takes 1 to ${MAX_MESSAGES_PER_APPEND}.`);
  }
}

export function checkExpectedCount(count: number): void {
  if (Number.isSafeInteger(count) && count >= 0) return;
  throw badInput(`expectedMessageCount is ${count}; it is a whole number from 0.`);
}

/** All but the content of a message, which `contentOf` reads. */
export function checkMessage(message: MessageInput, where: string, now: Date): void {
  const { role, metadata = null, clientId = null, createdAt = null, trackingId = null } = message;
  checkSuperseded(message.supersedes ?? [], `${where}.supersedes`);
  checkRole(role, where);
  if (metadata !== null) checkMessageMetadata(metadata, `${where}.metadata`);
  if (clientId !== null) checkIdentity(clientId, `${where}.clientId`);
  if (trackingId !== null) checkIdentity(trackingId, `${where}.trackingId`);
  if (createdAt !== null) checkTime(createdAt, `${where}.createdAt`, now);
}

/** That they come before the message is seen where it is written. */
function checkSuperseded(ranges: readonly PositionRange[], where: string): void {
  if (!Array.isArray(ranges)) throw badInput(`${where} must be a list of ranges.`);
  if (ranges.length > MAX_SUPERSEDED_RANGES) {
    throw badInput(`${where} holds ${ranges.length} ranges; it takes up to ${MAX_SUPERSEDED_RANGES}.`);
  }
  for (const [index, range] of ranges.entries()) {
    const { from, to } = (isJsonObject(range) ? range : {}) as Partial<PositionRange>;
    if (!isPosition(from) || !isPosition(to) || from > to) {
      throw badInput(
        `${where}[${index}] is from ${from} to ${to}; it takes two positions, of which the second is no smaller.`,
      );
    }
  }
}

/** As many as GraphQL's Int can count. */
const isPosition = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 0 && (value as number) < 2 ** 31;

function checkIdentity(value: string, name: string): void {
  checkText(value, name);
  if (value.length < 1 || value.length > MAX_IDENTITY_LENGTH) {
    throw badInput(`${name} has ${value.length} characters; it takes 1 to ${MAX_IDENTITY_LENGTH}.`);
  }
  if (value.includes('\0')) throw badInput(`${name} must not contain NUL.`);
}

/** Not in the future, because what is appended next is dated no earlier; not before 1970, which no agent has seen. */
function checkTime(time: Date, name: string, now: Date): void {
  if (!(time instanceof Date) || Number.isNaN(time.getTime())) throw badInput(`${name} must be a date.`);
  if (time.getTime() > now.getTime()) {
    throw badInput(`${name} is ${time.toISOString()}, which is after now (${now.toISOString()}).`);
  }
  if (time.getTime() < 0) throw badInput(`${name} is ${time.toISOString()}; it must not be before 1970.`);
}

export function checkMetadataUpdate({ sessionId, set: given }: UpdateMetadataInput): void {
  checkSessionId(sessionId);
  const set = Object.entries(given);
  checkPathCount(set.length, 'set');
  checkMetadataPaths(set.map(([path]) => path));
  for (const [path, value] of set) checkMetadataValue(value, `set ${quote(path)}`);
}

export function checkMetadataDeletion({ sessionId, paths }: DeleteMetadataInput): void {
  checkSessionId(sessionId);
  if (!Array.isArray(paths) || !paths.every((path) => typeof path === 'string')) {
    throw badInput('paths must be a list of metadata paths.');
  }
  checkPathCount(paths.length, 'paths');
  checkMetadataPaths(paths);
}

/** Members of a stored feedback beside which its `fields` stand. */
export const OF_FEEDBACK = ['rating', 'comment', 'created_at'];

export function checkFeedback({ sessionId, rating, comment, fields }: AddFeedbackInput): void {
  checkSessionId(sessionId);
  if (rating !== null && rating !== 'up' && rating !== 'down')
    throw badInput('rating must be up, down or null.');
  if (comment !== null) checkText(comment, 'comment');
  checkMetadataValue(fields, 'fields');
  for (const name of OF_FEEDBACK) {
    if (Object.hasOwn(fields, name))
      throw badInput(`fields must not hold ${quote(name)}, which feedback has itself.`);
  }
  if (isCertainlyLonger(fields, MAX_FEEDBACK_BYTES)) throw tooLongFeedback(`more than ${MAX_FEEDBACK_BYTES}`);
  const bytes = Buffer.byteLength(comment ?? '') + Buffer.byteLength(JSON.stringify(fields));
  if (bytes > MAX_FEEDBACK_BYTES) throw tooLongFeedback(String(bytes));
}

const tooLongFeedback = (bytes: string) =>
  badInput(
    `comment and fields have ${bytes} bytes together; a feedback takes at most ${MAX_FEEDBACK_BYTES}.`,
  );

export function checkRole(role: unknown, where: string): void {
  if (role === 'user' || role === 'assistant') return;
  throw badInput(
    `${where} has the role ${typeof role === 'string' ? quote(role) : typeof role}; it must be user or assistant.`,
  );
}

function checkText(text: unknown, name: string): void {
  if (typeof text !== 'string') throw badInput(`${name} must be a string.`);
  checkWellFormed(text, name);
}

export function checkAddress(address: MessageAddress): void {
  checkSessionId(address.sessionId);
  checkAgentId(address.agentId);
  if ('storageId' in address) {
    if (typeof address.storageId !== 'string') throw badInput('A storageId must be a string.');
    return;
  }
  if ('clientId' in address) {
    checkIdentity(address.clientId, 'clientId');
    return;
  }
  const index: unknown = 'position' in address ? address.position : address.messageId;
  if (!Number.isSafeInteger(index))
    throw badInput('A message is named by its storageId, its position, its clientId or its messageId.');
}

function checkPathCount(count: number, name: string): void {
  if (count < 1 || count > MAX_METADATA_PATHS) {
    throw badInput(`${name} names ${count} paths; it takes 1 to ${MAX_METADATA_PATHS}.`);
  }
}

function checkShortText(text: string, name: string): void {
  if (typeof text !== 'string') throw badInput(`${name} must be a string.`);
  if (text.length > 512) throw badInput(`${name} has ${text.length} characters; at most 512 are allowed.`);
  if (text.includes('\0')) throw badInput(`${name} must not contain NUL.`);
  checkWellFormed(text, name);
}

export function checkGuardrail(event: GuardrailInput): void {
  if (!isJsonObject(event)) throw badInput('guardrailEvent must be an object.');
  checkShortText(event.action, 'guardrailEvent.action');
  if (typeof event.stopReason === 'string') checkShortText(event.stopReason, 'guardrailEvent.stopReason');
  if ((event.trace ?? null) === null) return;
  checkJson(event.trace as JsonObject, 'guardrailEvent.trace');
  if (!isJsonObject(event.trace)) throw badInput('guardrailEvent.trace must be an object.');
}

/** Strands' parts must be objects of numbers, tokens whole ones; whatever else an agent adds is kept as it is. */
export function checkMetrics(metrics: JsonObject): void {
  if (!isJsonObject(metrics)) throw badInput('metrics must be an object.');
  checkJson(metrics, 'metrics');
  for (const part of ['accumulated_usage', 'accumulated_metrics', 'cycle_metrics']) {
    checkNumbers(metrics[part], `metrics.${part}`);
  }
  checkTokens(metrics.accumulated_usage as JsonObject | undefined);
  const tools = metrics.tool_usage;
  if (tools === undefined) return;
  if (!isJsonObject(tools)) throw badInput('metrics.tool_usage must be an object of tools.');
  for (const [tool, usage] of Object.entries(tools)) checkNumbers(usage, `metrics.tool_usage ${quote(tool)}`);
}

function checkMessageMetadata(metadata: JsonObject, where: string): void {
  if (!isJsonObject(metadata)) throw badInput(`${where} must be an object.`);
  checkJson(metadata, where);
}

/** What is no count would be kept and count as nothing, without a word. */
function checkTokens(usage: JsonObject | undefined): void {
  for (const field of USAGE_FIELDS) {
    const value = usage?.[field] ?? null;
    if (value !== null && tokenCount(value) === null) {
      throw badInput(
        `metrics.accumulated_usage.${field} is ${value}; it must be a whole number from 0 to ${MAX_TOKENS}.`,
      );
    }
  }
}

function checkNumbers(part: unknown, where: string): void {
  if (part === undefined) return;
  if (!isJsonObject(part)) throw badInput(`${where} must be an object of numbers.`);
  for (const [key, value] of Object.entries(part)) {
    if (value !== null && typeof value !== 'number') throw badInput(`${where}.${key} must be a number.`);
  }
}
