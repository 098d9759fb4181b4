import { isJsonObject, type JsonObject, type JsonValue } from '../json.js';

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

/**
 * What a guardrail's trace says was triggered: policy to texts such as `VIOLENCE/HIGH`, a missing part being UNKNOWN.
 * The policies may lie anywhere in the trace, as Bedrock nests them by input, output and guardrail id. Null where
 * nothing was triggered.
 */
export function policiesTriggered(trace: JsonObject): JsonObject | null {
  const triggered: Record<string, string[]> = {};
  collect(trace, triggered, 0);
  return Object.keys(triggered).length > 0 ? triggered : null;
}

function collect(value: JsonValue, triggered: Record<string, string[]>, depth: number): void {
  if (depth > MAX_DEPTH || typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    const lists = Object.hasOwn(POLICIES, key) && isJsonObject(child) ? POLICIES[key] : undefined;
    if (!lists) {
      collect(child as JsonValue, triggered, depth + 1);
      continue;
    }
    for (const [list, fields] of lists) {
      const entries = (child as JsonObject)[list];
      if (!Array.isArray(entries)) continue;
      const texts = entries
        .filter(isJsonObject)
        .map((entry) => fields.map((field) => textOf(entry[field])).join('/'));
      if (texts.length > 0) triggered[key] = [...(triggered[key] ?? []), ...texts];
    }
  }
}

function textOf(value: JsonValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : 'UNKNOWN';
}
