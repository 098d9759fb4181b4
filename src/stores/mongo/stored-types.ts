import type { Document } from 'mongodb';
import { isJsonObject, type JsonObject, type JsonValue } from '../../domain/json.js';
import { type Doc, isDoc, toBson, toDoc, toJson } from './bson-json.js';
import { READ_LIMIT_MS, readDocs, type Sessions } from './collection.js';
import { retrying } from './retry.js';

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

/** `agent_data` of the agent, of it the named fields, with the types of everything; empty where it has none. */
export async function readAgentData(
  sessions: Sessions,
  { sessionId, agentId }: { sessionId: string; agentId: string },
  fields: readonly string[],
): Promise<Doc> {
  const path = `agents.${agentId}.agent_data`;
  const found = await readTyped(
    sessions,
    sessionId,
    fields.map((field) => `${path}.${field}`),
  );
  const data = valueAt(found, path);
  return isDoc(data) ? data : {};
}

/** What the metadata holds at each dotted path; undefined where there is nothing. */
export async function readMetadataAt(
  sessions: Sessions,
  sessionId: string,
  paths: readonly string[],
): Promise<unknown[]> {
  const roots = new Set(paths.map((path) => `metadata.${path.split('.')[0]}`));
  const found = await readTyped(sessions, sessionId, [...roots]);
  return paths.map((path) => valueAt(found, `metadata.${path}`));
}

async function readTyped(sessions: Sessions, sessionId: string, fields: readonly string[]): Promise<Doc> {
  if (fields.length === 0) return {};
  const project: Document = Object.fromEntries(fields.map((field) => [field, 1]));
  const pipeline = [{ $match: { _id: sessionId } }, { $project: project }];
  const decoding = { promoteValues: false };
  const [doc = {}] = await retrying(() =>
    readDocs(sessions, pipeline, { maxTimeMS: READ_LIMIT_MS }, decoding),
  );
  return doc;
}

const valueAt = (doc: Doc, path: string): unknown =>
  path.split('.').reduce<unknown>((parent, key) => {
    if (Array.isArray(parent)) return parent[Number(key)];
    return isDoc(parent) && Object.hasOwn(parent, key) ? parent[key] : undefined;
  }, doc);
