import {
  type GraphQLInputType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql';
import {
  agentId,
  issuedId,
  metadataPath,
  type Random,
  sessionId,
  sometimes,
  strangeJson,
  strangeNumber,
  strangeObject,
  strangeText,
} from './strange.js';

const DATES = ['2025-01-31T09:30:00.000Z', '1970-01-01T00:00:00Z', '9999-12-31T23:59:59.999Z'];
const BLOCKS = [
  { text: 'Hello' },
  { toolUse: { toolUseId: 't1', name: 'search', input: { q: 'x' } } },
  { toolResult: { toolUseId: 't1', status: 'success', content: [{ text: 'found' }] } },
  { reasoningContent: { reasoningText: { text: 'hm', signature: 's' } } },
  { image: { format: 'png', source: { bytes: 'aGVsbG8=' } } },
  { guardContent: { text: { text: 'x' } } },
  { cachePoint: { type: 'default' } },
];
const METRICS = [
  {
    accumulated_usage: { inputTokens: 1, outputTokens: 2, totalTokens: 3 },
    accumulated_metrics: { latencyMs: 5 },
  },
  { usage: { inputTokens: 2 ** 53 }, metrics: { latencyMs: 1e300 } },
  { tool_usage: { search: { call_count: 1 } }, cycle_metrics: { cycle_count: 1 } },
];

/** A value that mostly fits the type of an argument or an input field, and its name where the name says more. */
export function valueFor(type: GraphQLInputType, name: string, random: Random, depth = 0): unknown {
  if (!isNonNullType(type) && sometimes(random, 0.03)) return null;
  const nullable = getNullableType(type);
  if (isListType(nullable)) {
    const length = depth > 4 ? 0 : random.between(name === 'messages' ? 1 : 0, 3);
    return Array.from({ length }, () => valueFor(nullable.ofType, name, random, depth + 1));
  }
  if (isInputObjectType(nullable)) {
    const fields = Object.values(nullable.getFields()).filter(
      (field) =>
        (isNonNullType(field.type) && field.defaultValue === undefined) ||
        (depth < 5 && sometimes(random, 0.35)),
    );
    return Object.fromEntries(
      fields.map((field) => [field.name, valueFor(field.type, field.name, random, depth + 1)]),
    );
  }
  if (isEnumType(nullable)) return random.pick(nullable.getValues()).name;
  return sometimes(random, 0.03) ? strangeJson(random) : leafFor(nullable.name, name, random);
}

function leafFor(type: string, name: string, random: Random): unknown {
  switch (type) {
    case 'Int':
      return sometimes(random, 0.15) ? strangeNumber(random) : random.between(0, 5);
    case 'Float':
    case 'Long':
      return strangeNumber(random);
    case 'Boolean':
      return sometimes(random, 0.5);
    case 'DateTime':
      return sometimes(random, 0.8) ? random.pick(DATES) : strangeText(random);
    case 'JSON':
      return sometimes(random, 0.5) ? random.pick([1, 'x', null, true, { a: 1 }]) : strangeJson(random);
    case 'JSONObject':
      return objectFor(name, random);
    default:
      return textFor(name, random);
  }
}

function objectFor(name: string, random: Random): unknown {
  if (sometimes(random, 0.3)) return strangeObject(random);
  if (name === 'content') return random.pick(BLOCKS);
  if (name === 'metrics') return random.pick(METRICS);
  if (name === 'set') return { [metadataPath(random)]: strangeJson(random) };
  return { user: { name: 'Alice' }, tags: [1, 'two'], topic: 'x' };
}

function textFor(name: string, random: Random): string {
  switch (name) {
    case 'sessionId':
    case 'sessionIds':
      return sessionId(random);
    case 'agentId':
    case 'agentIds':
      return agentId(random);
    case 'path':
    case 'paths':
      return metadataPath(random);
    case 'id':
    case 'after':
    case 'before':
      return issuedId(random);
    default:
      return sometimes(random, 0.6) ? random.pick(['x', 'Hello', 'app', 'AGENT']) : strangeText(random);
  }
}

/** A value somewhere inside is replaced, removed or wrapped. */
export function mutateValue(value: unknown, random: Random): unknown {
  if (Array.isArray(value) && value.length > 0 && sometimes(random, 0.8)) {
    const index = random.between(0, value.length - 1);
    if (sometimes(random, 0.05)) return Array(random.between(100, 3_000)).fill(value[index]);
    return value.map((item, at) => (at === index ? mutateValue(item, random) : item));
  }
  if (typeof value === 'object' && value !== null && sometimes(random, 0.8)) {
    const entries = Object.entries(value);
    if (entries.length === 0 || sometimes(random, 0.1))
      return { ...value, [strangeText(random)]: strangeJson(random) };
    const index = random.between(0, entries.length - 1);
    return Object.fromEntries(
      entries.flatMap(([key, inner], at) =>
        at !== index ? [[key, inner]] : sometimes(random, 0.15) ? [] : [[key, mutateValue(inner, random)]],
      ),
    );
  }
  return strangeJson(random);
}
