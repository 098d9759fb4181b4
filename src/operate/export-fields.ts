import { SCOPES } from '../domain/access/policy.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../domain/json/json-value.js';
import { OF_FEEDBACK } from '../domain/sessions/check-inputs.js';
import type { TransferRecord } from '../domain/sessions/transfer.js';

type Test = (value: JsonValue | undefined) => boolean;
const text: Test = (value) => typeof value === 'string';
const textOrNull: Test = (value) => value === null || text(value);
const object: Test = (value) => isJsonObject(value);
const objectOrNull: Test = (value) => value === null || object(value);
const list: Test = (value) => Array.isArray(value);
/** Another spelling may be of another zone, or of no day at all. */
const ISO = /^(\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
/** The last date that was one: what is written together has one time. */
let known = '';
const date: Test = (value) => {
  if (value === known) return true;
  if (typeof value !== 'string' || !ISO.test(value) || Number.isNaN(Date.parse(value))) return false;
  known = value;
  return true;
};
const dateOrNull: Test = (value) => value === null || date(value);
const count: Test = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const range: Test = (value) =>
  list(value) &&
  (value as JsonValue[]).length === 2 &&
  (value as JsonValue[]).every(count) &&
  Number((value as JsonValue[])[0]) <= Number((value as JsonValue[])[1]);
const optional =
  (test: Test): Test =>
  (value) =>
    value === undefined || test(value);
const all =
  (test: Test): Test =>
  (value) =>
    list(value) && (value as JsonValue[]).every(test);
const shaped =
  (fields: Readonly<Record<string, Test>>): Test =>
  (value) =>
    isJsonObject(value) && wrongField(value, fields) === null;

const FEEDBACK = {
  rating: (v: JsonValue | undefined) => v === null || v === 'up' || v === 'down',
  comment: textOrNull,
  createdAt: dateOrNull,
  // Those of its own would be taken for them.
  fields: (v: JsonValue | undefined) =>
    isJsonObject(v) && !OF_FEEDBACK.some((name) => Object.hasOwn(v, name)),
};
const RECEIPT = {
  key: text,
  body: text,
  at: date,
  position: optional(count),
  from: optional(count),
  count: optional(count),
};

const base64: Test = (value) =>
  text(value) && (value as string).length % 4 === 0 && /^[\w+/]*={0,2}$/.test(value as string);
const hex =
  (digits: number): Test =>
  (value) =>
    text(value) && (value as string).length === digits && /^[0-9a-f]+$/.test(value as string);
const only =
  (names: readonly string[]): Test =>
  (value) =>
    isJsonObject(value) && Object.keys(value).every((name) => names.includes(name));

export const FIELDS: Readonly<Record<TransferRecord['kind'], Readonly<Record<string, Test>>>> = {
  session: {
    sessionId: text,
    sessionType: text,
    applicationName: textOrNull,
    createdAt: dateOrNull,
    updatedAt: dateOrNull,
    metadata: object,
    feedback: all(shaped(FEEDBACK)),
    guardrailEvents: all(object),
    receipts: all(shaped(RECEIPT)),
    viewerPassword: optional(text),
  },
  agent: {
    agentId: (value) => text(value) && !(value as string).includes('\0'),
    model: textOrNull,
    systemPrompt: textOrNull,
    promptMetadata: objectOrNull,
    state: object,
    conversationManagerState: object,
    internalState: optional(object),
    createdAt: dateOrNull,
    updatedAt: dateOrNull,
  },
  message: {
    position: count,
    messageId: (value) => value === null || Number.isSafeInteger(value),
    storageId: textOrNull,
    clientId: textOrNull,
    trackingId: textOrNull,
    // Of what another program has left among the messages nobody has said anything.
    role: (value) => value === null || value === 'user' || value === 'assistant',
    content: all(object),
    redacted: (value) => typeof value === 'boolean',
    metadata: objectOrNull,
    eventLoopMetrics: objectOrNull,
    guardrailEvent: objectOrNull,
    createdAt: dateOrNull,
    updatedAt: dateOrNull,
    supersedes: optional(all(range)),
  },
  snapshot: {
    key: (value) => text(value) && value !== '',
    writtenAt: date,
    data: base64,
    more: (value) => value === undefined || value === true,
  },
  audit: {
    id: hex(24),
    at: date,
    callerKind: text,
    callerId: text,
    callerName: text,
    action: text,
    sessionId: textOrNull,
    agentId: textOrNull,
    outcome: text,
    from: textOrNull,
    count,
  },
  key: {
    id: (value) => text(value) && value !== '',
    name: text,
    hash: hex(64),
    pepper: base64,
    scopes: all((value) => (SCOPES as readonly unknown[]).includes(value)),
    // One that is not known would be a limit that does not hold.
    reach: only(['sessionId', 'sessionIdPrefix', 'createdAt', 'applicationName', 'metadata']),
    createdAt: date,
    expiresAt: dateOrNull,
    lastUsedAt: dateOrNull,
    revokedAt: dateOrNull,
  },
};

/** The first field that is missing or wrong. */
export function wrongField(value: JsonObject, fields: Readonly<Record<string, Test>>): string | null {
  for (const name in fields) if (!fields[name]?.(value[name])) return name;
  return null;
}
