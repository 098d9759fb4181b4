import { isJsonObject, type JsonObject, type JsonValue } from '../json/json-value.js';

/** For each policy of a Bedrock guardrail: its lists, and the fields that sum up one entry of a list. */
const POLICIES: Record<string, [list: string, fields: string[]][]> = {
  contentPolicy: [['filters', ['type', 'confidence']]],
  topicPolicy: [['topics', ['name', 'action']]],
  wordPolicy: [
    ['customWords', ['match']],
    ['managedWordLists', ['type', 'match']],
  ],
  sensitiveInformationPolicy: [
    ['piiEntities', ['type', 'action']],
    ['regexes', ['name', 'action']],
  ],
  contextualGroundingPolicy: [['filters', ['type', 'score', 'threshold']]],
};

const MAX_DEPTH = 8;
/** The session lists what its guardrails did, and shows it whole: a sum is no copy of the trace. */
export const MAX_TRIGGERED = 1_000;
export const MAX_TRIGGERED_CHARACTERS = 32 * 1024;
export const MAX_TRIGGERED_TEXT = 1_000;

/**
 * What a guardrail's trace says was triggered: policy to texts such as `VIOLENCE/HIGH`, a missing part being UNKNOWN. The policies may lie
 * anywhere in the trace, as Bedrock nests them by input, output and guardrail id. Of very many texts these are the first, and a long
 * one is cut. Null where nothing was triggered.
 */
export function policiesTriggered(trace: JsonObject): JsonObject | null {
  const triggered: Record<string, string[]> = {};
  collect(trace, triggered, { texts: MAX_TRIGGERED, characters: MAX_TRIGGERED_CHARACTERS }, 0);
  return Object.keys(triggered).length > 0 ? triggered : null;
}

function collect(
  value: JsonValue,
  triggered: Record<string, string[]>,
  room: { texts: number; characters: number },
  depth: number,
): void {
  if (
    room.texts <= 0 ||
    room.characters <= 0 ||
    depth > MAX_DEPTH ||
    typeof value !== 'object' ||
    value === null
  )
    return;
  for (const [key, child] of Object.entries(value)) {
    const lists = Object.hasOwn(POLICIES, key) && isJsonObject(child) ? POLICIES[key] : undefined;
    if (!lists) {
      collect(child as JsonValue, triggered, room, depth + 1);
      continue;
    }
    for (const [list, fields] of lists) {
      const entries = (child as JsonObject)[list];
      if (!Array.isArray(entries)) continue;
      for (const entry of entries) {
        if (room.texts <= 0 || room.characters <= 0) return;
        if (!isJsonObject(entry)) continue;
        const text = fields.map((field) => textOf(entry[field])).join('/');
        const texts = triggered[key] ?? [];
        triggered[key] = texts;
        texts.push(text);
        room.texts--;
        room.characters -= text.length;
      }
    }
  }
}

function textOf(value: JsonValue | undefined): string {
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') return 'UNKNOWN';
  return value.length > MAX_TRIGGERED_TEXT ? `${value.slice(0, MAX_TRIGGERED_TEXT).toWellFormed()}…` : value;
}
