import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json/json-value.js';
import { textAt } from '../blocks.js';

/** What has been counted of an answer: each of its blocks is an entry, and repeats the usage of all, or what it was until then. */
export interface Counted {
  id: string;
  usage: Readonly<Record<string, number>>;
}

const COUNTS = ['input_tokens', 'output_tokens', 'cache_creation_input_tokens', 'cache_read_input_tokens'];

/** What an entry tells of the cost of its answer beyond what was counted before. Null: nothing. */
export function costOf(
  entry: unknown,
  before: Counted | null,
): { usage: JsonObject | null; counted: Counted | null } {
  const message = isJsonObject(entry as JsonValue) ? (entry as JsonObject).message : undefined;
  const id = textAt(message, 'id');
  const usage = isJsonObject(message) ? message.usage : undefined;
  if (id === undefined || !isJsonObject(usage)) return { usage: null, counted: before };
  const known = before?.id === id ? before.usage : {};
  const grown: JsonObject = {};
  const now: Record<string, number> = { ...known };
  for (const count of COUNTS) {
    const value = usage[count];
    if (typeof value !== 'number' || !(value > (known[count] ?? 0))) continue;
    grown[count] = value - (known[count] ?? 0);
    now[count] = value;
  }
  return { usage: Object.keys(grown).length > 0 ? grown : null, counted: { id, usage: now } };
}

/** The model that gave the last answer among these entries; undefined where none did. */
export function modelIn(entries: readonly unknown[]): string | undefined {
  return entries
    .map((entry) => textAt((entry as JsonObject | null)?.message, 'model'))
    .findLast((model) => model !== undefined && !model.startsWith('<'));
}
