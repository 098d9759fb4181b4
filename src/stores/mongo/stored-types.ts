import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.js';
import { charactersOf } from '../../domain/json-size.js';
import { type Doc, isDoc, toBson, toDoc, toJson } from './bson-json.js';
import { READ_LIMIT_MS, readDocs, type Sessions } from './collection.js';
import { retrying } from './retry.js';
import { sized, sizedValue } from './sized-read.js';

/*
 * What goes out as JSON and comes back has lost its BSON types: an Int64 beyond 2^53 is text by then, a Double 1.0 the number 1.
 * What is still shown as before was not changed, and is written as it is stored.
 */

/** JSON as it is to be stored in the place of `stored`, which was read with its types. */
export function toBsonAt(stored: unknown, value: JsonValue): unknown {
  if (isDoc(stored) && isJsonObject(value)) return toBsonObjectAt(stored, value);
  if (Array.isArray(stored) && Array.isArray(value)) {
    return value.map((item, index) => toBsonAt(stored[index], item));
  }
  return isKept(stored) && toJson(stored) === value ? stored : toBson(value);
}

export const toBsonObjectAt = (stored: unknown, value: JsonObject): Doc =>
  toDoc(value, (child, key) =>
    toBsonAt(isDoc(stored) && Object.hasOwn(stored, key) ? stored[key] : undefined, child),
  );

/** The driver cannot write a date that JavaScript cannot hold, nor a value that is undefined. */
const isKept = (stored: unknown) =>
  stored !== undefined && !(stored instanceof Date && Number.isNaN(stored.getTime()));

/** What stands where the named fields of the agent's `agent_data` are to be written, with the types of everything. */
export async function readAgentFields(
  sessions: Sessions,
  { sessionId, agentId }: { sessionId: string; agentId: string },
  fields: ReadonlyMap<string, JsonObject>,
): Promise<ReadonlyMap<string, unknown>> {
  const names = [...fields.keys()];
  const paths = names.map((name) => `agents.${agentId}.agent_data.${name}`);
  const found = await readTyped(sessions, sessionId, paths, [...fields.values()]);
  return new Map(names.map((name, index) => [name, found[index]]));
}

/** What the metadata holds at each of the dotted paths that are to be written; undefined where there is nothing. */
export async function readMetadataAt(
  sessions: Sessions,
  sessionId: string,
  set: readonly (readonly [path: string, value: JsonValue])[],
): Promise<unknown[]> {
  const roots = [...new Set(set.map(([path]) => path.split('.')[0] as string))];
  const values = set.map(([, value]) => value);
  const paths = roots.map((root) => `metadata.${root}`);
  const found = await readTyped(sessions, sessionId, paths, values);
  const metadata = Object.fromEntries(roots.map((root, index) => [root, found[index]]));
  return set.map(([path]) => valueAt(metadata, path));
}

/** So much is read for a small write; beside much more than what is written little can have stayed as it was. */
const LEAST_BYTES = 1024 * 1024;
const TIMES_THE_WRITTEN = 8;

async function readTyped(
  sessions: Sessions,
  sessionId: string,
  paths: readonly string[],
  written: readonly JsonValue[],
): Promise<unknown[]> {
  if (paths.length === 0) return [];
  const most = LEAST_BYTES + TIMES_THE_WRITTEN * charactersOf(written);
  const fields = Object.fromEntries(paths.map((path, index) => [`f${index}`, `$${path}`]));
  const pipeline = [{ $match: { _id: sessionId } }, { $project: { found: sized(fields, most) } }];
  const options = { maxTimeMS: READ_LIMIT_MS };
  const [doc = {}] = await retrying(() => readDocs(sessions, pipeline, options, { promoteValues: false }));
  const found = sizedValue(doc.found);
  return paths.map((_, index) => found[`f${index}`]);
}

const valueAt = (doc: Doc, path: string): unknown =>
  path.split('.').reduce<unknown>((parent, key) => {
    if (Array.isArray(parent)) return parent[Number(key)];
    return isDoc(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  }, doc);
