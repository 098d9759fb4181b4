import { Binary, BSON, type Collection, type Filter, type MongoClient } from 'mongodb';
import { ParleyError } from '../../domain/errors.js';
import { type KeyRange, rangeOfPrefix } from '../../domain/sessions/prefix-range.js';
import { rangesOfSession } from '../../domain/sessions/snapshot-key.js';
import type { SnapshotStore } from '../../domain/sessions/snapshot-store.js';
import type { CallGate } from './call-gate.js';
import { DURABLE, READ_LIMIT_MS, SCAN_LIMIT_MS, WRITE_LIMIT_MS } from './collection.js';
import { isDuplicateKey, MAX_DOCUMENT_BYTES } from './errors.js';
import { retrying } from './retry.js';

interface SnapshotDoc {
  _id: string;
  data: Binary;
  written_at: Date;
}

export type Snapshots = Collection<SnapshotDoc>;

/** A collection of its own beside the sessions: `<collection>_snapshots`, the key as `_id`, one document for each. */
export const snapshotsOf = (client: MongoClient, database: string, collection: string): Snapshots =>
  client.db(database).collection<SnapshotDoc>(`${collection}_snapshots`, DURABLE);

/** Every query goes by `_id`, so that no other index is needed. */
export function createMongoSnapshotStore(snapshots: Snapshots, { call }: CallGate): SnapshotStore {
  return {
    async write({ key, data, now }) {
      const document = snapshotDoc(key, data, now);
      await call(() => retrying(() => replace(snapshots, document)));
    },
    read: (key) =>
      call(() =>
        retrying(async () => {
          const found = await snapshots.findOne({ _id: key }, { maxTimeMS: READ_LIMIT_MS });
          return found && new Uint8Array(found.data.value());
        }),
      ),
    async delete(key) {
      await call(() => retrying(() => snapshots.deleteOne({ _id: key }, { maxTimeMS: WRITE_LIMIT_MS })));
    },
    list: (prefix) =>
      call(async () => {
        const options = {
          projection: { _id: 1 as const },
          sort: { _id: 1 as const },
          maxTimeMS: SCAN_LIMIT_MS,
        };
        const found = await snapshots.find({ _id: within(rangeOfPrefix(prefix)) }, options).toArray();
        return found.map(({ _id }) => _id);
      }),
  };
}

/** DOCUMENT_TOO_LARGE. */
export function snapshotDoc(key: string, data: Uint8Array, writtenAt: Date): SnapshotDoc {
  const document = { _id: key, data: new Binary(data), written_at: writtenAt };
  const bytes = BSON.calculateObjectSize(document);
  if (bytes > MAX_DOCUMENT_BYTES) throw snapshotTooLarge(bytes);
  return document;
}

/** Whether there were any. */
export async function deleteSnapshotsOf(snapshots: Snapshots, sessionId: string): Promise<boolean> {
  const { deletedCount } = await snapshots.deleteMany(ofSessions([sessionId]), { maxTimeMS: WRITE_LIMIT_MS });
  return deletedCount > 0;
}

/** The snapshots of these sessions, by their keys. */
export function ofSessions(sessionIds: readonly string[]): Filter<SnapshotDoc> {
  const ranges = sessionIds.flatMap(rangesOfSession).map((range) => ({ _id: within(range) }));
  // `$or` refuses an empty list.
  return ranges.length > 0 ? { $or: ranges } : { _id: { $in: [] } };
}

/** Of two first writes at once one finds the other's document made: then there is one to replace. */
async function replace(snapshots: Snapshots, document: SnapshotDoc): Promise<void> {
  const attempt = () =>
    snapshots.replaceOne({ _id: document._id }, document, { upsert: true, maxTimeMS: WRITE_LIMIT_MS });
  await attempt().catch((error: unknown) => {
    if (!isDuplicateKey(error)) throw error;
    return attempt();
  });
}

const within = ({ from, before }: KeyRange) =>
  before === null ? { $gte: from } : { $gte: from, $lt: before };

const snapshotTooLarge = (bytes: number) =>
  new ParleyError(
    'DOCUMENT_TOO_LARGE',
    `The snapshot takes ${bytes} bytes; MongoDB stores at most ${MAX_DOCUMENT_BYTES} in one document. Let the agent keep fewer messages.`,
    { details: { maxBytes: MAX_DOCUMENT_BYTES, bytes } },
  );
