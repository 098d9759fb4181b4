import type { AggregateOptions, Collection, Document, MongoClient } from 'mongodb';
import { inSlices, mapSteps } from '../../../domain/async/in-slices.js';
import type { Doc } from '../documents/bson-json.js';
import { AS_IT_IS, type Decoding, docSteps } from '../documents/stored-bytes.js';

/** A session's document: its id is text, the rest is what strangers may have written. */
export interface SessionDoc {
  _id: string;
  [key: string]: unknown;
}

export type Sessions = Collection<SessionDoc>;

/** Time limits in ms, on the server. A scan has the longest. */
export const READ_LIMIT_MS = 10_000;
export const WRITE_LIMIT_MS = 10_000;
export const SCAN_LIMIT_MS = 15_000;
/** Options of what is read, and of what is written, by its name. */
export const READING = { maxTimeMS: READ_LIMIT_MS };
export const WRITING = { maxTimeMS: WRITE_LIMIT_MS };

/**
 * Reads go to the primary, so that they see what was written before; a write is acknowledged when a majority has it
 * in its journal, whatever the URI or a borrowed client say.
 */
export const DURABLE = {
  readPreference: 'primary',
  writeConcern: { w: 'majority', journal: true, wtimeoutMS: WRITE_LIMIT_MS },
} as const;

export const sessionsOf = (client: MongoClient, database: string, collection: string): Sessions =>
  client.db(database).collection<SessionDoc>(collection, {
    ...DURABLE,
    // The driver looks names up in this without asking whose they are: a list named `constructor` would come as bytes.
    fieldsAsRaw: Object.create(null),
    // Not every pattern that is stored is one of JavaScript's, and reading it as such would fail.
    bsonRegExp: true,
    enableUtf8Validation: AS_IT_IS.utf8,
  });

/** One list for each document, which comes as bytes. */
const AS_BYTES = { $project: { _id: 0, stored: ['$$ROOT'] } };
const fieldsAsRaw = Object.assign(Object.create(null), { stored: true });

/**
 * What an aggregation finds, key for key as it is stored, read in slices of the event loop's time. Not with the option `raw`: driver 7.9 then keeps parts of an error's answer
 * as bytes too, the server's topology version among them, and after one change of primary it fails at every further error.
 */
export async function readDocs(
  sessions: Sessions,
  pipeline: Document[],
  options: AggregateOptions,
  decoding?: Decoding,
): Promise<Doc[]> {
  const found = await sessions
    .aggregate<{ stored: [Uint8Array] }>([...pipeline, AS_BYTES], { ...options, fieldsAsRaw })
    .toArray();
  return inSlices(mapSteps(found, ({ stored: [bytes] }) => docSteps(bytes, decoding)));
}

/**
 * Resolves when a majority has everything of the session that a read has just shown. What an earlier try left behind is
 * visible before that, and would be lost with its server. An update without a match waits for what was written before.
 */
export async function confirmMajority(sessions: Sessions, sessionId: string): Promise<void> {
  const nothing = { _id: sessionId, session_id: { $in: [] as string[] } };
  await sessions.updateOne(nothing, { $set: { session_id: sessionId } }, WRITING);
}
