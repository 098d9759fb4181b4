import type { Steps } from '../../../domain/async/in-slices.js';
import { charactersOf } from '../../../domain/json/json-size.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../../domain/json/json-value.js';
import { READING, readDocs, type Sessions } from '../driver/collection.js';
import { retrying } from '../driver/retry.js';
import { sized, sizedValue } from '../reads/sized-read.js';
import { type Doc, hiddenFromDriver, isComposed, isDoc, setOwn, toBson, toJson } from './bson-json.js';

/*
 * What goes out as JSON and comes back has lost its BSON types: an Int64 beyond 2^53 is text by then, a Double 1.0 the number 1.
 * What is still shown as before was not changed, and is written as it is stored.
 */

/** Members that one step goes through. */
const STEP = 1_024;

/** JSON as it is to be stored in the place of `stored`, which was read with its types. In steps: it may be a hundred thousand members. */
export function* bsonAtSteps(stored: unknown, value: JsonValue): Steps<unknown> {
  if (Array.isArray(value)) {
    const before = Array.isArray(stored) ? stored : [];
    const list: unknown[] = [];
    for (const [index, item] of value.entries()) {
      list.push(isComposed(item) ? yield* bsonAtSteps(before[index], item) : bsonAt(before[index], item));
      if (index % STEP === STEP - 1) yield;
    }
    return list;
  }
  return isJsonObject(value) ? yield* objectSteps(isDoc(stored) ? stored : {}, value) : bsonAt(stored, value);
}

function* objectSteps(stored: Doc, value: JsonObject): Steps<Doc> {
  const doc: Doc = {};
  let looked = 0;
  for (const key of Object.keys(value)) {
    const [before, child] = [Object.hasOwn(stored, key) ? stored[key] : undefined, value[key] as JsonValue];
    setOwn(doc, key, isComposed(child) ? yield* bsonAtSteps(before, child) : bsonAt(before, child));
    if (++looked % STEP === 0) yield;
  }
  return hiddenFromDriver(doc);
}

/** What is still shown as before is written as it is stored. */
const bsonAt = (stored: unknown, value: JsonValue): unknown =>
  isKept(stored) && toJson(stored) === value ? stored : toBson(value);

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
  const [doc = {}] = await retrying(() => readDocs(sessions, pipeline, READING, { promoteValues: false }));
  const found = sizedValue(doc.found);
  return paths.map((_, index) => found[`f${index}`]);
}

const valueAt = (doc: Doc, path: string): unknown =>
  path.split('.').reduce<unknown>((parent, key) => {
    if (Array.isArray(parent)) return parent[Number(key)];
    return isDoc(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  }, doc);
