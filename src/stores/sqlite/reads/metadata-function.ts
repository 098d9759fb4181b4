import type { Database } from 'better-sqlite3';
import { ParleyError } from '../../../domain/errors.js';
import type { JsonObject, JsonValue } from '../../../domain/json/json-value.js';
import { byCodePoint } from '../../../domain/sessions/by-code-point.js';
import { canonicalJson } from '../../../domain/sessions/idempotency.js';
import { getPath } from '../../../domain/sessions/metadata-path.js';
import type { MetadataTest } from './metadata-sql.js';

/** `metadata_test(metadata, path, test, value as canonical JSON)`: what SQL's own JSON functions cannot ask. */
export function addMetadataFunction(db: Database, checkTime: () => void = () => {}): void {
  /** Of a session that is asked several times in a row, which large metadata makes slow; not beyond the statement. */
  let last: { text: string; value: JsonObject } | null = null;
  const forget = () => {
    last = null;
  };
  db.function('metadata_test', { deterministic: true }, (metadata, path, name, wanted) => {
    checkTime();
    if (last === null) queueMicrotask(forget);
    if (last?.text !== metadata) last = { text: metadata as string, value: JSON.parse(metadata as string) };
    const value = getPath((last as NonNullable<typeof last>).value, path as string);
    return holds(value, name as MetadataTest, wanted as string) ? 1 : 0;
  });
}

function holds(value: JsonValue | undefined, name: MetadataTest, wanted: string): boolean {
  if (name === 'exists') return value !== undefined;
  if (name === 'missing') return value === undefined;
  if (value === undefined) return false;
  if (name === 'equals') return canonicalJson(value) === wanted;
  if (name === 'in') return listOf(wanted).has(canonicalJson(value));
  const bound = JSON.parse(wanted) as JsonValue;
  if (typeof value !== typeof bound || (typeof value !== 'number' && typeof value !== 'string')) return false;
  const order = typeof value === 'number' ? value - (bound as number) : byCodePoint(value, bound as string);
  return { gt: order > 0, gte: order >= 0, lt: order < 0, lte: order <= 0 }[name];
}

/** Of all lists that are kept, in characters: many times as much as one filter may hold. */
const MOST_KEPT = 1024 * 1024;

/** The lists of a statement are asked for again with every row: each is parsed once. Those of earlier ones are forgotten as others need the room. */
export function createLists(most = MOST_KEPT): (wanted: string) => ReadonlySet<string> {
  const lists = new Map<string, ReadonlySet<string>>();
  let kept = 0;
  return (wanted) => {
    const known = lists.get(wanted);
    if (known) return known;
    const list = new Set((JSON.parse(wanted) as JsonValue[]).map(canonicalJson));
    if (kept + wanted.length > most) {
      lists.clear();
      kept = 0;
    }
    kept += wanted.length;
    lists.set(wanted, list);
    return list;
  };
}

const listOf = createLists();

/**
 * `in_time()`: asked for each row that a scan looks at, and between the conditions of a long filter, it ends the statement with
 * `tooLong` at the deadline; until one is set there is none. In a join it is asked for each row of the table whose column it is given. `check` is the same for what runs below a statement.
 */
export function addDeadline(
  db: Database,
  now: () => number,
  tooLong: () => Error = timeout,
): { start(limitMs: number): void; check(): void } {
  let deadline = Number.POSITIVE_INFINITY;
  const check = () => {
    if (now() > deadline) throw tooLong();
  };
  db.function('in_time', { deterministic: false, varargs: true }, () => {
    check();
    return 1;
  });
  return {
    check,
    start(limitMs) {
      deadline = now() + limitMs;
    },
  };
}

const timeout = () =>
  new ParleyError(
    'TIMEOUT',
    'The filter had to read too many sessions, or to wait for others that did. Narrow it, or declare the metadata paths that it asks for in METADATA_INDEXES.',
  );
